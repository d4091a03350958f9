"""The champion's fresh re-test: picking the fastest of many noisy measurements picks luck as well."""

from collections.abc import Sequence

from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.reporting.words import interval
from agentpar.search.archive import Elite
from agentpar.search.base import Emit, Evaluator
from agentpar.verdict import Outcome, Verdict

MOST_CONFIRMED = 3
"""How many champions are re-tested before a run is said to have no improvement."""


async def first_confirmed(
    ranking: Sequence[Elite], *, evaluator: Evaluator, ledger: Ledger, emit: Emit
) -> Elite | None:
    """The fastest candidate whose re-test is an improvement too, with the verdict of that re-test.

    A champion that does not hold gives way to the next, until `MOST_CONFIRMED` were tried. Each is re-tested
    once in a run, also over resumes: testing until it looks good would inflate the error.

    Raises:
        AgentparError: the evaluator or the ledger failed.
    """
    for champion in ranking[:MOST_CONFIRMED]:
        candidate = champion.candidate
        verdict = ledger.confirmation_of(candidate)
        if verdict is None:
            verdict = await evaluator.confirm(candidate)
            if verdict.outcome is not Outcome.OK or verdict.measurement is not None:
                ledger.record_confirmation(candidate, verdict)  # else the machine was too busy to time it
        held = Elite(candidate, verdict)
        event = Event(
            kind="note",
            seconds=ledger.elapsed_seconds(),
            subtask=candidate.subtask,
            message=_answer(candidate.number, verdict),
            candidate=candidate.id,
            number=candidate.number,
            outcome=verdict.outcome,
            speedup=held.speedup,
        )
        ledger.record_event(event)
        emit(event)
        if verdict.is_improvement:
            return held
    return None


def _answer(number: int, verdict: Verdict) -> str:
    if verdict.measurement is not None:
        answer = "confirms" if verdict.is_improvement else "does not confirm"
        return f"the re-test {answer} #{number}: {interval(verdict.measurement.best.ratio)}"
    if verdict.outcome is Outcome.OK:
        return f"the re-test cannot time #{number}: this machine is too busy"
    return f"the re-test does not confirm #{number}: {verdict.outcome}"
