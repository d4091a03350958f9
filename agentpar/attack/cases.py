"""Loads the suite's candidates: files under `cases/`, each with a header that says what it does and what is right.

    cases/TASK/task.toml, TASK.cpp    an honest serial function, as any task; for CUDA TASK.cpp too, for Python TASK.py
    cases/TASK/hostile/NAME.cpp       cheats
    cases/TASK/twins/NAME.cpp         the same shape of code without the cheat
    cases/TASK/good/NAME.cpp          unusual, and honest
    cases/shared/NAME.hpp             put in the place of `#include "../../shared/NAME.hpp"`,
    cases/shared/NAME.py              of `from ...shared.NAME import *`

A header is the first lines of a file, `// key: value` each, with `#` in Python:

    family      what kind of cheat; hostile only
    does        what it does, in words
    expect      the verdicts that are right; a hostile candidate names them, of all others it is `ok` unless they do
    escaped     the verdicts by which it tells that what it tried succeeded
    feedback    words that the verdict's feedback must hold
    unchecked   if the verdict is `ok` it must say this under *not checked*
"""

import re
from pathlib import Path
from typing import Literal

from agentpar.task_file import read_source
from agentpar.verdict import Frozen, Outcome

FOLDER = Path(__file__).parent / "cases"
# Stands in a source for the path of a file on the host that no candidate may reach.
SECRET_FILE = "@SECRET_FILE@"

_SHARED = re.compile(
    r'^(?:#include "\.\./\.\./shared/(?P<header>\w+)\.hpp"|from \.\.\.shared\.(?P<module>\w+) import \*)$', re.MULTILINE
)
_HEADER = re.compile(r"(?://|#) (\w+): (.+)")


class Case(Frozen):
    """One candidate and what the judge must say of it."""

    task: str
    name: str
    role: Literal["hostile", "twin", "good"]
    source: str
    does: str
    family: str = ""
    expect: tuple[Outcome, ...] = (Outcome.OK,)
    escaped: tuple[Outcome, ...] = ()
    feedback: str = ""
    unchecked: str = ""

    @property
    def id(self) -> str:
        """Unique in the suite, and the file's path without its suffix."""
        return f"{self.task}/{_FOLDERS[self.role]}/{self.name}"


class Bench(Frozen):
    """The candidates of one task. Each attack is followed by its twin."""

    folder: Path
    attacks: tuple[tuple[Case, Case], ...]
    good: tuple[Case, ...]


_FOLDERS = {"hostile": "hostile", "twin": "twins", "good": "good"}


def load_benches(folder: Path = FOLDER) -> tuple[Bench, ...]:
    """All tasks with their candidates, by name.

    Raises:
        ValueError: a file's header is wrong, or a hostile candidate and a twin stand alone.
    """
    return tuple(_load_bench(task.parent) for task in sorted(folder.glob("*/task.toml")))


def _load_bench(folder: Path) -> Bench:
    hostile, twins, good = ({case.name: case for case in _load_cases(folder, role)} for role in _FOLDERS)
    if alone := hostile.keys() ^ twins.keys():
        raise ValueError(f"{folder}: neither hostile nor twin stands alone: {', '.join(sorted(alone))}")
    return Bench(
        folder=folder,
        attacks=tuple((case, twins[name]) for name, case in hostile.items()),
        good=tuple(good.values()),
    )


def _load_cases(folder: Path, role: str) -> list[Case]:
    paths = sorted((folder / _FOLDERS[role]).glob("*.*"))
    return [parse_case(_read_whole(path), task=folder.name, name=path.stem, role=role) for path in paths]


def _read_whole(path: Path) -> str:
    """A candidate is one file: what several share is put into each."""
    shared = path.parents[2] / "shared"

    def content(found: re.Match[str]) -> str:
        header, module = found.groups()
        return read_source(shared / (f"{header}.hpp" if header else f"{module}.py"))

    return _SHARED.sub(content, read_source(path))


def parse_case(source: str, *, task: str, name: str, role: str) -> Case:
    """A candidate from its text.

    Raises:
        ValueError: the header is wrong.
    """
    header: dict[str, str] = {}
    for line in source.splitlines():
        found = _HEADER.fullmatch(line)
        if not found:
            break
        header[found.group(1)] = found.group(2)
    if role == "hostile" and not {"family", "expect"} <= header.keys():
        raise ValueError(f"{task}/{role}/{name}: a hostile candidate names its family and what to expect")
    lists = {key: tuple(header.pop(key).split()) for key in ("expect", "escaped") if key in header}
    return Case.model_validate({**header, **lists, "task": task, "name": name, "role": role, "source": source})


def select(benches: tuple[Bench, ...], words: tuple[str, ...]) -> tuple[Bench, ...]:
    """The candidates whose id or family holds one of the words, with their twins; all where there are no words."""
    if not words:
        return benches

    def is_wanted(case: Case) -> bool:
        return any(word in case.id or word == case.family for word in words)

    chosen = (
        bench.model_copy(
            update={
                "attacks": tuple(pair for pair in bench.attacks if is_wanted(pair[0])),
                "good": tuple(filter(is_wanted, bench.good)),
            }
        )
        for bench in benches
    )
    return tuple(bench for bench in chosen if bench.attacks or bench.good)
