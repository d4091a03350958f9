"""What the user wants: the task file's model, and the loaders from flags and folders."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from agentpar.verdict import Frozen


class Compare(Frozen):
    """How outputs are compared with the reference's."""

    rtol: float | None = Field(None, ge=0)
    """Relative tolerance; None scales with the type's epsilon and the length of sums."""
    atol: float | None = Field(None, ge=0)
    bitwise: bool = False
    """Ask for exact reproducibility."""
    code: str = ""
    """A C++ file, relative to the task folder, that defines `agentpar_equal`."""


class Inputs(Frozen):
    """Overrides for what the judge generates."""

    sizes: dict[str, str] = {}
    """Sizes tied together: parameter to an expression over dimensions, `{"A": "M*K"}`."""
    ranges: dict[str, tuple[float, float]] = {}
    """Parameter to the closed interval of its values or elements."""
    generators: dict[str, Literal["sorted", "permutation", "offsets", "uniform", "constant"]] = {}
    """Parameter to a named generator; see docs/tasks.md."""
    code: str = ""
    """A C++ file, relative to the task folder, that defines `agentpar_inputs`."""
    benchmark: dict[str, int] = {}
    """Dimension to its size in timed runs; empty lets agentpar choose."""


class Build(Frozen):
    """How the user builds the source today; the baseline is built with exactly this."""

    compiler: str = "g++"
    standard: str = "c++17"
    flags: tuple[str, ...] = ("-O2",)
    include: tuple[str, ...] = ()


class Measure(Frozen):
    """The paired experiment."""

    threads: tuple[int, ...] = ()
    """Thread counts to time, ascending; empty means 1, then powers of two up to the machine's cores."""
    pairs: int = Field(20, ge=6, le=1000)
    target_ms: float = Field(20.0, gt=0)
    """Sizes are chosen so that the baseline takes about this long."""


class Budget(Frozen):
    """Totals over all sessions of a run."""

    candidates: int = Field(40, ge=1)
    seconds: float = Field(600.0, gt=0)


class Task(Frozen):
    """One coding task. `source` is the whole text of the file; `path` where it came from; `root` the folder
    that `path`, the include folders and the C++ overrides are relative to."""

    name: str
    description: str = ""
    root: Path
    path: Path
    source: str
    entry: str
    target: Literal["openmp"] = "openmp"
    oracle: Literal["reference"] = "reference"
    inputs: Inputs = Inputs()
    compare: Compare = Compare()
    build: Build = Build()
    measure: Measure = Measure()
    budget: Budget = Budget()
    seed: int = 0
