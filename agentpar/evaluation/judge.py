"""What a judge is and what it is given, whatever says what is right; `agentpar.judges` names the one of a task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agentpar.candidate import Candidate
from agentpar.evaluation.profile import Profile
from agentpar.sandbox.pool import Pool
from agentpar.task import Task
from agentpar.verdict import Verdict

PutOff = Callable[[Candidate, str], None]
"""Hears of a candidate that is right and is timed later, since the machine is busy, and the same in words."""


class Judge(Protocol):
    """Judges the candidates of one task; implements the search's Evaluator, whose contract holds."""

    async def evaluate(self, candidate: Candidate) -> Verdict:
        """Take a candidate through every stage until one ends it."""
        ...

    async def confirm(self, candidate: Candidate) -> Verdict:
        """Judge a champion afresh: built again, verified again, timed again with all pairs at one look."""
        ...

    async def unreached(self) -> tuple[str, ...]:
        """What of the serial code no drawn input reaches, in words for a verdict's `unchecked`."""
        ...

    async def profile(self, source: str = "") -> Profile | None:
        """Where the serial code, or another source of the user's, spends its instructions; None where that cannot be
        seen.
        """
        ...


@dataclass(frozen=True)
class Setting:
    """Where and how a task is judged.

    `subject` is what the kind of judge understood of the task. `known` is an earlier session's evidence: what it
    decided is not decided anew. In a search, what does not lead need not be checked to the end. `pauses_s` are the
    waits before a candidate is timed again that a busy machine kept from it. Where nothing is to be timed (`is_timed`),
    this machine's noise is not measured.
    """

    task: Task
    subject: Any
    pool: Pool
    threads: tuple[int, ...]
    known: dict[str, Any] | None
    is_search: bool
    pauses_s: Sequence[float]
    say: Callable[[str], None]
    put_off: PutOff = lambda candidate, words: None
    is_timed: bool = True
