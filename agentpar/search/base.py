"""The contracts of the search: what judges candidates, what hears of them, and what a run works with."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from agentpar.candidate import Candidate
from agentpar.evaluation.profile import Profile
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.search.strategy import Team
from agentpar.task import Task
from agentpar.verdict import Verdict

Emit = Callable[[Event], None]
"""Hears of everything that happens, at once; must not block."""


def noted(emit: Emit) -> Callable[[str], None]:
    """Tell listeners in words, about what is no part of a search."""
    return lambda message: emit(Event(kind="note", seconds=0.0, message=message))


class Evaluator(Protocol):
    """Judges candidates. A bad candidate is a `Verdict`; only a broken infrastructure raises.

    Both methods may be called for several candidates at a time, and may be cancelled: they then stop and
    clean up what they started for this candidate before they let the cancellation through.
    """

    async def evaluate(self, candidate: Candidate) -> Verdict:
        """Take a candidate through the cascade.

        Raises:
            AgentparError: the infrastructure failed, through no fault of the candidate. Ends the search.
        """
        ...

    async def confirm(self, candidate: Candidate) -> Verdict:
        """Measure a champion afresh, independently of every earlier measurement.

        Raises:
            AgentparError: the infrastructure failed, through no fault of the candidate.
        """
        ...


@runtime_checkable
class Session(Protocol):
    """What a run needs while it works. It belongs to the event loop it was opened in."""

    @property
    def ledger(self) -> Ledger:
        """The run's ledger, open for writing."""
        ...

    @property
    def evaluator(self) -> Evaluator:
        """What judges the run's candidates."""
        ...

    @property
    def team(self) -> Team:
        """Who makes proposals."""
        ...

    @property
    def workers(self) -> int:
        """How many candidates are evaluated at a time."""
        ...

    async def profile(self, source: str = "") -> Profile | None:
        """Where the serial code, or another source of the task, spends its instructions; None where that cannot be
        seen here.

        Raises:
            AgentparError: the infrastructure failed.
        """
        ...

    def open_part(self, task: Task) -> AbstractAsyncContextManager[Evaluator]:
        """Open what judges another function of the run's source, and close it.

        Raises:
            TaskError: on entering, when the function cannot be judged on its own.
            AgentparError: on entering, when the infrastructure failed.
        """
        ...


@runtime_checkable
class OpenSession(Protocol):
    """Opens a session on a run whose ledger exists, and closes what it opened."""

    def __call__(self, task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AbstractAsyncContextManager[Session]:
        """Open the ledger, the sandboxes and the evaluator.

        Raises:
            AgentparError: on entering, when the run is in use, or the infrastructure is missing or fails.
        """
        ...
