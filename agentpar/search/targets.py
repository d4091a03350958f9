"""Which parallel model a task is searched with, where that is left open: the one whose first versions measure best.

Each target gets a small search of its own, of source rewrites alone. The best one's goes on as the run's search, with
what is left of the budget, and nothing of it is judged again.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from agentpar.errors import ReferenceFailed, SandboxError, TaskError
from agentpar.evaluation.tbb import MEND
from agentpar.events import Event
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.records import PROBE, PROBES, Probed
from agentpar.reporting.words import target_gains
from agentpar.search.archive import Archive
from agentpar.search.base import Emit, Evaluator
from agentpar.search.loop import search
from agentpar.search.strategy import assemble
from agentpar.task import Target, Task

_MOST_CANDIDATES = 4
_SHARE = 0.5  # of the budget, for all targets together; of its seconds without those of preparing

OpenProbe = Callable[[Task, Emit, Any], AbstractAsyncContextManager[tuple[Evaluator, dict[str, Any]]]]
"""Opens the judge of a task, given who hears of it and an earlier session's evidence; also gives the evidence."""


async def settle_target(ledger: Ledger, *, open_probe: OpenProbe, workers: int, emit: Emit) -> None:
    """Search each of the task's targets a little, and settle the run on the best; the first of equals.

    A function of the verdicts in the ledger: a run that is cut off goes on with the target it was at.

    Raises:
        TaskError: no target can be had; the last one's reason.
        AgentparError: as `search`.
    """
    task = ledger.task
    probes: list[Probed] = []
    for position, target in enumerate(task.targets, 1):
        try:
            probes.append(await _probe(ledger, target, open_probe=open_probe, workers=workers, emit=emit))
        except ReferenceFailed:
            raise
        except (TaskError, SandboxError) as error:
            # What one target lacks another may not need.
            is_last = position == len(task.targets) and all(each.refused for each in probes)
            if is_last or (isinstance(error, SandboxError) and str(error) != MEND):
                raise
            probes.append(Probed(target=target, refused=str(error)))
    best = max((each for each in probes if not each.refused), key=lambda each: (each.speedup or 0.0, each.judged > 0))
    message = f"target {best.target}: {target_gains(probes)}"
    with ledger.together():
        ledger.note(PROBES, [each.model_dump(mode="json") for each in probes])
        ledger.note("evidence", ledger.notes()[_evidence(best.target)])
        ledger.rename_subtask(_subtask(task, best.target), _entry(task))
        ledger.settle(task.model_copy(update={"target": best.target, "targets": ()}))
        event = Event(kind="note", seconds=ledger.elapsed_seconds(), message=message)
        ledger.record_event(event)
    emit(event)


async def _probe(ledger: Ledger, target: Target, *, open_probe: OpenProbe, workers: int, emit: Emit) -> Probed:
    task, budget = ledger.task, ledger.budget
    count, subtask = len(task.targets), _subtask(task, target)
    most = max(1, min(_MOST_CANDIDATES, int(_SHARE * budget.candidates / count)))
    part = task.model_copy(update={"target": target, "targets": ()})
    judged = ledger.judged(subtask)

    def tell(event: Event) -> None:
        emit(event.model_copy(update={"subtask": subtask, "message": f"{target}: {event.message}"}))

    if len(judged) < most:
        tell(Event(kind="note", seconds=ledger.elapsed_seconds(), message="tried first"))
        known = ledger.notes().get(_evidence(target))
        async with open_probe(part, tell, known) as (evaluator, evidence):
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
    return Probed(target=target, judged=len(judged), speedup=best.speedup if best else None)


def _entry(task: Task) -> str:
    return task.entry.removeprefix("::").partition("<")[0].rstrip()


def _subtask(task: Task, target: Target) -> str:
    return f"{_entry(task)}{PROBE}{target}"


def _evidence(target: Target) -> str:
    return f"evidence for {target}"
