"""The options of the commands. Each help text fits one line of a terminal of 80 columns."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpar.cli.run import fail
from agentpar.errors import TaskError


class SandboxKind(StrEnum):
    """What `--sandbox` takes."""

    auto = "auto"
    docker = "docker"
    bubblewrap = "bubblewrap"
    process = "process"


class OnOff(StrEnum):
    """What `--thinking` takes."""

    on = "on"
    off = "off"


class FailOn(StrEnum):
    """Which results make a command fail."""

    none = "none"
    no_improvement = "no-improvement"
    error = "error"


class Decompose(StrEnum):
    """What `--decompose` takes."""

    auto = "auto"
    never = "never"


class ImageName(StrEnum):
    """What `sandbox build --image` takes."""

    cpp = "cpp"
    mpi = "mpi"
    mpi4py = "mpi4py"
    project = "project"
    python = "python"
    cuda = "cuda"


class BaseFrom(StrEnum):
    """Where the base image comes from."""

    auto = "auto"
    registry = "registry"
    debootstrap = "debootstrap"


TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="FILE::FUNCTION, a task folder or a task.toml")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="the folder of the run")]
Versions = Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="versions of the whole source file")]

Target = Annotated[
    str | None, typer.Option("--target", metavar="MODEL", help="openmp, threads, stdpar, mpi, cuda, auto, mpi4py, …")
]
Function = Annotated[str | None, typer.Option("--function", metavar="NAME", help="the entry, e.g. 'scale<double>'")]
Sizes = Annotated[
    str | None, typer.Option("--sizes", metavar="SIZES", help="lengths of arguments: 'A=M*K,B=K*N'; a nest: 'a=n;m'")
]
Ranges = Annotated[
    str | None, typer.Option("--ranges", metavar="RANGES", help="bounds of input values: 'x=0:1,k=1:20'")
]
Benchmark = Annotated[
    str | None, typer.Option("--benchmark", metavar="SIZES", help="sizes of timed runs: 'M=300,N=300,K=300'")
]
Example = Annotated[
    str | None,
    typer.Option("--example", metavar="CALL", help="Python: a call to learn from: 'f([0.5] * 9)'"),
]
Tests = Annotated[
    str | None, typer.Option("--tests", metavar="FILES", help="Python: your tests decide, run by pytest: 'a.py,b.py'")
]
Standard = Annotated[str | None, typer.Option("--std", metavar="NAME", help="language standard, e.g. c++20")]
Flags = Annotated[
    str | None, typer.Option("--flags", metavar="FLAGS", help="the flags you build with today [default: -O2]")
]
Include = Annotated[
    list[str] | None, typer.Option("--include", "-I", metavar="FOLDER", help="folder to search for headers; repeatable")
]
File = Annotated[
    str | None, typer.Option("--file", metavar="FILES", help="(other) files that change: 'src/b.cpp,src/k.hpp'")
]
Build = Annotated[
    str | None, typer.Option("--build", metavar="COMMAND", help="of a project: builds what is out of date")
]
Test = Annotated[str | None, typer.Option("--test", metavar="COMMAND", help="of a project: exits with 0 when right")]
Bench = Annotated[str | None, typer.Option("--bench", metavar="COMMAND", help="of a project: the work that is timed")]
Metric = Annotated[
    str | None, typer.Option("--metric", metavar="WHERE", help="its figure: a regex with one group, or a $.json.path")
]
Direction = Annotated[
    str | None, typer.Option("--direction", metavar="WHICH", help="the better figure: smaller [default] or larger")
]
Threads = Annotated[str | None, typer.Option("--threads", metavar="COUNTS", help="thread counts to time, and 1: '2,4'")]
Pairs = Annotated[
    int | None, typer.Option("--pairs", metavar="N", help="pairs of timings for each thread count [default: 24]")
]
Rtol = Annotated[float | None, typer.Option("--rtol", metavar="X", help="relative tolerance of outputs")]
Atol = Annotated[float | None, typer.Option("--atol", metavar="X", help="absolute tolerance of outputs")]
Bitwise = Annotated[bool, typer.Option("--bitwise", help="outputs must be equal bit for bit")]
Candidates = Annotated[
    int | None, typer.Option("--candidates", metavar="N", help="budget of verdicts over all sessions [default: 40]")
]
Seconds = Annotated[
    float | None, typer.Option("--seconds", metavar="S", help="budget of wall time over all sessions [default: 600]")
]
MoreCandidates = Annotated[
    int | None, typer.Option("--candidates", metavar="N", help="a new budget of verdicts, over all sessions")
]
MoreSeconds = Annotated[
    float | None, typer.Option("--seconds", metavar="S", help="a new budget of wall time, over all sessions")
]
DecomposeOption = Annotated[
    Decompose,
    typer.Option(
        "--decompose", metavar="WHEN", show_default=False, help="search hot functions apart: auto [default] or never"
    ),
]
PlanFile = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE", help="a plan of your own; see `agentpar plan --json`")
]
ReviewPlan = Annotated[bool, typer.Option("--review-plan", help="look at the plan, and edit it, before the search")]
Tokens = Annotated[
    int | None, typer.Option("--tokens", metavar="N", help="budget of the model's tokens over all sessions")
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="MODEL", help="vllm:NAME, http://HOST:PORT/v1, replay:FILE, none")
]
Strategy = Annotated[
    str | None, typer.Option("--strategy", metavar="NAME", help="evolve [default], best-of-n or refine")
]
Temperatures = Annotated[
    str | None, typer.Option("--temperature", metavar="LADDER", help="the model's temperatures [default: 0.4,0.9]")
]
Thinking = Annotated[
    OnOff | None, typer.Option("--thinking", metavar="WHEN", help="let the model think first: on or off")
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="seed of the search's choices")]
RunDir = Annotated[
    Path | None, typer.Option("--run-dir", metavar="FOLDER", help="where the run is kept [default: one in .agentpar/]")
]
Sandbox = Annotated[
    SandboxKind,
    typer.Option(
        "--sandbox", metavar="KIND", show_default=False, help="docker, bubblewrap, process (unsafe), auto [default]"
    ),
]
FailOnOption = Annotated[
    FailOn,
    typer.Option(
        "--fail-on", metavar="WHAT", show_default=False, help="fail on: no-improvement [default], error or none"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="data on standard output, as JSON")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress on standard error")]

ImageOption = Annotated[
    ImageName,
    typer.Option(
        "--image", metavar="NAME", show_default=False, help="cpp [default]; cuda, mpi, mpi4py, project, python"
    ),
]
Base = Annotated[str | None, typer.Option("--base", metavar="IMAGE", help="the image to build on")]
BaseFromOption = Annotated[
    BaseFrom,
    typer.Option("--base-from", metavar="WHERE", show_default=False, help="registry, debootstrap or auto [default]"),
]


def task_options(**given: Any) -> dict[str, Any]:
    """The options that were given, as `load_task` takes them."""
    flags, threads = given.pop("flags"), given.pop("threads")
    ladder, thinking = given.pop("temperatures", None), given.pop("thinking", None)
    options = {name: value for name, value in given.items() if value is not None and value is not False}
    if tests := options.pop("tests", None):
        options["tests"] = tuple(str(Path(name.strip()).absolute()) for name in tests.split(","))
    if include := options.pop("include", None):
        options["include"] = tuple(str(Path(folder).absolute()) for folder in include)
    if file := options.pop("file", None):
        options["file"] = tuple(name for each in file.split(",") if (name := each.strip()))
    if thinking is not None:
        options["thinking"] = thinking is OnOff.on
    if ladder:
        try:
            options["temperatures"] = tuple(float(word) for word in ladder.split(","))
        except ValueError:
            fail(f"--temperature: {ladder!r} is no list of temperatures; write 0.4,0.9", TaskError.exit_code)
    if flags:
        options["flags"] = tuple(flags.split())
    if threads:
        try:
            options["threads"] = tuple(int(word) for word in threads.split(","))
        except ValueError:
            fail(f"--threads: {threads!r} is no list of counts; write 1,2,4", TaskError.exit_code)
    return options
