"""One kernel's trial: solved by agentpar, then built by compilers alone, and both put down as one row."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import agentpar
from agentpar import Result
from agentpar.candidate import Candidate
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from agentpar.verdict import Outcome, Verdict
from bench.kernels.comparators import THREADED, compare
from bench.kernels.labels import Kernel

NEAR = 0.95
"""The share of the final ratio at which a search is said to be there."""
_PREPARATION_S = 300.0


def _ignore(event: Event) -> None:
    """The row says it all in the end."""


async def trial(kernel: Kernel, folder: Path, sandbox: str, *, candidates: int, seconds: float) -> dict[str, Any]:
    """A kernel's row. An error of agentpar's is a row too: one kernel does not end the campaign."""
    row: dict[str, Any] = {"kernel": f"{kernel.family}/{kernel.name}", "class": kernel.family, "kind": kernel.kind}
    begun = time.monotonic()
    try:
        async with asyncio.timeout(2 * seconds + _PREPARATION_S):
            task = kernel.task(candidates=candidates, seconds=seconds)
            result = await agentpar.asolve(task, run_dir=folder, sandbox=sandbox, emit=_ignore)
            with Ledger.read(folder / LEDGER) as ledger:
                row |= _searched(result, ledger) | _found(kernel, result, ledger)
                parallel = _parallel(ledger)
            # In a search, what is not faster is not watched for races: that is made up for here.
            row["verified_parallel"] = row.get("threads_seen", 0) >= THREADED or await _is_verified(
                task, parallel, sandbox
            )
            evidence = result.evidence
            row["comparators"] = await compare(
                task, evidence["sizes"], sandbox=sandbox, noise_floor=evidence["noise_floor"]
            )
    except (agentpar.AgentparError, TimeoutError) as error:
        row |= {"status": type(error).__name__, "why": str(error) or "took too long"}
    return row | {"wall_seconds": round(time.monotonic() - begun, 1)}


def _searched(result: Result, ledger: Ledger) -> dict[str, Any]:
    """What was tried, and under which conditions."""
    judged = ledger.judged()
    return {
        "status": result.status,
        "why": result.why,
        "counts": result.counts,
        "evaluated": result.evaluated,
        "in_flight": result.in_flight,
        "seconds": result.seconds,
        "preparing_seconds": round(_begun(ledger.events()), 2),
        "stage_seconds": _stage_seconds(judged),
        "verified": any(verdict.outcome is Outcome.OK for _, verdict in judged),
        "candidates": [
            {
                "strategy": candidate.strategy,
                "outcome": str(verdict.outcome),
                "speedup": verdict.measurement.speedup if verdict.measurement else None,
                **({} if verdict.outcome is Outcome.OK else {"feedback": verdict.feedback[:300]}),
            }
            for candidate, verdict in judged
        ],
        **{key: result.evidence.get(key) for key in ("noise_floor", "compiler", "sandbox", "race_gate")},
        "benchmark": result.evidence["sizes"]["benchmark"],
        "baseline_ms": result.evidence["sizes"]["baseline_ms"],
    }


def _parallel(ledger: Ledger) -> str | None:
    """The fastest source that is right and with which more than one thread was seen at work, whether or not it paid."""
    seen = {
        candidate.source: verdict.measurement.speedup
        for candidate, verdict in ledger.judged()
        if verdict.outcome is Outcome.OK
        and verdict.measurement is not None
        and verdict.measurement.scaling[-1].threads_seen >= THREADED
    }
    return max(seen, key=lambda source: seen[source], default=None)


async def _is_verified(task: agentpar.Task, source: str | None, sandbox: str) -> bool:
    """Whether every gate lets it pass."""
    if source is None:
        return False
    return [v.outcome async for v in agentpar.ajudge(task, [source], sandbox=sandbox)] == [Outcome.OK]


def _found(kernel: Kernel, result: Result, ledger: Ledger) -> dict[str, Any]:
    """The champion's figures, all of them from its re-test but the way to it."""
    best = result.best
    if best is None:
        return {}
    measured = best.measurement
    ceiling = measured.ceiling.model_dump() if measured.ceiling else {}
    target = NEAR * min(best.speedup, best.selection.speedup)
    evaluations, seconds = way_to(target, ledger)
    allowed = ceiling.get(kernel.kind)
    return {
        "winner": best.strategy,
        "source": best.source,
        "ratio": measured.best.ratio.model_dump(),
        "serial_gain": measured.scaling[0].ratio.model_dump(),
        "parallel_gain": measured.parallel_gain.model_dump(),
        "ceiling": ceiling,
        "share_of_ceiling": measured.parallel_gain.median / allowed if allowed else None,
        "threads_seen": measured.best.threads_seen,
        "instructions": measured.instructions.model_dump() if measured.instructions else None,
        "unchecked": best.unchecked,
        "evaluations_to_near": evaluations,
        "seconds_to_near": seconds,
    }


def way_to(target: float, ledger: Ledger) -> tuple[int | None, float | None]:
    """Verdicts, and seconds since the first proposal, up to the first improvement of at least a target."""
    events = ledger.events()
    when = {event.candidate: event.seconds for event in events if event.kind == "judged"}
    for number, (candidate, verdict) in enumerate(ledger.judged(), 1):
        if verdict.is_improvement and verdict.measurement and verdict.measurement.speedup >= target:
            return number, round(when[candidate.id] - _begun(events), 2)
    return None, None


def _begun(events: Sequence[Event]) -> float:
    """When the search began, in seconds of the run: what comes before is preparation."""
    return next((event.seconds for event in events if event.kind == "proposed"), 0.0)


def _stage_seconds(judged: Sequence[tuple[Candidate, Verdict]]) -> dict[str, float]:
    """Wall seconds of each stage, over all verdicts."""
    total: Counter[str] = Counter()
    for _, verdict in judged:
        total.update(verdict.stage_seconds)
    return {stage: round(seconds, 2) for stage, seconds in total.items()}
