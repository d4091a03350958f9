"""The labelled kernels: tasks with versions that race and versions that do not.

A folder holds a task and its versions in `racy` and `clean`. A version's first lines name its pattern and, where it
races, what for (any of several names will do); lines that may be reported end in `// race`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_LABEL = re.compile(r"^// (pattern|variable): (.+)$", re.MULTILINE)
_NAMED = re.compile(r"\bon `(.+?)`")
_AT_LINE = re.compile(r"(?:write|read) at line (\d+)")
_LINE_UNKNOWN = re.compile(r"(?:write|read) of \d+ bytes")


@dataclass(frozen=True)
class Kernel:
    """One version of a task's source."""

    task: str
    name: str
    is_racy: bool
    source: str
    pattern: str
    variables: tuple[str, ...]
    lines: frozenset[int]

    def has_right_lines(self, feedback: str) -> bool:
        """Whether feedback names both lines, and no other than those of the race."""
        named = {int(number) for number in _AT_LINE.findall(feedback)}
        return bool(named) and named <= self.lines and not _LINE_UNKNOWN.search(feedback)

    def has_right_variable(self, feedback: str) -> bool:
        """Whether feedback names what is raced for."""
        named = _NAMED.search(feedback)
        return named is not None and named.group(1) in self.variables


def tasks() -> tuple[str, ...]:
    """The names of the tasks, each a folder below this one."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/task.toml")))


def kernels(task: str) -> tuple[Kernel, ...]:
    """All versions of a task, those that race first."""
    return tuple(
        _read(task, path, kind == "racy")
        for kind in ("racy", "clean")
        for path in sorted((FOLDER / task / kind).iterdir())
    )


def _read(task: str, path: Path, is_racy: bool) -> Kernel:
    source = path.read_text()
    labels = dict(_LABEL.findall(source))
    return Kernel(
        task=task,
        name=path.stem,
        is_racy=is_racy,
        source=source,
        pattern=labels["pattern"],
        variables=tuple(labels.get("variable", "").split("|")) if is_racy else (),
        lines=frozenset(i for i, line in enumerate(source.splitlines(), 1) if line.endswith("// race")),
    )
