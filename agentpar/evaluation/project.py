"""The project headers a source includes, found on the host and carried into the sandbox: nothing else of it goes in."""

import os
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.evaluation.toolchain import PROJECT
from agentpar.includes import found, included
from agentpar.sections import files_of, texts_of
from agentpar.task import Task
from agentpar.verdict import Frozen

_MOST_BYTES = 64 << 20


class Headers(Frozen):
    """Files below the sandbox's project folder, and the folders there to search for includes.

    `evolved` are, where a task has several files, their places below that folder, in the order of its source;
    `units` are those that compilers are given: no headers, unless there is nothing else, and nothing that another of
    them includes.
    """

    files: dict[str, bytes]
    include: tuple[str, ...]
    evolved: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def project_headers(task: Task) -> Headers:
    """The closure of headers that the source reaches through the user's include folders and its own folder.

    Of several files that are evolved each is empty there: its text stands in the one source that is built.

    Raises:
        TaskError: an include folder does not exist, an include means another file where all are built as one source,
            or the headers are beyond 64 MiB.
    """
    given = [(task.root / folder).resolve() for folder in task.build.include]
    for folder in given:
        if not folder.is_dir():
            raise TaskError(f"the include folder {folder} does not exist")
    texts = {path.resolve(): text.encode() for path, text in texts_of(task, task.source).items()}
    evolved = [*texts] if task.others else []
    folders = list(dict.fromkeys([*(path.resolve().parent for path in files_of(task)), *given]))
    headers: dict[Path, bytes] = dict.fromkeys(evolved, b"")
    units = [path for path in evolved if path.suffix not in (".h", ".hpp")] or [*evolved]
    queue = [*texts.items()]
    while queue:
        path, content = queue.pop()
        for name, header in included(path, content, [path.parent, *given] if path in texts else folders):
            if path in evolved and (other := found(name, folders)) and not other.samefile(header):
                raise TaskError(
                    f"{path}: its {name} is {header}; in the one source that several files are built as it would be "
                    f"{other}; rename one of them"
                )
            if path in units and header.resolve() in units:
                units.remove(header.resolve())
            if header not in headers:
                # One that is evolved is there itself; a link to it leads there.
                real, way = header.resolve(), os.path.relpath(header.resolve(), header.parent)
                headers[header] = f'#include "{way}"\n'.encode() if real in evolved else header.read_bytes()
                queue.append((header, headers[header]))
    if sum(map(len, headers.values())) > _MOST_BYTES:
        raise TaskError(f"{task.path}: its headers come to more than 64 MiB; narrow the include folders")
    top = Path(os.path.commonpath([*folders, *(h.parent for h in headers)]))
    return Headers(
        files={f"{PROJECT}/{header.relative_to(top)}": content for header, content in headers.items()},
        include=tuple(os.path.normpath(f"{PROJECT}/{folder.relative_to(top)}") for folder in folders),
        evolved=tuple(path.relative_to(top).as_posix() for path in evolved),
        units=tuple(path.relative_to(top).as_posix() for path in units),
    )
