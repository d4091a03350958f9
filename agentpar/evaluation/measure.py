"""The paired experiment: candidate against baseline, at each thread count, while nothing else of ours runs."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from statistics import median_high

import numpy as np

from agentpar.evaluation.case import Case
from agentpar.evaluation.session import Failed, Round, secret_shuffle
from agentpar.evaluation.statistics import (
    Pair,
    gain_between,
    glimpsed_gain,
    glimpsed_ratio,
    is_above,
    is_below,
    is_hopeless,
    paired_ratio,
)
from agentpar.sandbox.base import Sandbox
from agentpar.task import HYBRID, MOST_RANKS, RANKS_TARGETS, Target
from agentpar.verdict import Frozen, Measurement, Outcome, Scaling, Team

# Cumulative pairs after which the data are looked at. The first is a glance, for what is hopeless. The second can rule
# a candidate out; at the third there is an interval of 99.9 %, which can show a gain.
_GLANCE = 2
_INTERIM_LOOKS = (_GLANCE, 6, 12, 24)
_HOPELESS = 0.5
_QUIET_LOAD = 0.12
_PATIENCE = 4
# Loading an OpenMP runtime takes about half of it.
_FREE_STARTUP_NS = 1_000_000
# By how much a size may be below that of timed runs where nobody may know it.
_SECRET_SHRINKING = 0.1


class Look(Frozen):
    """Pairs taken in one go, while the machine was quiet; or why there are none.

    `first` is that of processes that are timed often: their first call, with loading, which is not counted.
    """

    pairs: tuple[Pair, ...] = ()
    first: Pair | None = None
    failed: Failed | None = None
    foreign_load: float = 0.0


async def measure(
    sandbox: Sandbox,
    case: Case,
    *,
    candidate: str,
    threads: Sequence[int],
    noise_floor: float,
    looks: Sequence[int],
    to_beat: float = 0.0,
) -> Measurement | Failed | None:
    """Time a candidate object; see `experiment`.

    Raises:
        SandboxError: the sandbox failed.
    """
    first: list[float] = []

    async def take(pairs: int, teams: Sequence[Team]) -> Look:
        look = await _look(sandbox, case, candidate, pairs, teams)
        first.extend([look.first.ratio] if look.first else [])
        return look

    target, teams = case.task.target, timed_teams(case.task.target, threads)
    sizes = dict(zip(case.weights, case.sizes.benchmark, strict=True))
    found = await experiment(take, teams=teams, looks=looks, noise_floor=noise_floor, sizes=sizes, to_beat=to_beat)
    if not isinstance(found, Measurement):
        return found
    worker = "rank" if target in RANKS_TARGETS and target != HYBRID else "thread"
    return found.model_copy(update={"worker": worker, "first_call": median_high(first) if first else None})


def timed_teams(target: Target, threads: Sequence[int]) -> list[Team]:
    """The teams to time where so many threads may work. Where ranks may have several, in every way to divide them."""
    if target == HYBRID:
        return [Team(n, ranks) for n in threads for ranks in range(1, min(n, MOST_RANKS) + 1) if n % ranks == 0]
    return [Team(n, n if target in RANKS_TARGETS else 0) for n in threads]


async def experiment(
    take: Callable[[int, Sequence[Team]], Awaitable[Look]],
    *,
    teams: Sequence[Team],
    looks: Sequence[int],
    noise_floor: float,
    sizes: dict[str, int],
    to_beat: float = 0.0,
) -> Measurement | Failed | None:
    """The paired experiment. The caller holds the measurement lease.

    `take` takes so many pairs with each of some teams, in random order. `looks` are the numbers of pairs,
    ascending, after which the data are looked at. `to_beat` is the ratio of what leads so far.

    A group-sequential experiment, whose looks are fixed beforehand. One before the last ends it in two cases. With some
    team an interval of 99.9 % lies above the noise floor: the gain is shown, and looking so seldom and so strictly
    costs the last look's 95 % nothing to speak of (Haybittle 1971, Peto 1976). Or with every team the interval of 75 %
    lies below the noise floor, or below what leads, or every pair of the glance below half of that: going on would be
    futile, and to end for that makes no false gains. A single team whose interval lies there is not timed any more.
    Each look is a session of its own, in fresh processes. What is reported of a winner comes from a re-test with one
    look. Returns None when the machine was too busy to say anything.

    Raises:
        SandboxError: the sandbox failed.
    """
    taken: list[Pair] = []
    floor, hopeful, hopeless = 1.0 + noise_floor, list(teams), False
    for before, wanted in zip([0, *looks[:-1]], looks, strict=True):
        look = await _quiet_look(take, wanted - before, hopeful)
        if look is None:
            return None
        if look.failed is not None:
            return look.failed
        taken += look.pairs
        wanting = max(floor, to_beat)
        hopeless = wanted == _GLANCE and all(is_hopeless(_by(taken, team), _HOPELESS * wanting) for team in teams)
        if hopeless or any(is_above(_by(taken, team), floor) for team in teams):
            break
        hopeful = [team for team in hopeful if not is_below(_by(taken, team), wanting)]
        if not hopeful:
            break
    return summarise(taken, teams, sizes=sizes, noise_floor=noise_floor, is_glance=hopeless)


def sequential_looks(pairs: int) -> tuple[int, ...]:
    """When to look at up to so many pairs."""
    return (*(n for n in _INTERIM_LOOKS if n < pairs), pairs)


async def _quiet_look(
    take: Callable[[int, Sequence[Team]], Awaitable[Look]], pairs: int, teams: Sequence[Team]
) -> Look | None:
    """A look during which the rest of the machine was idle; None when it never is.

    Whether a look counts is decided by processes that are not part of it, never by how the candidate did: to have been
    too slow while they kept the machine busy says as little as a time.
    """
    for attempt in range(_PATIENCE):
        look = await take(pairs, teams)
        is_late = look.failed is not None and look.failed.outcome is Outcome.TIMEOUT
        if look.foreign_load < _QUIET_LOAD or (look.failed is not None and not is_late):
            return look
        await asyncio.sleep(0.5 * 2**attempt)
    return None


async def _look(sandbox: Sandbox, case: Case, candidate: str, pairs: int, teams: Sequence[Team]) -> Look:
    sizes = case.sizes
    warm_up = Round(dims=sizes.benchmark, candidate_ms=int(2000 + 10 * sizes.baseline_ms), **teams[-1]._asdict())
    rounds = secret_shuffle(
        [
            # Const inputs are checked in some rounds only, and which ones the candidate does not learn.
            warm_up.model_copy(update={"shuffle": True, "with_const": i % 4 == 0, **team._asdict()})
            for i in range(pairs)
            for team in teams
        ]
    )
    # The first round of a session warms caches and pages; it is checked like any other but not counted. Yet an answer
    # that sizes alone decide could be kept from an earlier call, or made while the object loads: then each timed call
    # is its process's first, and is charged for that. It could also stand in the source, or be left where a later
    # process finds it: so nobody knows the size either.
    sessions = [[warm_up, *rounds]] if sizes.answers_vary else [[_with_secret_size(r)] for r in rounds]
    taken: list[Pair] = []
    loads = []
    for session in sessions:
        judged = await case.judge(sandbox, session, candidate=candidate)
        if judged.failed is not None:
            return Look(failed=judged.failed, foreign_load=judged.foreign_load)
        taken += judged.pairs[1:] if sizes.answers_vary else judged.pairs
        loads.append(judged.foreign_load)
    load = float(np.mean(loads))
    if sizes.answers_vary:
        return Look(pairs=tuple(taken), first=with_startup(judged.pairs[:1])[0], foreign_load=load)
    return Look(pairs=tuple(with_startup(taken)), foreign_load=load)


def _with_secret_size(planned: Round) -> Round:
    scale = 1 - _SECRET_SHRINKING * secrets.randbelow(1 << 32) / (1 << 32)
    return planned.model_copy(update={"dims": tuple(max(1, round(scale * d)) for d in planned.dims)})


def with_startup(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs whose candidate is charged for loading its object, as far as that takes longer than a runtime's start.

    Each is charged the (upper) median of its team. What the kernel takes for a process's first pages differs from
    process to process, often by as much as a short call takes, and charging each pair its own would count only what is
    against the candidate. To hide work in fewer than half of a team's loads does not move the median of its ratios
    either; over all teams it could, for a candidate that learns while it loads how many threads it may use.
    """
    charged = {team: _startup(_by(pairs, team)) for team in {p.team for p in pairs}}
    return [p.model_copy(update={"candidate_ns": p.candidate_ns + charged[p.team]}) for p in pairs]


def _startup(pairs: Sequence[Pair]) -> int:
    # Of the pairs that count: were it of all, work hidden in fewer than half could be in more than half of these.
    counted = [p for p in pairs if p.is_quiet] or pairs
    free = min(_FREE_STARTUP_NS, median_high(p.baseline_ns for p in counted) // 20)
    return max(0, median_high(p.startup_ns for p in counted) - free)


def _by(pairs: Sequence[Pair], team: Team) -> list[Pair]:
    return [p for p in pairs if p.team == team]


def summarise(
    pairs: Sequence[Pair],
    teams: Sequence[Team],
    *,
    sizes: dict[str, int],
    noise_floor: float,
    is_glance: bool = False,
) -> Measurement | None:
    """Turn pairs into a measurement; None when any team has too few quiet pairs.

    Of a glance, which is too short for intervals, the extremes are told.
    """
    scaling = []
    for team in teams:
        here = _by(pairs, team)
        ratio = glimpsed_ratio(here) if is_glance else paired_ratio(here)
        if ratio is None:
            return None
        quiet = sorted((p for p in here if p.is_quiet), key=lambda p: p.candidate_ns)
        middle = quiet[len(quiet) // 2]
        baseline = sorted(p.baseline_ns for p in quiet)[len(quiet) // 2]
        scaling.append(
            Scaling(
                threads=team.threads,
                ranks=team.ranks,
                ratio=ratio,
                baseline_ms=baseline / 1e6,
                candidate_ms=middle.candidate_ns / 1e6,
                threads_seen=middle.cpu_ns / max(middle.wall_ns, 1),
            )
        )
    widest = max(scaling, key=lambda point: (point.threads, point.ratio.median))
    both = _by(pairs, teams[0]), _by(pairs, Team(widest.threads, widest.ranks))
    gain = (glimpsed_gain if is_glance else gain_between)(*both)
    if gain is None:
        return None
    return Measurement(
        sizes=sizes,
        scaling=tuple(scaling),
        parallel_gain=gain,
        noise_floor=noise_floor,
        handover=float(np.median([p.handover_ns / max(p.baseline_ns, 1) for p in pairs])),
        dropped_pairs=sum(not p.is_quiet for p in pairs),
    )
