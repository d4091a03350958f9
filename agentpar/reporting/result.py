"""The result of a run as one plain value, read from the ledger: the same for JSON, reports and the library."""

from pathlib import Path
from typing import Any, Literal

from agentpar.candidate import Candidate
from agentpar.ledger import Ledger
from agentpar.verdict import Frozen, Measurement, Outcome, Verdict

SCHEMA = "agentpar.result/1"

Status = Literal["improved", "no_improvement", "no_verdict"]


class Best(Frozen):
    """The champion after its fresh re-test. `speedup` is the re-test's median ratio at its best thread count."""

    id: str
    number: int
    strategy: str
    source: str
    speedup: float
    measurement: Measurement
    unchecked: tuple[str, ...]


class Judgement(Frozen):
    """One candidate's line in the result."""

    number: int
    id: str
    proposer: str
    strategy: str
    outcome: Outcome
    stage: str
    feedback: str
    speedup: float | None


class Result(Frozen):
    """What a run came to. `evidence` holds the conditions: sizes, tolerance, compiler, flags, machine, sandbox."""

    schema_version: str = SCHEMA
    status: Status
    task: str
    file: str
    entry: str
    target: str
    run_dir: str
    seconds: float
    evaluated: int
    counts: dict[str, int]
    best: Best | None
    why: str
    patch: str | None
    build_flags: tuple[str, ...]
    evidence: dict[str, Any]
    candidates: tuple[Judgement, ...]


def read_result(run_dir: Path) -> Result:
    """The result as the ledger has it now; also of a run that is still going.

    Raises:
        LedgerError: there is no readable ledger.
    """
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        task, judged = ledger.task, ledger.judged()
        best = _best(ledger, judged)
        evidence = ledger.notes().get("evidence", {})
        patch = run_dir / "best.patch"
        return Result(
            status="improved" if best else "no_improvement" if judged else "no_verdict",
            task=task.name,
            file=str(task.path),
            entry=task.entry,
            target=task.target,
            run_dir=str(run_dir),
            seconds=round(ledger.elapsed_seconds(), 2),
            evaluated=len(judged),
            counts=ledger.counts(),
            best=best,
            why="" if best else _why(judged, ledger),
            patch=str(patch) if best and patch.exists() else None,
            build_flags=tuple(
                f for f in evidence.get("candidate_flags", ()) if f not in evidence.get("baseline_flags", ())
            ),
            evidence=evidence,
            candidates=tuple(_judgement(candidate, verdict) for candidate, verdict in judged),
        )


def _best(ledger: Ledger, judged: list[tuple[Candidate, Verdict]]) -> Best | None:
    """The first of the improvements, fastest first, whose re-test is an improvement too."""
    improvements = [(c, v.measurement.speedup) for c, v in judged if v.is_improvement and v.measurement]
    for candidate, _ in sorted(improvements, key=lambda each: -each[1]):
        verdict = ledger.confirmation_of(candidate)
        if verdict is None or not verdict.is_improvement or verdict.measurement is None:
            continue
        return Best(
            id=candidate.id,
            number=candidate.number,
            strategy=candidate.strategy,
            source=candidate.source,
            speedup=verdict.measurement.speedup,
            measurement=verdict.measurement,
            unchecked=verdict.unchecked,
        )
    return None


def _why(judged: list[tuple[Candidate, Verdict]], ledger: Ledger) -> str:
    """One line on why there is no improvement."""
    for candidate, verdict in judged:
        if not verdict.is_improvement or verdict.measurement is None:
            continue
        found = f"#{candidate.number} was {verdict.measurement.speedup:.2f}× when it was judged, but"
        again = ledger.confirmation_of(candidate)
        if again is None:
            return (
                f"{found} its re-test is not in: interrupted, or the machine too busy; run `agentpar resume` when quiet"
            )
        if again.measurement is not None and not again.is_improvement:
            ratio = again.measurement.best.ratio
            return (
                f"{found} its fresh re-test gave {ratio.median:.2f}× ({ratio.low:.2f}–{ratio.high:.2f}); try --pairs 60"
            )
    if not judged:
        return "no candidate was judged"
    right = [v for _, v in judged if v.outcome is Outcome.OK]
    if not right:
        return f"none of {len(judged)} candidates is right: {_reasons(judged)}"
    untimed = sum(v.measurement is None for v in right)
    if untimed == len(right):
        return "the speed-up is not measurable here: other work kept this machine busy; try a quieter one"
    fastest = max((v.measurement.speedup for v in right if v.measurement), default=0.0)
    return (
        f"{len(right)} of {len(judged)} candidates are right, but none is distinguishably faster than the baseline "
        f"(best {fastest:.2f}×)" + (f"; the others: {_reasons(judged)}" if len(right) < len(judged) else "")
    )


def _reasons(judged: list[tuple[Candidate, Verdict]]) -> str:
    """How often each failure occurred, with the first of its feedback."""
    counts: dict[Outcome, list[str]] = {}
    for _, verdict in judged:
        if verdict.outcome is not Outcome.OK:
            counts.setdefault(verdict.outcome, []).append(verdict.feedback)
    return "; ".join(f"{len(said)} {outcome} (e.g. {said[0][:140]})" for outcome, said in counts.items())


def _judgement(candidate: Candidate, verdict: Verdict) -> Judgement:
    return Judgement(
        number=candidate.number,
        id=candidate.id,
        proposer=candidate.proposer,
        strategy=candidate.strategy,
        outcome=verdict.outcome,
        stage=verdict.stage,
        feedback=verdict.feedback,
        speedup=verdict.measurement.speedup if verdict.measurement else None,
    )
