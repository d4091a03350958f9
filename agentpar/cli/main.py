"""The commands of `agentpar`."""

# ruff: noqa: PLC0415  a command imports what it needs when it runs, so that `--help` and `--version` answer at once

import contextlib
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import agentpar
from agentpar.cli import options as opt
from agentpar.cli.model import app as model_app
from agentpar.cli.run import fail, leave_nothing_to_write, run, usage
from agentpar.errors import AgentparError, LedgerError, SandboxError, TaskError

if TYPE_CHECKING:
    from agentpar.planning.plan import Plan
    from agentpar.reporting.result import Result

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Turn a serial function into verified, measurably faster parallel code.",
    epilog="Begin with `agentpar doctor`, then `agentpar solve FILE::FUNCTION`.",
)  # fmt: skip
sandbox_app = typer.Typer(no_args_is_help=True, help="The sandboxes that candidates run in.")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(model_app, name="model")


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


@app.command()
def solve(
    task: opt.TaskArgument,
    target: opt.Target = None, function: opt.Function = None, sizes: opt.Sizes = None, ranges: opt.Ranges = None,
    benchmark: opt.Benchmark = None, example: opt.Example = None, tests: opt.Tests = None,
    standard: opt.Standard = None, flags: opt.Flags = None,
    file: opt.File = None, build: opt.Build = None, test: opt.Test = None, bench: opt.Bench = None,
    metric: opt.Metric = None, direction: opt.Direction = None,
    include: opt.Include = None, threads: opt.Threads = None, pairs: opt.Pairs = None, rtol: opt.Rtol = None,
    atol: opt.Atol = None, bitwise: opt.Bitwise = False, candidates: opt.Candidates = None,
    seconds: opt.Seconds = None, model: opt.Model = None, strategy: opt.Strategy = None, tokens: opt.Tokens = None,
    temperature: opt.Temperatures = None, thinking: opt.Thinking = None,
    seed: opt.Seed = None, run_dir: opt.RunDir = None,
    decompose: opt.DecomposeOption = opt.Decompose.auto, plan: opt.PlanFile = None, review_plan: opt.ReviewPlan = False,
    sandbox: opt.Sandbox = opt.SandboxKind.auto, fail_on: opt.FailOnOption = opt.FailOn.no_improvement,
    as_json: opt.Json = False, quiet: opt.Quiet = False,
) -> None:  # fmt: skip
    """Find a verified, faster parallel version of a serial function.

    The function itself says what is right. The run is kept in a folder, with the patch, the report and every verdict.
    """
    options = opt.task_options(
        target=target, function=function, sizes=sizes, ranges=ranges, benchmark=benchmark, example=example, tests=tests,
        standard=standard,
        file=file, build=build, test=test, bench=bench, metric=metric, direction=direction,
        flags=flags, include=include, threads=threads, pairs=pairs, rtol=rtol, atol=atol, bitwise=bitwise,
        candidates=candidates, seconds=seconds, seed=seed, model=model, strategy=strategy, tokens=tokens,
        temperatures=temperature, thinking=thinking,
    )  # fmt: skip
    from agentpar.planning.plan import read_plan

    try:
        loaded = agentpar.load_task(task, options)
        given = read_plan(plan) if plan else None
    except TaskError as error:
        fail(str(error), error.exit_code)

    from agentpar import api
    from agentpar.reporting.console import Progress
    from agentpar.solver import fresh_run_dir

    folder = run_dir or fresh_run_dir(loaded)
    with Progress(quiet=quiet) as progress:
        work = api.asolve(
            loaded,
            run_dir=folder,
            sandbox=sandbox,
            emit=progress,
            decompose=decompose.value,
            plan=given,
            review_plan=review_plan,
        )
        result = run(work, hint=_goes_on(folder), goes_on=lambda: _is_begun(folder))
    if result.state == "review":
        result = _resumed(folder, _review(folder, as_json), sandbox=sandbox, quiet=quiet)
    _finish(result, as_json, fail_on)


@app.command("plan")
def show_plan(
    task: opt.TaskArgument,
    target: opt.Target = None, function: opt.Function = None, sizes: opt.Sizes = None, ranges: opt.Ranges = None,
    benchmark: opt.Benchmark = None, example: opt.Example = None, tests: opt.Tests = None,
    standard: opt.Standard = None, flags: opt.Flags = None, file: opt.File = None, include: opt.Include = None,
    threads: opt.Threads = None,
    sandbox: opt.Sandbox = opt.SandboxKind.auto, as_json: opt.Json = False, quiet: opt.Quiet = False,
) -> None:  # fmt: skip
    """Show which functions `solve` would search apart.

    Runs the serial code alone, to see where it spends its time.
    """
    options = opt.task_options(
        target=target, function=function, sizes=sizes, ranges=ranges, benchmark=benchmark, example=example, tests=tests,
        standard=standard, flags=flags, file=file, include=include, threads=threads,
    )  # fmt: skip
    try:
        loaded = agentpar.load_task(task, options)
    except TaskError as error:
        fail(str(error), error.exit_code)

    from agentpar import api
    from agentpar.planning.plan import described
    from agentpar.reporting.console import Progress

    with Progress(quiet=quiet) as progress:
        made, counts = run(api.aplan(loaded, sandbox=sandbox, emit=progress), hint="nothing was changed")
    if as_json:
        bound = {"topology": made.topology, "threads": counts[-1], "bound": made.bound(counts[-1])}
        print(json.dumps({"plan": made.model_dump(mode="json"), **bound}, indent=2))
    else:
        print("\n".join(described(made, counts[-1], loaded.source)))


@app.command()
def resume(
    run_dir: opt.Run,
    candidates: opt.MoreCandidates = None, seconds: opt.MoreSeconds = None, tokens: opt.Tokens = None,
    model: opt.Model = None, plan: opt.PlanFile = None,
    sandbox: opt.Sandbox = opt.SandboxKind.auto, fail_on: opt.FailOnOption = opt.FailOn.no_improvement,
    as_json: opt.Json = False, quiet: opt.Quiet = False,
) -> None:  # fmt: skip
    """Go on with an interrupted run; nothing is judged twice.

    A run that has ended goes on too, with a larger --candidates or --seconds. One whose plan waits for a review asks
    for it, or takes --plan.
    """
    _require_run(run_dir)

    from agentpar.planning.plan import read_plan
    from agentpar.reporting.result import read_result

    try:
        given = read_plan(plan) if plan else None
        stands = read_result(run_dir)
    except AgentparError as error:
        fail(str(error), error.exit_code)
    limits = {"candidates": candidates, "seconds": seconds, "tokens": tokens, "model": model}
    has_parts = stands.decomposition is not None
    result = _resumed(run_dir, given, sandbox=sandbox, quiet=quiet, has_parts=has_parts, **limits)
    if result.state == "review":
        result = _resumed(
            run_dir, _review(run_dir, as_json), sandbox=sandbox, quiet=quiet, has_parts=has_parts, **limits
        )
    _finish(result, as_json, fail_on)


def _resumed(
    run_dir: Path, plan: "Plan | None", *, sandbox: str, quiet: bool, has_parts: bool = False, **limits: Any
) -> "Result":
    from agentpar import api
    from agentpar.reporting.console import Progress

    has_parts |= plan is not None and not plan.is_atomic
    with Progress(quiet=quiet, has_parts=has_parts) as progress:
        work = api.aresume(run_dir, sandbox=sandbox, emit=progress, plan=plan, **limits)
        return run(work, hint=_goes_on(run_dir), goes_on=lambda: _is_begun(run_dir))


def _review(run_dir: Path, as_json: bool) -> "Plan":
    from agentpar.cli.review import review
    from agentpar.reporting.result import read_result

    try:
        return review(run_dir)
    except typer.Exit:  # the plan waits, and standard output says so too
        if as_json:
            _print(read_result(run_dir), as_json)
        raise
    except AgentparError as error:
        fail(str(error), error.exit_code)


def _goes_on(run_dir: Path) -> str:
    return f"nothing judged is lost; go on with: agentpar resume {shlex.quote(str(run_dir))}"


def _is_begun(run_dir: Path) -> bool:
    from agentpar.ledger import Ledger
    from agentpar.ledger_file import LEDGER, is_run

    if not is_run(run_dir / LEDGER):
        return False
    with Ledger.read(run_dir / LEDGER) as ledger:
        return ledger.has_begun


def _require_run(run_dir: Path) -> None:
    from agentpar.ledger_file import LEDGER, is_run

    try:
        if is_run(run_dir / LEDGER):
            return
    except LedgerError as error:
        fail(str(error), error.exit_code)
    runs = sorted(str(ledger.parent) for ledger in Path(".agentpar").glob(f"*/{LEDGER}"))[-3:]
    known = f"latest here: {', '.join(runs)}" if runs else "there is none in .agentpar here"
    fail(f"{run_dir} holds no run; {known}", TaskError.exit_code)


def _finish(result: "Result", as_json: bool, fail_on: opt.FailOn) -> None:
    _print(result, as_json)
    code = {"improved": 0, "no_improvement": 1, "no_verdict": 5}[result.status]
    if fail_on is opt.FailOn.none or (fail_on is opt.FailOn.error and code == 1):
        code = 0
    raise typer.Exit(code)


def _print(result: "Result", as_json: bool) -> None:
    from agentpar.reporting.console import print_result

    if as_json:
        print(result.model_dump_json(indent=2))
    else:
        print_result(result)


@app.command()
def show(run_dir: opt.Run, as_json: opt.Json = False) -> None:
    """Show a run as it stands, also while it is going on."""
    _require_run(run_dir)

    from agentpar.reporting.console import print_candidates
    from agentpar.reporting.result import read_result

    try:
        result = read_result(run_dir)
    except AgentparError as error:
        fail(str(error), error.exit_code)
    if not as_json:
        print_candidates(result)
    _print(result, as_json)


@app.command()
def judge(
    task: opt.TaskArgument,
    files: opt.Versions = None,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", metavar="FILE", help='versions: lines of {"name": …, "source": …}')
    ] = None,
    target: opt.Target = None, function: opt.Function = None, sizes: opt.Sizes = None, ranges: opt.Ranges = None,
    benchmark: opt.Benchmark = None, example: opt.Example = None, tests: opt.Tests = None,
    standard: opt.Standard = None, flags: opt.Flags = None,
    file: opt.File = None, build: opt.Build = None, test: opt.Test = None, bench: opt.Bench = None,
    metric: opt.Metric = None, direction: opt.Direction = None,
    include: opt.Include = None, threads: opt.Threads = None, pairs: opt.Pairs = None, rtol: opt.Rtol = None,
    atol: opt.Atol = None, bitwise: opt.Bitwise = False,
    sandbox: opt.Sandbox = opt.SandboxKind.auto, fail_on: opt.FailOnOption = opt.FailOn.no_improvement,
    as_json: opt.Json = False, quiet: opt.Quiet = False,
) -> None:  # fmt: skip
    """Judge your own versions: right, race-free, faster?

    TASK names the serial function, each FILE a version of its whole source that a person or another tool wrote;
    where it is several files, a folder that holds those that differ.
    Exits 0 when every version is right (`ok`), 1 when one is not.
    """
    options = opt.task_options(
        target=target, function=function, sizes=sizes, ranges=ranges, benchmark=benchmark, example=example, tests=tests,
        standard=standard,
        file=file, build=build, test=test, bench=bench, metric=metric, direction=direction,
        flags=flags, include=include, threads=threads, pairs=pairs, rtol=rtol, atol=atol, bitwise=bitwise,
    )  # fmt: skip
    from agentpar.cli.versions import read_versions

    try:
        loaded = agentpar.load_task(task, options)
        versions = read_versions(loaded, files or [], jsonl)
    except TaskError as error:
        fail(str(error), error.exit_code)

    from agentpar import api
    from agentpar.reporting.console import Progress, print_verdict
    from agentpar.verdict import Outcome

    async def work() -> bool:
        names, all_right = iter(name for name, _ in versions), True
        async for verdict in api.ajudge(loaded, [source for _, source in versions], sandbox=sandbox, emit=progress):
            print_verdict(next(names), verdict, as_json=as_json)
            all_right = all_right and verdict.outcome is Outcome.OK
        return all_right

    with Progress(quiet=quiet) as progress:
        all_right = run(work(), hint="the verdicts so far stand")
    raise typer.Exit(0 if all_right or fail_on is not opt.FailOn.no_improvement else 1)


@app.command()
def doctor(
    timing: Annotated[bool, typer.Option("--timing", help="also time work of known speed")] = False,
    attack: Annotated[bool, typer.Option("--attack", help="judge hostile candidates instead")] = False,
    sandbox: opt.Sandbox = opt.SandboxKind.auto,
    as_json: opt.Json = False,
) -> None:
    """What works on this machine, and how to mend what does not."""
    from agentpar.cli import doctor as doctors

    if attack:
        from agentpar.attack.command import attack as attack_all
        from agentpar.sandbox.kinds import choose

        async def attack_here() -> int:
            return await attack_all([choose(sandbox.value)], as_json=as_json)

        raise typer.Exit(run(attack_here(), hint="nothing was changed"))
    findings = run(doctors.examine(), hint="nothing was changed")
    if timing:
        findings += run(doctors.examine_clock(), hint="nothing was changed")
    if as_json:
        print(json.dumps([f.model_dump(mode="json") for f in findings], indent=2))
    else:
        doctors.print_findings(findings)
    has_sandbox = any(f.works for f in findings if f.name in ("docker", "bubblewrap"))
    raise typer.Exit(0 if has_sandbox else 3)


@sandbox_app.command()
def build(
    image: opt.ImageOption = opt.ImageName.cpp, base: opt.Base = None,
    base_from: opt.BaseFromOption = opt.BaseFrom.auto, quiet: opt.Quiet = False,
) -> None:  # fmt: skip
    """Build a Docker image that candidates run in."""
    from agentpar.sandbox.image import build_image

    def progress(line: str) -> None:
        if not quiet:
            print(line, file=sys.stderr)

    try:
        print(build_image(image.value, base=base, base_from=base_from.value, progress=progress))
    except AgentparError as error:
        fail(str(error), error.exit_code)


def main() -> None:
    """The entry point. A command line that is wrong is answered like a task that is: in one line."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        print(usage(error), file=sys.stderr)
        code = error.exit_code
    except OSError as error:
        # A disk that is full or gone, a folder that may not be written: the machine's, and said in one line too.
        with contextlib.suppress(OSError):
            print(f"agentpar: {error}; mend that, then run the command again", file=sys.stderr)
        leave_nothing_to_write()
        code = SandboxError.exit_code
    sys.exit(code)
