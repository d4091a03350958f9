"""The commands of `agentpar`."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import agentpar
from agentpar import api
from agentpar.cli import doctor as doctors
from agentpar.cli.run import fail, run
from agentpar.errors import AgentparError, TaskError
from agentpar.reporting.console import Progress, measurement_lines, print_result
from agentpar.reporting.result import Result, read_result
from agentpar.sandbox.image import build_image
from agentpar.solver import LEDGER, fresh_run_dir
from agentpar.task import load_task, read_source
from agentpar.verdict import Outcome, Verdict

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Turn a serial function into verified, measurably faster parallel code.",
)  # fmt: skip
sandbox_app = typer.Typer(no_args_is_help=True, help="The sandboxes that candidates run in.")
app.add_typer(sandbox_app, name="sandbox")


class SandboxKind(StrEnum):
    """What `--sandbox` takes."""

    auto = "auto"
    docker = "docker"
    bubblewrap = "bubblewrap"
    process = "process"


class FailOn(StrEnum):
    """Which results make a command fail."""

    none = "none"
    no_improvement = "no-improvement"
    error = "error"


TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="FILE::FUNCTION, a task folder, or a task.toml")]
Sandbox = Annotated[
    SandboxKind, typer.Option("--sandbox", help="auto takes Docker if a daemon answers, else bubblewrap")
]
Json = Annotated[bool, typer.Option("--json", help="machine-readable data on standard output")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress on standard error")]
Target = Annotated[str | None, typer.Option("--target", help="the parallel model: openmp")]
Function = Annotated[str | None, typer.Option("--function", help="the entry, e.g. 'scale<double>'")]
Sizes = Annotated[str | None, typer.Option("--sizes", help="sizes tied together: 'A=M*K,B=K*N'; nests by ';'")]
Ranges = Annotated[str | None, typer.Option("--ranges", help="bounds of values: 'x=0:1,k=1:20'")]
Benchmark = Annotated[str | None, typer.Option("--benchmark", help="sizes of timed runs: 'M=300,N=300,K=300'")]
Standard = Annotated[str | None, typer.Option("--std", help="language standard, e.g. c++20")]
Flags = Annotated[str | None, typer.Option("--flags", help="the flags you build with today [default: -O2]")]
Include = Annotated[list[str] | None, typer.Option("--include", "-I", help="folder to search for headers")]
Threads = Annotated[str | None, typer.Option("--threads", help="thread counts to time: '1,2,4'")]
Pairs = Annotated[int | None, typer.Option("--pairs", help="pairs of timings for each thread count")]
Rtol = Annotated[float | None, typer.Option("--rtol", help="relative tolerance of outputs")]
Atol = Annotated[float | None, typer.Option("--atol", help="absolute tolerance of outputs")]
Bitwise = Annotated[bool, typer.Option("--bitwise", help="outputs must be equal bit for bit")]
Candidates = Annotated[int | None, typer.Option("--candidates", help="budget of verdicts, over all sessions")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="budget of wall seconds, over all sessions")]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="which results make the command fail")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"agentpar {agentpar.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Nothing of its own: options before the command."""


def _options(**given: Any) -> dict[str, Any]:
    flags, threads = given.pop("flags"), given.pop("threads")
    options = {name: value for name, value in given.items() if value is not None and value is not False}
    if flags:
        options["flags"] = tuple(flags.split())
    if threads:
        try:
            options["threads"] = tuple(int(word) for word in threads.split(","))
        except ValueError:
            fail(f"--threads: {threads!r} is no list of counts; write 1,2,4", TaskError.exit_code)
    return options


@app.command()
def solve(
    task: TaskArgument,
    target: Target = None, function: Function = None, sizes: Sizes = None, ranges: Ranges = None,
    benchmark: Benchmark = None, standard: Standard = None, flags: Flags = None, include: Include = None,
    threads: Threads = None, pairs: Pairs = None, rtol: Rtol = None, atol: Atol = None, bitwise: Bitwise = False,
    candidates: Candidates = None, seconds: Seconds = None,
    seed: Annotated[int | None, typer.Option("--seed", help="of the search")] = None,
    run_dir: Annotated[Path | None, typer.Option("--run-dir", help="where the run is kept")] = None,
    sandbox: Sandbox = SandboxKind.auto, fail_on: FailOnOption = FailOn.no_improvement,
    as_json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Find a verified, faster parallel version of a serial function."""
    options = _options(
        target=target, function=function, sizes=sizes, ranges=ranges, benchmark=benchmark, standard=standard,
        flags=flags, include=include, threads=threads, pairs=pairs, rtol=rtol, atol=atol, bitwise=bitwise,
        candidates=candidates, seconds=seconds, seed=seed,
    )  # fmt: skip
    try:
        loaded = load_task(task, options)
    except TaskError as error:
        fail(str(error), error.exit_code)
    folder = run_dir or fresh_run_dir(loaded)
    with Progress(quiet=quiet) as progress:
        result = run(
            api.asolve(loaded, run_dir=folder, sandbox=sandbox, emit=progress),
            hint=f"; go on with: agentpar resume {folder}",
        )
    _finish(result, as_json, fail_on)


@app.command()
def resume(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of the run")],
    candidates: Candidates = None, seconds: Seconds = None, sandbox: Sandbox = SandboxKind.auto,
    fail_on: FailOnOption = FailOn.no_improvement, as_json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Go on with an interrupted run; nothing is judged twice."""
    _require_run(run_dir)
    with Progress(quiet=quiet) as progress:
        result = run(
            api.aresume(run_dir, sandbox=sandbox, emit=progress, candidates=candidates, seconds=seconds),
            hint=f"; go on with: agentpar resume {run_dir}",
        )
    _finish(result, as_json, fail_on)


def _require_run(run_dir: Path) -> None:
    if not (run_dir / LEDGER).exists():
        runs = sorted(str(ledger.parent) for ledger in Path(".agentpar").glob(f"*/{LEDGER}"))[-3:]
        known = f"latest here: {', '.join(runs)}" if runs else "there is none in .agentpar here"
        fail(f"{run_dir} holds no run; {known}", TaskError.exit_code)


def _finish(result: Result, as_json: bool, fail_on: FailOn) -> None:
    if as_json:
        print(result.model_dump_json(indent=2))
    else:
        print_result(result)
    code = {"improved": 0, "no_improvement": 1, "no_verdict": 5}[result.status]
    if fail_on is FailOn.none or (fail_on is FailOn.error and code == 1):
        code = 0
    raise typer.Exit(code)


@app.command()
def show(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of the run")],
    as_json: Json = False,
) -> None:
    """Show a run as it stands, also while it is going on."""
    _require_run(run_dir)
    try:
        result = read_result(run_dir)
    except AgentparError as error:
        fail(str(error), error.exit_code)
    if as_json:
        print(result.model_dump_json(indent=2))
        return
    table = Table(
        title=f"{result.task}: {result.status.replace('_', ' ')}, {result.evaluated} judged in {result.seconds:.0f} s"
    )
    for column, side in (("#", "right"), ("verdict", "left"), ("speed-up", "right"), ("what", "left")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    for c in result.candidates:
        mark = " ←" if result.best and c.id == result.best.id else ""
        table.add_row(str(c.number), c.outcome, f"{c.speedup:.2f}×" if c.speedup else "", c.strategy + mark)
    Console(highlight=False).print(table)
    print_result(result)


@app.command()
def judge(
    task: TaskArgument,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE…", help="versions of the whole source")] = None,
    jsonl: Annotated[Path | None, typer.Option("--jsonl", help='lines of {"name": …, "source": …}')] = None,
    target: Target = None, function: Function = None, sizes: Sizes = None, ranges: Ranges = None,
    benchmark: Benchmark = None, standard: Standard = None, flags: Flags = None, include: Include = None,
    threads: Threads = None, pairs: Pairs = None, rtol: Rtol = None, atol: Atol = None, bitwise: Bitwise = False,
    sandbox: Sandbox = SandboxKind.auto, fail_on: FailOnOption = FailOn.no_improvement,
    as_json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Judge versions that a person or another tool wrote: right, race-free, faster?

    Exits 0 when every version is right (`ok`), 1 when one is not.
    """
    options = _options(
        target=target, function=function, sizes=sizes, ranges=ranges, benchmark=benchmark, standard=standard,
        flags=flags, include=include, threads=threads, pairs=pairs, rtol=rtol, atol=atol, bitwise=bitwise,
    )  # fmt: skip
    try:
        loaded = load_task(task, options)
        versions = _versions(files or [], jsonl)
    except TaskError as error:
        fail(str(error), error.exit_code)

    async def work() -> bool:
        names, all_right = iter(name for name, _ in versions), True
        async for verdict in api.ajudge(loaded, [source for _, source in versions], sandbox=sandbox, emit=progress):
            _print_verdict(next(names), verdict, as_json)
            all_right = all_right and verdict.outcome is Outcome.OK
        return all_right

    with Progress(quiet=quiet) as progress:
        all_right = run(work())
    raise typer.Exit(0 if all_right or fail_on is not FailOn.no_improvement else 1)


def _versions(files: list[Path], jsonl: Path | None) -> list[tuple[str, str]]:
    versions = [(str(file), read_source(file)) for file in files]
    if jsonl is not None:
        for number, line in enumerate(read_source(jsonl).splitlines(), 1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
                versions.append((str(entry.get("name", f"{jsonl}:{number}")), str(entry["source"])))
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                raise TaskError(f'{jsonl}:{number}: not a JSON object with a "source"') from error
    if not versions:
        raise TaskError("nothing to judge; give a FILE or --jsonl FILE")
    return versions


def _print_verdict(name: str, verdict: Verdict, as_json: bool) -> None:
    if as_json:
        line = {
            "file": name,
            "verdict": verdict.outcome,
            "feedback": verdict.feedback,
            "measurement": verdict.measurement.model_dump(mode="json") if verdict.measurement else None,
            "improvement": verdict.is_improvement,
            "unchecked": verdict.unchecked,
            "stage": verdict.stage,
        }
        print(json.dumps(line), flush=True)
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    colour = "green" if verdict.outcome is Outcome.OK else "red"
    console.print(f"[{colour}]{verdict.outcome}[/{colour}]", end="  ")
    console.print(name, markup=False)
    if verdict.measurement:
        for text in measurement_lines(verdict.measurement, {}):
            console.print(f"  {text}", markup=False)
    else:
        console.print(f"  {verdict.feedback}", markup=False)
    for gap in verdict.unchecked:
        console.print(f"  not checked: {gap}", markup=False)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What works on this machine, and how to mend what does not."""
    findings = run(doctors.examine())
    if as_json:
        print(json.dumps([f.model_dump(mode="json") for f in findings], indent=2))
    else:
        doctors.print_findings(findings)
    has_sandbox = any(f.works for f in findings if f.name in ("docker", "bubblewrap"))
    raise typer.Exit(0 if has_sandbox else 3)


class BaseFrom(StrEnum):
    """Where the base image comes from."""

    auto = "auto"
    registry = "registry"
    debootstrap = "debootstrap"


@sandbox_app.command()
def build(
    base: Annotated[str | None, typer.Option("--base", help="the image to build on")] = None,
    base_from: Annotated[BaseFrom, typer.Option("--base-from", help="where a missing base comes from")] = BaseFrom.auto,
    quiet: Quiet = False,
) -> None:
    """Build the Docker image that candidates run in."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=quiet)
    try:
        tag = build_image(
            base=base,
            base_from=base_from.value,
            progress=lambda line: console.print(line, markup=False, style="dim"),
        )
    except AgentparError as error:
        fail(str(error), error.exit_code)
    print(tag)


def main() -> None:
    """The entry point."""
    app()
