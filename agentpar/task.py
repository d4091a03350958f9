"""What the user wants: the task's model."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from agentpar.verdict import Frozen

MOST_NAME = 50  # characters of up to 4 bytes: with its stamp it names a folder of at most 255
SUFFIXES = (".cpp", ".cc", ".cxx", ".c++", ".c", ".hpp", ".h")
"""Of C and C++ files."""


Target = Literal["openmp", "threads", "stdpar", "mpi", "mpi+openmp", "cuda", "multiprocessing", "mpi4py"]
"""The parallel model that is asked for."""
PYTHON_TARGETS: tuple[Target, ...] = ("multiprocessing", "mpi4py")
HYBRID: Target = "mpi+openmp"
"""Ranks that may run several threads each."""
RANKS_TARGETS: tuple[Target, ...] = ("mpi", HYBRID, "mpi4py")
MOST_RANKS = 32
"""Each takes room in the shared memory of a sandbox."""

# What ends up in a command line, a path or one line of a message.
_Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=4096)]
_Size = Annotated[int, Field(ge=1, le=1 << 40)]
_Bound = Annotated[float, Field(allow_inf_nan=False)] | _Line
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]


Owner = Literal["replicated", "root", "blocks"]
"""Which rank has which part of a parameter's data: each has all, rank 0 has, each has a block of rows."""


class Compare(Frozen):
    """How outputs are compared with the reference's."""

    rtol: float | None = Field(None, ge=0, allow_inf_nan=False)
    """Relative tolerance; None scales with the type's epsilon and the length of sums."""
    atol: float | None = Field(None, ge=0, allow_inf_nan=False)
    """Absolute tolerance; None is 0."""
    bitwise: bool = False
    """Ask for exact reproducibility."""
    code: _Line = ""
    """A file of C++ or Python, relative to the task folder, that defines `agentpar_difference`."""


class Inputs(Frozen):
    """Overrides for what the judge generates."""

    sizes: dict[str, _Line] = {}
    """Sizes tied together: parameter to an expression over dimensions, `{"A": "M*K"}`; levels of nests by `;`."""
    ranges: dict[str, tuple[_Bound, _Bound]] = {}
    """Parameter to the closed interval of its values or elements; a bound may be an expression over dimensions."""
    generators: dict[str, Literal["uniform", "sorted", "permutation", "offsets", "graph", "constant"]] = {}
    """Parameter to a named generator; see docs/tasks.md."""
    example: _Line = ""
    """Python: a call such as `smooth(np.zeros((64, 64)), 3)`, whose types and lengths say what inputs are like."""
    code: _Line = ""
    """A file of C++ or Python, relative to the task folder, that defines `agentpar_inputs`."""
    benchmark: dict[_Name, _Size] = {}
    """Dimension to its size in timed runs; empty lets agentpar choose."""


class Build(Frozen):
    """How the user builds the source today; the baseline is built with exactly this."""

    compiler: _Line = ""
    """Empty means g++ for C++ and gcc for C."""
    standard: _Line = ""
    """Empty means c++17 for C++ and gnu11 for C."""
    flags: tuple[_Line, ...] = ("-O2",)
    include: tuple[_Line, ...] = ()
    """Folders to search for headers, relative to the task folder."""


class Commands(Frozen):
    """How an existing project is built, tested and timed: command lines of a shell, run in the task's folder."""

    build: _Line = ""
    """Builds the project, and builds again what is out of date; empty where nothing is built."""
    test: _Line
    """Exits with 0 where the project is right."""
    bench: _Line
    """Does the work that is timed."""
    metric: _Line = ""
    """Where in the bench command's output its figure is: a regular expression with one group, or a JSON path that
    begins with `$`. Empty takes the command's wall time.
    """
    direction: Literal["smaller", "larger"] = "smaller"
    """Which figure is better."""


class Cuda(Frozen):
    """What a candidate of the target `cuda` is called with, and what it is compiled for."""

    pointers: Literal["host", "device"] = "host"
    """`host`: the entry takes host data, and transfers are the candidate's, on the clock. `device`: pointer parameters
    are the device's, and the harness copies in and out, off the clock."""
    architecture: str = Field("", pattern=r"^(sm_[0-9]{2,3}[af]?)?$")
    """Such as `sm_90`; empty means the device's own, or `sm_80` where there is none."""


class Measure(Frozen):
    """The paired experiment."""

    threads: tuple[int, ...] = ()
    """Thread counts to time, ascending, 1 always among them; empty means 1, powers of two, and the machine's cores."""
    pairs: int = Field(24, ge=6, le=400)
    """The most pairs of baseline and candidate for each thread count; fewer where the answer is clear earlier."""
    target_ms: float = Field(10.0, gt=0, le=60_000)
    """Sizes are chosen so that the baseline takes about this long."""


class Budget(Frozen):
    """Totals over all sessions of a run."""

    candidates: int = Field(40, ge=1, le=1_000_000_000)
    """Verdicts."""
    seconds: float = Field(600.0, gt=0, le=1e9)
    """Wall seconds while the run is active."""
    tokens: int | None = Field(None, ge=1, le=1_000_000_000_000)
    """Tokens of the model, in and out; None sets no limit."""
    gpu_seconds: float | None = Field(None, gt=0, le=1e9)
    """Seconds that requests to the model took, summed; None sets no limit."""


class ModelOptions(Frozen):
    """The model that proposes, and how it is asked."""

    name: _Line = "none"
    """`none`, `vllm:NAME`, `http://HOST:PORT/v1` or `replay:FILE`; see docs/models.md."""
    temperatures: tuple[Annotated[float, Field(ge=0, le=2)], ...] = Field((0.4, 0.9), min_length=1, max_length=8)
    """The search learns which of them pays."""
    samples: int = Field(4, ge=1, le=64)
    """Versions that are asked for at a time."""
    max_tokens: int = Field(4096, ge=64, le=1 << 20)
    """Of one reply, thinking included."""
    thinking: bool | None = None
    """Whether the model thinks before it answers; None leaves it to the model."""


class SearchOptions(Frozen):
    """How the search goes."""

    strategy: Literal["evolve", "best-of-n", "refine"] = "evolve"
    """See docs/search.md."""


class Specification(Frozen):
    """What says what is right where there is no code yet; `description` says in prose what is wanted."""

    tests: _Line = ""
    """A C++ program with asserts, relative to the task folder, that declares the entry."""


class Wanted(Frozen):
    """What is wanted of a function: the keys that a task and its file share."""

    name: str = Field("", pattern=r"^[^/\x00-\x1f\x7f]*$", max_length=MOST_NAME)
    description: str = ""
    entry: _Line
    target: Target = "openmp"
    oracle: Literal["reference", "command", "pytest"] = "reference"
    test_files: tuple[_Line, ...] = ()
    """Python: the tests that say what is right, for pytest; paths relative to the task folder."""
    commands: Commands | None = None
    specification: Specification = Specification()
    inputs: Inputs = Inputs()
    owners: dict[str, Owner] = {}
    """With ranks, who has what before and after a call; what is not named is replicated. The result is `return`."""
    compare: Compare = Compare()
    build: Build = Build()
    cuda: Cuda = Cuda()
    measure: Measure = Measure()
    budget: Budget = Budget()
    model: ModelOptions = ModelOptions()
    search: SearchOptions = SearchOptions()
    seed: int = Field(0, ge=-(1 << 62), le=1 << 62)


class TaskFile(Wanted):
    """The keys of a `task.toml`. Of a specification, `source` is the file that its code will be written to."""

    source: Annotated[tuple[_Line, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)] = ()
    """One name, or several of files that are changed together."""


class Task(Wanted):
    """One coding task.

    `source` is the whole text of the file at `path`, or of that and the `others` (see `sections`); `root` is the folder
    that include folders and C++ overrides are relative to. `entry` is a function's name, qualified or with template
    arguments where needed. `build_origin` is the compilation database that `build` was read from, if it was. `tests` is
    the text of a specification's tests; its `source` is empty until it was written.
    """

    root: Path
    path: Path
    others: tuple[Path, ...] = ()
    source: str
    tests: str = ""
    build_origin: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def is_unwritten(self) -> bool:
        """Whether there is a specification and no code yet."""
        return bool(self.tests) and not self.source


def is_before_cpp17(standard: str) -> bool:
    """Whether a standard, as `-std` takes it, is an older C++ than that of 2017."""
    return re.fullmatch(r"(c|gnu)\+\+(98|03|0x|11|1y|14)", standard) is not None


def describe_build(task: Task) -> str:
    """The serial build in one line, and where it was read."""
    build = task.build
    line = " ".join([build.compiler, f"-std={build.standard}", *build.flags, *(f"-I{f}" for f in build.include)])
    levels = [flag for flag in build.flags if flag.startswith("-O")]
    is_optimised = bool(levels) and levels[-1] != "-O0"
    from_where = f", from {task.build_origin}" if task.build_origin else ""
    return line + from_where + ("" if is_optimised else "; not optimised, and speed-ups are over that")
