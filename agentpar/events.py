"""What happens in a run, as plain values: the console, the report, LangGraph streams and other apps read these."""

from typing import Literal

from agentpar.candidate import Candidate
from agentpar.verdict import Frozen, Outcome

NOTHING_LEFT = "nothing left to propose"
"""How the message of an event `finished` begins where no budget ended the search."""


class Event(Frozen):
    """One thing that happened. `seconds` is wall time since the run began, over all its sessions."""

    kind: Literal["note", "stage", "proposed", "judged", "improved", "finished"]
    seconds: float
    subtask: str = ""
    message: str = ""
    candidate: str | None = None
    number: int | None = None
    outcome: Outcome | None = None
    speedup: float | None = None
    best_speedup: float | None = None
    evaluated: int = 0
    budget_candidates: int | None = None
    budget_seconds: float | None = None
    counts: dict[str, int] = {}

    @property
    def puts_off(self) -> bool:
        """Whether it tells of a candidate that is right and is to be timed later."""
        return self.kind == "note" and self.outcome is Outcome.OK


def put_off_event(candidate: Candidate, words: str) -> Event:
    """Tells that a candidate is right and is to be timed later."""
    about = {"candidate": candidate.id, "number": candidate.number, "outcome": Outcome.OK}
    return Event(kind="note", seconds=0.0, message=words, **about)
