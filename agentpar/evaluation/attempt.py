"""What every judge does around its stages: tries again what was an accident, waits for a quiet machine, keeps time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from agentpar.candidate import Candidate
from agentpar.errors import SandboxError, TaskError
from agentpar.evaluation.judge import PutOff
from agentpar.evaluation.session import Failed
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Measurement, Outcome, Stage, Verdict

TOO_BUSY = "speed-up not measurable here: other work kept this machine busy; try a quieter one"
_ATTEMPTS = 3
# How many pairs of an unchanged copy are timed; more of them, afresh, where it seems to be faster by more than layout
# explains: then the machine was restless for a moment, and its noise would hide every gain.
_NOISE_PAIRS = (12, 24, 24)
_MUCH_NOISE = 0.1
_UNKNOWN_NOISE = 0.05


class BaselineFailed(SandboxError):
    """The baseline failed in a session with a candidate."""


class Progress:
    """Where a candidate is in the cascade, and how long each stage took."""

    def __init__(self) -> None:
        self.stage = Stage.BUILD
        self._seconds: dict[str, float] = {}

    @contextmanager
    def enter(self, stage: Stage) -> Iterator[None]:
        """What is done inside belongs to this stage."""
        self.stage = stage
        begun = time.monotonic()
        try:
            yield
        finally:
            self._seconds[stage.value] = round(self._seconds.get(stage.value, 0.0) + time.monotonic() - begun, 4)

    def verdict(
        self,
        outcome: Outcome,
        feedback: str,
        *,
        measurement: Measurement | None = None,
        unchecked: tuple[str, ...] = (),
    ) -> Verdict:
        """The verdict, at the stage that was entered last."""
        return Verdict(
            outcome=outcome,
            stage=self.stage,
            feedback=feedback,
            measurement=measurement,
            unchecked=unchecked,
            stage_seconds=self._seconds,
        )

    def end(self, failed: Failed) -> Verdict:
        """The verdict on a candidate that failed. Raises BaselineFailed where not the candidate did."""
        if failed.culprit != "candidate":
            raise BaselineFailed(failed.feedback)
        return self.verdict(failed.outcome, failed.feedback)


class Lead:
    """The ratio of the fastest improvement of each subtask that a judge has let pass: in a search, what is slower need
    not be timed as long, or watched. What is known is this session's; a resumed run begins without.
    """

    def __init__(self, *, is_search: bool) -> None:
        self._is_search = is_search
        self._ratios: dict[str, float] = {}

    def over(self, candidate: Candidate) -> float:
        """What a candidate has to beat; 0 where there is nothing yet."""
        return self._ratios.get(candidate.subtask, 0.0)

    def follow(self, candidate: Candidate, verdict: Verdict) -> Verdict:
        """Take note of a verdict, and return it."""
        if self._is_search and verdict.is_improvement and verdict.measurement is not None:
            self._ratios[candidate.subtask] = max(self.over(candidate), verdict.measurement.speedup)
        return verdict


Attempt = Callable[[Sandbox, Candidate, Progress], Awaitable[Verdict]]
Innocent = Callable[[Sandbox], Awaitable[Failed | None]]
"""Judges the untouched source in a candidate's place; what is wrong with it there, if anything is."""


async def tried_again(pool: Pool, candidate: Candidate, attempt: Attempt, innocent: Innocent) -> Verdict:
    """The verdict of an attempt in a sandbox of the pool.

    A candidate that takes its sandbox down, or the baseline beside it, is tried again, so that an accident is not held
    against it. The third time it is, once the untouched source has shown that sandboxes work here.

    Raises:
        SandboxError: no sandbox can be had, or the untouched source fails in one as well.
    """
    words = ""
    for left in reversed(range(_ATTEMPTS)):
        if not left:
            await _require_working(pool, innocent, words)
        progress = Progress()
        async with pool.sandbox() as sandbox:
            try:
                return await attempt(sandbox, candidate, progress)
            except BaselineFailed as failure:
                sandbox.is_broken = True
                words = f"the baseline, which works alone, failed each time beside this candidate: {failure}"
            except SandboxError as error:
                words = f"its sandbox ended each time it was judged: {error}"
        if not left:
            outcome = Outcome.OUT_OF_MEMORY if progress.stage is Stage.BUILD else Outcome.TAMPERING
            return progress.verdict(outcome, words)
    raise AssertionError("unreachable")


async def _require_working(pool: Pool, innocent: Innocent, words: str) -> None:
    """Check that a sandbox in which no candidate has been does what it should."""
    try:
        async with pool.sandbox(is_fresh=True) as sandbox, lease.working():
            failed = await innocent(sandbox)
            said = failed.feedback if failed else ""
    except (SandboxError, TaskError) as error:
        said = str(error)
    if said:
        raise SandboxError(
            f"sandboxes do not work here any more: the untouched source fails in a fresh one too ({said}), as a "
            f"candidate did twice ({words}); see `agentpar doctor`, and whether memory or the disk is full"
        )


async def timed_when_quiet(
    once: Callable[[], Awaitable[Measurement | Failed | None]],
    candidate: Candidate,
    progress: Progress,
    *,
    pauses_s: Sequence[float],
    put_off: PutOff,
) -> Measurement | Failed | None:
    """Time a candidate under the lease; on a busy machine again later, anew: what was taken before is not used.
    `put_off` hears each time.

    Raises:
        SandboxError: the sandbox failed.
        AgentparError: another process keeps the lease.
    """
    for pause_s in (*pauses_s, None):
        async with lease.timing():
            with progress.enter(Stage.MEASURE):
                measured = await once()
        if measured is not None or pause_s is None:
            return measured
        words = f"#{candidate.number} is right, but other work keeps this machine busy; timed again in {pause_s:g} s"
        put_off(candidate, words)
        await asyncio.sleep(pause_s)
    raise AssertionError("unreachable")


async def noise_of_unchanged(
    timed: Callable[[int], Awaitable[Measurement | Failed | None]],
) -> tuple[float, Measurement | None]:
    """How far an unchanged copy seems to be from the baseline: (deviation, its timings). `timed` takes so many pairs.

    Raises:
        SandboxError: the sandbox failed.
        AgentparError: another process keeps the lease.
    """
    deviation, measured = _UNKNOWN_NOISE, None
    for pairs in _NOISE_PAIRS:
        async with lease.timing():
            found = await timed(pairs)
        if found is None or isinstance(found, Failed):
            break
        # Only a copy that seems faster makes false gains.
        deviation, measured = max(0.0, found.scaling[0].ratio.high - 1.0), found
        if deviation <= _MUCH_NOISE:
            break
    return deviation, measured


def describe(measured: Measurement | None) -> str:
    """A measurement in one line, for the next proposal and for people."""
    if measured is None:
        return "right; not timed: other work kept this machine busy"
    if measured.device:
        ratio = measured.best.ratio
        return f"{ratio.median:.2f}× on {measured.device} ({ratio.low:.2f}–{ratio.high:.2f}, {ratio.pairs} pairs)"
    points = ", ".join(
        f"{p.ratio.median:.2f}× at {measured.workers(p)} ({p.ratio.low:.2f}–{p.ratio.high:.2f}, {p.ratio.pairs} pairs)"
        for p in measured.scaling
    )
    return f"{points}; parallel gain {measured.parallel_gain.median:.2f}"
