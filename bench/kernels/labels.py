"""The kernels and their labels: one source file each, in the folder of its class or set, with its labels on top.

A label is a comment line `key: value` before the first line of code, `//` or `/* */`:

    kind         arithmetic, memory, or serial where no parallelism exists or pays; the only one that is required
    entry        the function, where it is not named as the file is: `stats::variance<double>`
    sizes        as `agentpar --sizes` takes them, where they cannot be inferred
    ranges       as `agentpar --ranges`
    generators   parameter to generator, `neighbour=graph`
    benchmark    as `agentpar --benchmark`
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from agentpar.task import Inputs, Task
from agentpar.task_file import load_task

FOLDER = Path(__file__).parent
CLASSES = (
    "dense", "sparse", "fft", "geometry", "graph", "histogram",
    "reduce", "scan", "search", "sort", "stencil", "transform",
)  # fmt: skip
SETS = {"main": FOLDER, "held-out": FOLDER / "held_out"}

Kind = Literal["arithmetic", "memory", "serial"]
_LABEL = re.compile(
    r"^(?://|/\*|\*)\s*(kind|entry|sizes|ranges|generators|benchmark):\s*(.+?)\s*(?:\*/)?$", re.MULTILINE
)
_COMMENT = re.compile(r"^\s*(?://.*|/\*.*?\*/|)\s*$")


@dataclass(frozen=True)
class Kernel:
    """One serial function and what is known of it. `options` are for `load_task`."""

    name: str
    family: str
    path: Path
    kind: Kind
    entry: str
    options: dict[str, str] = field(default_factory=dict)
    generators: dict[str, str] = field(default_factory=dict)

    def task(self, **options: Any) -> Task:
        """The task as agentpar takes it.

        Raises:
            TaskError: a label is wrong.
        """
        task = load_task(f"{self.path}::{self.entry}", {**self.options, **options})
        inputs = {**task.inputs.model_dump(), "generators": self.generators}
        return task.model_copy(update={"inputs": Inputs.model_validate(inputs)})


def kernels(of_set: str = "main") -> list[Kernel]:
    """All kernels of a set, class by class; those of a set without classes are one class, which bears its name.

    Raises:
        ValueError: a file's labels are wrong.
    """
    folder = SETS[of_set]
    places = [(folder / family, family) for family in CLASSES]
    if of_set != "main":
        places.append((folder, of_set))
    return [
        read_kernel(path, family)
        for place, family in places
        for path in sorted(place.glob("*"))
        if path.suffix in (".c", ".cpp")
    ]


def read_kernel(path: Path, family: str) -> Kernel:
    """A kernel from its file.

    Raises:
        ValueError: its kind is missing, or none of those there are.
    """
    labels = dict(_LABEL.findall(_head(path.read_text(encoding="utf-8"))))
    kind = labels.pop("kind", "")
    if kind not in get_args(Kind):
        raise ValueError(f"{path}: begin it with a comment `kind: {'`, `kind: '.join(get_args(Kind))}`")
    entry = labels.pop("entry", path.stem)
    generators = dict(pair.split("=", 1) for pair in re.split(r"\s*,\s*", labels.pop("generators", "")) if pair)
    return Kernel(path.stem, family, path, kind, entry, labels, generators)


def _head(source: str) -> str:
    """The comment lines that a source begins with."""
    lines = []
    for line in source.splitlines():
        if not _COMMENT.match(line):
            break
        lines.append(line)
    return "\n".join(lines)
