"""What the judge says about a candidate."""

from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of the plain values that travel between the parts: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(StrEnum):
    """The judge's one-word answer. Everything but `OK` ends the cascade at the stage that found it."""

    OK = "ok"
    SCREENED = "screened"
    BUILD_ERROR = "build_error"
    CRASH = "crash"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    WRONG_ANSWER = "wrong_answer"
    RACE = "race"
    DEADLOCK = "deadlock"
    TAMPERING = "tampering"
    NO_DEVICE = "no_device"


class Stage(StrEnum):
    """The stages of the evaluation cascade, in order."""

    SCREEN = "screen"
    BUILD = "build"
    VERIFY = "verify"
    MEASURE = "measure"
    RACE = "race"


class Ratio(Frozen):
    """Baseline time over candidate time: above 1 is faster. `low` and `high` bound the median at 95 %.

    Of fewer than six pairs, after which something hopeless was given up, they are the extremes.
    """

    median: float
    low: float
    high: float
    pairs: int


class Team(NamedTuple):
    """Who works on a call: so many threads in all, divided evenly among so many of MPI's ranks; 0 without MPI."""

    threads: int
    ranks: int = 0

    @property
    def of_each(self) -> int:
        """The threads of each process."""
        return self.threads // max(1, self.ranks)

    @property
    def described(self) -> str:
        """`2 threads`, `3 ranks`, `2 ranks of 3 threads`."""
        if not self.ranks:
            return _counted(self.threads, "thread")
        of_each = f" of {_counted(self.of_each, 'thread')}" if self.of_each > 1 else ""
        return _counted(self.ranks, "rank") + of_each


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


class Scaling(Frozen):
    """One thread count's paired experiment.

    `ranks` are those of MPI that the `threads` are divided among; 0 without MPI. `threads_seen` is CPU time over wall
    time of the candidate's processes while the judge's clock ran, read from outside them: about 1 for serial work,
    about `threads` for parallel work.
    """

    threads: int
    ranks: int = 0
    ratio: Ratio
    baseline_ms: float
    candidate_ms: float
    threads_seen: float


class Instructions(Frozen):
    """Instructions of one call at one thread, counted and not timed (callgrind)."""

    baseline: int
    candidate: int


class Ceiling(Frozen):
    """How many times faster this machine does fixed work with so many threads than with one."""

    threads: int
    arithmetic: float
    memory: float


class Measurement(Frozen):
    """Paired timings of a candidate against the baseline.

    `scaling` has one entry per thread count, ascending, the first being one thread (the serial gain); where ranks have
    several threads, one for each way to divide these.
    `parallel_gain` is the candidate's own one-thread time over its time at the most threads (`widest`).
    `noise_floor` is the deviation an unchanged copy of the source showed on this machine (0.02 is 2 %).
    `handover` is the baseline's CPU time for making room for its inputs and coming to a stop, over that of the call.
    `dropped_pairs` counts pairs thrown away because foreign work delayed the baseline.
    `device` names what the candidate ran on, where that is not the host: thread counts say nothing then.
    `ceiling` is there for re-tested champions, measured beside them; so is `instructions`, where they can be counted.
    `worker` is what is counted as threads.
    `first_call` is the ratio of a process's first call, with loading, at the most threads; `scaling` leaves it out.
    """

    sizes: dict[str, int]
    scaling: tuple[Scaling, ...]
    parallel_gain: Ratio
    noise_floor: float
    handover: float = 0.0
    dropped_pairs: int = 0
    ceiling: Ceiling | None = None
    instructions: Instructions | None = None
    device: str = ""
    worker: Literal["thread", "rank"] = "thread"
    first_call: float | None = None

    @property
    def best(self) -> Scaling:
        """The thread count with the highest median ratio."""
        return max(self.scaling, key=lambda point: point.ratio.median)

    @property
    def widest(self) -> Scaling:
        """What has the most threads, divided in the fastest way."""
        return max(self.scaling, key=lambda point: (point.threads, point.ratio.median))

    def workers(self, point: Scaling) -> str:
        """Who worked at a point: `2 threads`, `3 ranks`, or `2 ranks of 1 thread` where ranks may have several."""
        if not point.ranks or self.worker == "rank":
            return _counted(point.threads, self.worker)
        return f"{_counted(point.ranks, 'rank')} of {_counted(point.threads // point.ranks, 'thread')}"

    @property
    def gains_later(self) -> bool:
        """Whether a process's first call gains less than half as much as later ones, by tables kept or by threads."""
        return self.first_call is not None and 2 * self.first_call < self.widest.ratio.median

    @property
    def speedup(self) -> float:
        """Median ratio at the best thread count."""
        return self.best.ratio.median

    @property
    def is_improvement(self) -> bool:
        """Whether the gain is above 1 and above what an unchanged copy showed, at 95 %."""
        return self.best.ratio.low > 1.0 + self.noise_floor


class Verdict(Frozen):
    """The judge's answer for one candidate.

    `feedback` is written for the model or person that will act on it. `unchecked` names what could not be
    checked on this machine, with the mend (an empty tuple means nothing was left out). `measurement` is None
    when the candidate failed before it was timed or when the machine was too busy to time it. `stage_seconds`
    holds wall seconds per stage.
    """

    outcome: Outcome
    stage: Stage
    feedback: str = ""
    measurement: Measurement | None = None
    unchecked: tuple[str, ...] = ()
    stage_seconds: dict[str, float] = {}

    @property
    def is_improvement(self) -> bool:
        """Whether the candidate is right, and measurably faster than the baseline."""
        return self.outcome is Outcome.OK and self.measurement is not None and self.measurement.is_improvement
