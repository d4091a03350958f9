"""Which parallel model a task is searched with, where that is left open: the one whose first versions measure best.

Each target gets a small search of its own, of source rewrites alone. The best one's goes on as the run's search, with
what is left of the budget, and nothing of it is judged again. All are timed against the same serial build at the same
sizes, so that their ratios can be compared.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from agentpar.errors import ReferenceFailed, TaskError, ToolMissing
from agentpar.events import Event
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.open_targets import considered
from agentpar.records import PROBE, PROBES, Probed
from agentpar.reporting.words import target_gains
from agentpar.search.archive import Archive
from agentpar.search.base import Emit, Evaluator
from agentpar.search.loop import search
from agentpar.search.strategy import assemble
from agentpar.task import Target, Task

_MOST_CANDIDATES = 4
_TOO_LATE = "the seconds were spent before it could be tried"
_SHARE = 0.5  # of the budget, for all targets together; of its seconds without those of preparing

OpenProbe = Callable[[Task, Emit, Any], AbstractAsyncContextManager[tuple[Evaluator, dict[str, Any]]]]
"""Opens the judge of a task, given who hears of it and an earlier session's evidence; also gives the evidence."""


async def settle_target(
    ledger: Ledger,
    *,
    open_probe: OpenProbe,
    workers: int,
    emit: Emit,
    lacking: Callable[[Task], str] = lambda part: "",
) -> None:
    """Search each of the task's targets a little, and settle the run on the best.

    A function of the verdicts in the ledger: a run that is cut off goes on with the target it was at. `lacking` says
    what this machine has not that a task with one target needs, or nothing.

    Raises:
        TaskError: no target can be had; the last one's reason.
        ToolMissing: the same.
        AgentparError: as `search`.
    """
    task = ledger.task
    reasons = considered(task.path, task.build, task, is_several=bool(task.others))
    reasons |= {target: lacking(_only(task, target)) for target in task.targets}
    probes = {target: Probed(target=target, refused=why) for target, why in reasons.items() if why}
    tried = [target for target in task.targets if target not in probes]
    left_out = "; ".join(f"{each.target}: {each.refused}" for each in probes.values())
    if left_out:
        emit(Event(kind="note", seconds=ledger.elapsed_seconds(), message=f"left out: {left_out}"))
    if not tried:
        raise ToolMissing(f"{task.path}: there is no target to try; {left_out}")
    for target in tried:
        if ledger.elapsed_seconds() >= ledger.budget.seconds and any(not each.refused for each in probes.values()):
            probes[target] = Probed(target=target, refused=_TOO_LATE)
            continue
        try:
            probes[target] = await _probe(ledger, target, tried, open_probe=open_probe, workers=workers, emit=emit)
        except ReferenceFailed:
            raise
        except (TaskError, ToolMissing) as error:
            # What one target lacks another may not need.
            if target == tried[-1] and all(each.refused for each in probes.values()):
                raise
            probes[target] = Probed(target=target, refused=str(error))
    ordered = [probes[target] for target in reasons if target in probes]
    best = _best(ordered)
    message = f"target {best.target}: {target_gains(ordered)}"
    with ledger.together():
        ledger.note(PROBES, [each.model_dump(mode="json") for each in ordered])
        ledger.note("evidence", ledger.notes()[_evidence(best.target)])
        ledger.rename_subtask(_subtask(task, best.target), _entry(task))
        ledger.settle(_only(task, best.target))
        event = Event(kind="note", seconds=ledger.elapsed_seconds(), message=message)
        ledger.record_event(event)
    emit(event)


def _best(probes: Sequence[Probed]) -> Probed:
    """The fastest. A later one asks more of the program, so its whole interval must lie above the earlier's ratio."""
    best, *others = [each for each in probes if not each.refused]
    for each in others:
        is_faster = each.speedup is not None and each.ratio is not None and each.ratio.low > (best.speedup or 0.0)
        if is_faster or (each.judged and not best.judged):
            best = each
    return best


async def _probe(
    ledger: Ledger, target: Target, tried: Sequence[Target], *, open_probe: OpenProbe, workers: int, emit: Emit
) -> Probed:
    task, budget = ledger.task, ledger.budget
    count, subtask = len(tried), _subtask(task, target)
    most = max(1, min(_MOST_CANDIDATES, int(_SHARE * budget.candidates / count)))
    judged = ledger.judged(subtask)

    def tell(event: Event) -> None:
        emit(event.model_copy(update={"subtask": subtask, "message": f"{target}: {event.message}"}))

    if len(judged) < most:
        tell(Event(kind="note", seconds=ledger.elapsed_seconds(), message="tried first"))
        notes = ledger.notes()
        first: dict[str, Any] = next((notes[_evidence(each)] for each in tried if _evidence(each) in notes), {})
        part = _at_size_of(first, _only(task, target))
        async with open_probe(part, tell, notes.get(_evidence(target))) as (evaluator, evidence):
            ledger.note(_evidence(target), evidence)
            until = ledger.elapsed_seconds() + _SHARE * budget.seconds / count
            await search(
                subtask=subtask,
                source=task.source,
                entry=task.entry,
                target=target,
                team=assemble(part, None),
                evaluator=evaluator,
                ledger=ledger,
                budget=budget.model_copy(update={"candidates": most, "seconds": min(budget.seconds, until)}),
                seed=ledger.seed,
                workers=min(workers, most),
                emit=emit,
                fingerprint=fingerprint,
            )
        judged = ledger.judged(subtask)
    best = Archive(judged).best()
    timed = [best.verdict.measurement] if best else [verdict.measurement for _, verdict in judged]
    ratios = [measured.best.ratio for measured in timed if measured]
    fastest = max(ratios, key=lambda ratio: ratio.median, default=None)
    return Probed(target=target, judged=len(judged), speedup=best.speedup if best else None, ratio=fastest)


def _only(task: Task, target: Target) -> Task:
    return task.model_copy(update={"target": target, "targets": ()})


def _at_size_of(evidence: dict[str, Any], part: Task) -> Task:
    """The task with the sizes of timed runs that another target was measured at: ratios depend on them."""
    if part.inputs.benchmark or "sizes" not in evidence:
        return part
    benchmark = dict(zip(evidence["dims"], evidence["sizes"]["benchmark"], strict=True))
    return part.model_copy(update={"inputs": part.inputs.model_copy(update={"benchmark": benchmark})})


def _entry(task: Task) -> str:
    return task.entry.removeprefix("::").partition("<")[0].rstrip()


def _subtask(task: Task, target: Target) -> str:
    return f"{_entry(task)}{PROBE}{target}"


def _evidence(target: Target) -> str:
    return f"evidence for {target}"
