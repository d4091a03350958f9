"""What one candidate costs beyond its build and its runs: warm sandboxes beside one fresh container a candidate.

python -m bench.overhead [--count N] [--sandbox KIND ...] [--fresh N] [--json FILE]

A warm evaluation is a real one: record the candidate, put its source into a sandbox, build it, one judged session
(judge, baseline and candidate load their objects and make one trivial call each), empty the sandbox, commit the
verdict.
The compiler's own time is not counted, only what asking for it adds; the processes of the session start while the
compiler runs, so their CPU time is counted and their start is not waited for. A candidate that goes the
whole way has four sessions (verify, race, two looks at its timing); what a session costs for which nothing was started
ahead is the row `another session`.

Beside it the bytes of a run's LangGraph checkpoints, with few and with many candidates: the graph's state holds ids, so
they must not grow with these, and the command ends with 1 where they do.
"""

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agentpar import AgentparError, Outcome, SandboxError, Verdict, load_task
from agentpar.candidate import Proposal
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.reference import understand
from agentpar.evaluation.session import Round, judge
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.image import image_tag
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Stage
from bench.checkpoints import checkpoint_bytes
from bench.clocks import daemons, sandbox_clock, used_since
from bench.conditions import conditions, print_conditions

TARGET_MS = {"docker": 5.0, "bubblewrap": 10.0}
WARM_UP = 5
STEPS = ("record", "put", "build", "judge", "empty", "commit")
ANOTHER = "another session"
CHECKPOINTED = (12, 300)


@dataclass(frozen=True)
class Cost:
    """Milliseconds a candidate. `wall` holds each step's samples; CPU is a mean over all candidates.

    `own_cpu` is this process's; `sandbox_cpu` that of the runner and all it started; `daemon_cpu` that of Docker's
    daemons and shims, which other users of the daemon add to.
    """

    kind: str
    wall: dict[str, list[float]]
    own_cpu: float
    sandbox_cpu: float | None
    sandbox_source: str
    daemon_cpu: float | None

    def total(self) -> list[float]:
        return [sum(step) for step in zip(*(w for name, w in self.wall.items() if name != ANOTHER), strict=True)]

    @property
    def cpu(self) -> float:
        """Of agentpar itself and of what runs in the sandbox; not of Docker's daemons."""
        return self.own_cpu + (self.sandbox_cpu or 0.0)


async def warm(kind: Kind, count: int) -> Cost:
    """Judge the same trivial candidate `count` times in one warm sandbox."""
    task = load_task(f"{Path(__file__).parent / 'empty.cpp'}::empty")
    sizes = Sizes(edges=(), refused=(), generic=((7,), (31,), (64,)), benchmark=(64,), baseline_ms=1.0)
    pool = Pool(kind, size=1)
    try:
        prepared = await prepare(understand(task), pool, known=sizes, say=lambda _: None)
        with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder, "ledger.sqlite"), task) as ledger:
            async with lease.timing():
                await repeat(pool, prepared, ledger, range(WARM_UP))
                read, source = sandbox_clock(kind)
                own, before, inside = time.process_time(), daemons(), read() if read else 0.0
                samples, compilers = await repeat(pool, prepared, ledger, range(WARM_UP, WARM_UP + count))
                own = (time.process_time() - own) * 1000
                inside = read() - inside - compilers if read else 0.0
                daemon = used_since(before)
                others = await _others(pool, prepared, count)
    finally:
        await pool.close()
    return Cost(
        kind=kind,
        wall={**{step: [sample[i] for sample in samples] for i, step in enumerate(STEPS)}, ANOTHER: others},
        own_cpu=own / count,
        sandbox_cpu=inside / count if read else None,
        sandbox_source=source,
        daemon_cpu=daemon / count if kind == "docker" else None,
    )


async def repeat(pool: Pool, prepared: Prepared, ledger: Ledger, numbers: range) -> tuple[list[list[float]], float]:
    """Milliseconds of each step, for each candidate; and the CPU milliseconds of all compilers."""
    verdict = Verdict(outcome=Outcome.OK, stage=Stage.MEASURE)
    samples, compilers = [], 0.0
    for number in numbers:
        source = f"{prepared.subject.task.source}// {number}\n"
        proposal = Proposal(source=source, proposer="bench", strategy="none", pattern="none")
        at = [time.perf_counter()]
        candidate = ledger.record_candidate(proposal, subtask="empty", fingerprint=fingerprint(source), seen=0)
        at.append(time.perf_counter())
        async with pool.sandbox() as sandbox:
            await sandbox.put("builder", "work/candidate.cpp", (source + prepared.trampoline).encode())
            at.append(time.perf_counter())
            built = await sandbox.run("builder", prepared.toolchain.candidate(), timeout_s=60)
            compilers += built.cpu_s * 1000
            at.append(time.perf_counter())
            await _session(sandbox, prepared)
            at.append(time.perf_counter())
        at.append(time.perf_counter())
        ledger.record_verdict(candidate, verdict)
        at.append(time.perf_counter())
        steps = [(after - before) * 1000 for before, after in itertools.pairwise(at)]
        steps[STEPS.index("build")] -= built.wall_s * 1000
        samples.append(steps)
    return samples, compilers


async def fresh(count: int) -> Cost:
    """`docker run --rm --network none --entrypoint true IMAGE`, once for each candidate."""
    program = shutil.which("docker")
    if program is None:
        raise SandboxError("the docker command is missing")
    command = [program, "run", "--rm", "--network", "none", "--entrypoint", "true", image_tag()]
    async with lease.timing():
        wall, running, before = [], daemons(), os.times()
        for _ in range(count):
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221  nothing else runs meanwhile
            wall.append((time.perf_counter() - begun) * 1000)
        after, daemon = os.times(), used_since(running)
    client = (after.children_user + after.children_system - before.children_user - before.children_system) * 1000
    return Cost("docker run", {"all": wall}, client / count, None, "the docker command", daemon / count)


async def _session(sandbox: Sandbox, prepared: Prepared) -> None:
    judged = await judge(
        sandbox,
        [Round(dims=(64,))],
        tolerance=prepared.tolerance,
        candidate="work/candidate.so",
        dim_names=prepared.subject.dim_names,
    )
    if judged.failed is not None:
        raise SandboxError(f"the empty kernel fails: {judged.failed.feedback}")


async def _others(pool: Pool, prepared: Prepared, count: int) -> list[float]:
    """Milliseconds of sessions that follow another in the same sandbox, as the looks at a timing do."""
    taken = []
    async with pool.sandbox() as sandbox:
        await sandbox.put(
            "builder", "work/candidate.cpp", (prepared.subject.task.source + prepared.trampoline).encode()
        )
        await sandbox.run("builder", prepared.toolchain.candidate(), timeout_s=60)
        for _ in range(count):
            begun = time.perf_counter()
            await _session(sandbox, prepared)
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _spread(samples: Sequence[float]) -> str:
    ordered = sorted(samples)
    low, high = ordered[len(ordered) // 10], ordered[(len(ordered) - 1) * 9 // 10]
    return f"{statistics.median(ordered):.2f} ({low:.2f}–{high:.2f})"


def table(costs: Sequence[Cost]) -> Table:
    shown = Table(caption="milliseconds a candidate; wall: median (10th–90th percentile); CPU: mean")
    shown.add_column("")
    for cost in costs:
        shown.add_column(cost.kind, justify="right")
    for step in STEPS:
        shown.add_row(f"wall: {step}", *(_spread(c.wall[step]) if step in c.wall else "" for c in costs))
    shown.add_row("[bold]wall: all[/bold]", *(f"[bold]{_spread(c.total())}[/bold]" for c in costs))
    targets = [f"≤ {TARGET_MS[c.kind]:.0f}" if c.kind in TARGET_MS else "" for c in costs]
    shown.add_row("design target", *targets)
    another = (_spread(c.wall[ANOTHER]) if ANOTHER in c.wall else "" for c in costs)
    shown.add_row(f"wall: {ANOTHER}", *another, end_section=True)
    shown.add_row("CPU: agentpar (for docker run: its command)", *(f"{c.own_cpu:.2f}" for c in costs))
    shown.add_row("CPU: in the sandbox", *("" if c.sandbox_cpu is None else f"{c.sandbox_cpu:.2f}" for c in costs))
    shown.add_row("[bold]CPU: both[/bold]", *(f"[bold]{c.cpu:.2f}[/bold]" for c in costs))
    shown.add_row("CPU: Docker's daemons", *("" if c.daemon_cpu is None else f"{c.daemon_cpu:.2f}" for c in costs))
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = ["docker", "bubblewrap", "process"]
    parser.add_argument("--count", type=int, default=100, help="warm evaluations of each kind")
    parser.add_argument("--fresh", type=int, default=20, help="containers started afresh; 0 leaves them out")
    parser.add_argument("--sandbox", action="append", choices=kinds, help="may be given several times; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write samples and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)

    named: dict[str, Any] = conditions(count=f"{chosen.count} warm after {WARM_UP}, {chosen.fresh} fresh containers")
    costs, missing = [], []
    work = [(kind, warm(kind, chosen.count)) for kind in chosen.sandbox or kinds]
    work += [("docker run", fresh(chosen.fresh))] if chosen.fresh else []
    for name, measured in work:
        try:
            costs.append(asyncio.run(measured))
        except (AgentparError, subprocess.CalledProcessError) as error:
            missing.append(f"{name}: {error}")
    if costs:
        console.print(table(costs))
    for cost in costs:
        console.print(f"  CPU counted for {cost.kind}: {cost.sandbox_source}", markup=False)
    console.print(
        "  not counted: compilers, waiting for the measurement lease, opening the sandbox. Docker's daemons are shared,"
        " so others add to their figure, and a shim that ended is lost",
        markup=False,
    )
    few, many = (asyncio.run(checkpoint_bytes(budget)) for budget in CHECKPOINTED)
    is_flat = abs(many[1] - few[1]) < many[0] - few[0]
    console.print(
        f"  checkpoints of a run of three subtasks: {few[1]} bytes in all with {few[0]} candidates, {many[1]} with "
        f"{many[0]}{'' if is_flat else ': THEY GROW'}"
    )
    for line in missing:
        console.print(f"  not measured: {line}", markup=False)
    print_conditions(console, named)
    if chosen.json:
        rows = [asdict(cost) for cost in costs]
        checkpoints = [{"candidates": judged, "bytes": size} for judged, size in (few, many)]
        written = {"conditions": named, "costs": rows, "checkpoints": checkpoints, "missing": missing}
        chosen.json.write_text(json.dumps(written, indent=2) + "\n")
    return 1 if missing or not is_flat else 0


if __name__ == "__main__":
    sys.exit(main())
