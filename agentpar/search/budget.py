"""When to stop: small composable conditions on totals over all sessions of a run."""

from collections.abc import Callable
from dataclasses import dataclass

from agentpar.reporting.words import counted


@dataclass(frozen=True)
class Progress:
    """How far a subtask's search has come.

    `judged` counts verdicts; `seconds` is the run's wall time over all its sessions; `since_best` counts the
    verdicts since the best candidate last changed; `without_device` counts candidates that could not be run for want of
    a device. `tokens` and `gpu_seconds` are what models cost, over all sessions.
    """

    judged: int
    seconds: float
    since_best: int
    without_device: int = 0
    tokens: int = 0
    gpu_seconds: float = 0.0


Stopper = Callable[[Progress], str | None]
"""Returns the reason to stop, or None to go on."""


def candidates(limit: int) -> Stopper:
    """Stop after so many verdicts."""
    return lambda progress: f"{counted(limit, 'candidate')} judged" if progress.judged >= limit else None


def seconds(limit: float) -> Stopper:
    """Stop after so much wall time."""
    return lambda progress: f"{limit:g} s are over" if progress.seconds >= limit else None


def tokens(limit: int | None) -> Stopper:
    """Stop when models took and gave so many tokens; never, without a limit."""
    return lambda progress: f"{limit} tokens are used" if limit is not None and progress.tokens >= limit else None


def gpu_seconds(limit: float | None) -> Stopper:
    """Stop when requests to models took so many seconds in all; never, without a limit."""
    return lambda progress: f"{limit:g} s of the model are used" if limit and progress.gpu_seconds >= limit else None


def patience(limit: int) -> Stopper:
    """Stop when so many verdicts in a row brought no better candidate."""
    reason = f"{counted(limit, 'candidate')} without a better one"
    return lambda progress: reason if progress.since_best >= limit else None


def without_device(limit: int) -> Stopper:
    """Stop when so many candidates could not be run: none of them can ever be the best."""
    reason = "no device to run candidates on"
    return lambda progress: reason if progress.without_device >= limit else None


def first_of(*stoppers: Stopper) -> Stopper:
    """Stop for the first reason that any of them gives."""
    return lambda progress: next((reason for stop in stoppers if (reason := stop(progress))), None)
