"""The project headers a source includes, found on the host and carried into the sandbox: nothing else of it goes in."""

import os
import re
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.evaluation.toolchain import PUBLIC
from agentpar.task import Task
from agentpar.verdict import Frozen

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
_MOST_BYTES = 64 << 20


class Headers(Frozen):
    """Files below the sandbox's project folder, and the folders there to search for includes."""

    files: dict[str, bytes]
    include: tuple[str, ...]


def project_headers(task: Task) -> Headers:
    """The closure of headers that the source reaches through the user's include folders and its own folder.

    Headers that are found nowhere are the system's, or the compiler will say so.

    Raises:
        TaskError: an include folder does not exist, or the headers are beyond 64 MiB.
    """
    folders = [task.path.parent.resolve(), *((task.root / f).resolve() for f in task.build.include)]
    for folder in folders[1:]:
        if not folder.is_dir():
            raise TaskError(f"the include folder {folder} does not exist")
    found: dict[Path, bytes] = {}
    queue: list[tuple[Path, bytes]] = [(task.path.resolve(), task.source.encode())]
    while queue:
        path, content = queue.pop()
        for quoted, angled in _INCLUDE.findall(content):
            name = (quoted or angled).decode(errors="replace")
            places = ([path.parent] if quoted else []) + folders
            header = next((p for f in places if (p := Path(os.path.normpath(f / name))).is_file()), None)
            if header is None or header in found:
                continue
            found[header] = header.read_bytes()
            queue.append((header, found[header]))
    if sum(map(len, found.values())) > _MOST_BYTES:
        raise TaskError(f"{task.path}: its headers come to more than 64 MiB; narrow the include folders")
    top = Path(os.path.commonpath([*folders, *(h.parent for h in found)]))
    place = f"{PUBLIC}/project"
    return Headers(
        files={f"{place}/{header.relative_to(top)}": content for header, content in found.items()},
        include=tuple(os.path.normpath(f"{place}/{folder.relative_to(top)}") for folder in folders),
    )
