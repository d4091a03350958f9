"""Which of the user's files a source includes, found as a compiler would find them, and in which order files stand."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


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
    return next((path for each in folders if (path := Path(os.path.normpath(each / name))).is_file()), None)


def in_order(texts: Mapping[Path, str], folders: Sequence[Path]) -> list[Path]:
    """The files, each after those of them that it includes, directly or not; else as they are given."""
    members = {path.resolve(): path for path in texts}
    ordered: list[Path] = []
    seen: set[Path] = set()

    def visit(path: Path) -> None:
        if (real := path.resolve()) in seen:
            return
        seen.add(real)
        content = texts[members[real]].encode() if real in members else path.read_bytes()
        for _, header in included(path, content, folders):
            visit(header)
        if real in members:
            ordered.append(members[real])

    for each in texts:
        visit(each)
    return ordered
