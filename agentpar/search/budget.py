"""When to stop: small composable conditions on totals over all sessions of a run."""

from collections.abc import Callable
from dataclasses import dataclass

from agentpar.reporting.words import counted


@dataclass(frozen=True)
class Progress:
    """How far a subtask's search has come.

    `judged` counts verdicts; `seconds` is the run's wall time over all its sessions; `since_best` counts the
    verdicts since the best candidate last changed.
    """

    judged: int
    seconds: float
    since_best: int


Stopper = Callable[[Progress], str | None]
"""Returns the reason to stop, or None to go on."""


def candidates(limit: int) -> Stopper:
    """Stop after so many verdicts."""
    return lambda progress: f"{counted(limit, 'candidate')} judged" if progress.judged >= limit else None


def seconds(limit: float) -> Stopper:
    """Stop after so much wall time."""
    return lambda progress: f"{limit:g} s are over" if progress.seconds >= limit else None


def patience(limit: int) -> Stopper:
    """Stop when so many verdicts in a row brought no better candidate."""
    reason = f"{counted(limit, 'candidate')} without a better one"
    return lambda progress: reason if progress.since_best >= limit else None


def first_of(*stoppers: Stopper) -> Stopper:
    """Stop for the first reason that any of them gives."""
    return lambda progress: next((reason for stop in stoppers if (reason := stop(progress))), None)
