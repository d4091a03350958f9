"""Which of the user's files a source includes, found as a compiler would find them, and in which order files stand."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from agentpar.sections import joined, parted

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
_DEEPEST = 200  # where compilers give up


def included(path: Path, content: bytes, folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """What a file includes, by the names that it says, through its own folder and then through `folders`.

    Headers that are found nowhere are the system's, or the compiler will say so.
    """
    for quoted, angled in _INCLUDE.findall(content):
        name = (quoted or angled).decode(errors="replace")
        if header := found(name, [*([path.parent] if quoted else []), *folders]):
            yield name, header


def found(name: str, folders: Sequence[Path]) -> Path | None:
    """The file of a name in the first folder that has it."""
    for path in (Path(os.path.normpath(each / name)) for each in folders):
        with suppress(OSError):  # what is too long for a name
            if path.is_file():
                return path
    return None


def as_one(source: str, names: Mapping[Path, str], folders: Sequence[Path]) -> str:
    """The text of several files in an order to be built in: each after those that it includes, directly or not."""
    texts = parted(source)
    members = {path.resolve(): name for path, name in names.items()}
    ordered: dict[str, str] = {}
    seen: set[Path] = set()

    def visit(path: Path, depth: int = 0) -> None:
        if path in seen or depth > _DEEPEST:
            return
        seen.add(path)
        name = members.get(path)
        content = texts[name].encode() if name else path.read_bytes()
        for _, header in included(path, content, folders):
            visit(header.resolve(), depth + 1)
        if name:
            ordered[name] = texts[name]

    by_name = {name: path for path, name in members.items()}
    for name in texts:
        visit(by_name[name])
    return joined(ordered)
