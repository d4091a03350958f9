"""The paired experiment: candidate against baseline, at each thread count, while nothing else of ours runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

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
from agentpar.task import RANKS_TARGETS
from agentpar.verdict import Frozen, Measurement, Scaling

# Cumulative pairs after which the data are looked at. The first is a glance, for what is hopeless. The second can rule
# a candidate out; at the third there is an interval of 99.9 %, which can show a gain.
_GLANCE = 2
_INTERIM_LOOKS = (_GLANCE, 6, 12, 24)
_HOPELESS = 0.5
_QUIET_LOAD = 0.12
_PATIENCE = 4
# Loading an OpenMP runtime takes about half of it.
_FREE_STARTUP_NS = 1_000_000


class Look(Frozen):
    """Pairs taken in one go, while the machine was quiet; or why there are none."""

    pairs: tuple[Pair, ...] = ()
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

    async def take(pairs: int, counts: Sequence[int]) -> Look:
        return await _look(sandbox, case, candidate, pairs, counts)

    sizes = dict(zip(case.weights, case.sizes.benchmark, strict=True))
    found = await experiment(take, threads=threads, looks=looks, noise_floor=noise_floor, sizes=sizes, to_beat=to_beat)
    if isinstance(found, Measurement) and case.task.target in RANKS_TARGETS:
        return found.model_copy(update={"worker": "rank"})
    return found


async def experiment(
    take: Callable[[int, Sequence[int]], Awaitable[Look]],
    *,
    threads: Sequence[int],
    looks: Sequence[int],
    noise_floor: float,
    sizes: dict[str, int],
    to_beat: float = 0.0,
) -> Measurement | Failed | None:
    """The paired experiment. The caller holds the measurement lease.

    `take` takes so many pairs at each of some thread counts, in random order. `looks` are the numbers of pairs,
    ascending, after which the data are looked at. `to_beat` is the ratio of what leads so far.

    A group-sequential experiment, whose looks are fixed beforehand. One before the last ends it in two cases. At some
    thread count an interval of 99.9 % lies above the noise floor: the gain is shown, and looking so seldom and so
    strictly costs the last look's 95 % nothing to speak of (Haybittle 1971, Peto 1976). Or at every thread count the
    interval of 75 % lies below the noise floor, or below what leads, or every pair of the glance below half of that:
    going on would be futile, and to end for that makes no false gains. A single thread count whose interval lies there
    is not timed any more. Each look is a session of its own, in fresh processes. What is reported of a winner comes
    from a re-test with one look. Returns None when the machine was too busy to say anything.

    Raises:
        SandboxError: the sandbox failed.
    """
    taken: list[Pair] = []
    floor, hopeful, hopeless = 1.0 + noise_floor, list(threads), False
    for before, wanted in zip([0, *looks[:-1]], looks, strict=True):
        look = await _quiet_look(take, wanted - before, hopeful)
        if look is None:
            return None
        if look.failed is not None:
            return look.failed
        taken += look.pairs
        wanting = max(floor, to_beat)
        hopeless = wanted == _GLANCE and all(is_hopeless(_at(taken, n), _HOPELESS * wanting) for n in threads)
        if hopeless or any(is_above(_at(taken, n), floor) for n in threads):
            break
        hopeful = [n for n in hopeful if not is_below(_at(taken, n), wanting)]
        if not hopeful:
            break
    return summarise(taken, threads, sizes=sizes, noise_floor=noise_floor, is_glance=hopeless)


def sequential_looks(pairs: int) -> tuple[int, ...]:
    """When to look at up to so many pairs."""
    return (*(n for n in _INTERIM_LOOKS if n < pairs), pairs)


async def _quiet_look(
    take: Callable[[int, Sequence[int]], Awaitable[Look]], pairs: int, threads: Sequence[int]
) -> Look | None:
    """A look during which the rest of the machine was idle; None when it never is.

    Whether a look counts is decided by processes that are not part of it, never by how the candidate did.
    """
    for attempt in range(_PATIENCE):
        look = await take(pairs, threads)
        if look.failed is not None or look.foreign_load < _QUIET_LOAD:
            return look
        await asyncio.sleep(0.5 * 2**attempt)
    return None


async def _look(sandbox: Sandbox, case: Case, candidate: str, pairs: int, threads: Sequence[int]) -> Look:
    sizes = case.sizes
    limit_ms = int(2000 + 10 * sizes.baseline_ms)
    rounds = secret_shuffle(
        [
            # Const inputs are checked in some rounds only, and which ones the candidate does not learn.
            Round(dims=sizes.benchmark, threads=n, candidate_ms=limit_ms, shuffle=True, with_const=i % 4 == 0)
            for i in range(pairs)
            for n in threads
        ]
    )
    if sizes.answers_vary:
        # The first round of a session warms caches and pages; it is checked like any other but not counted.
        sessions = [[Round(dims=sizes.benchmark, threads=threads[-1], candidate_ms=limit_ms), *rounds]]
    else:
        # An answer that sizes alone decide could be kept from an earlier call, or made while the object loads: each
        # timed call is its process's first, and is charged for that.
        sessions = [[r] for r in rounds]
    taken: list[Pair] = []
    loads = []
    for session in sessions:
        judged = await case.judge(sandbox, session, candidate=candidate)
        if judged.failed is not None:
            return Look(failed=judged.failed)
        taken += judged.pairs[1:] if sizes.answers_vary else [_with_startup(p) for p in judged.pairs]
        loads.append(judged.foreign_load)
    return Look(pairs=tuple(taken), foreign_load=float(np.mean(loads)))


def _with_startup(pair: Pair) -> Pair:
    charged = max(0, pair.startup_ns - min(_FREE_STARTUP_NS, pair.baseline_ns // 20))
    return pair.model_copy(update={"candidate_ns": pair.candidate_ns + charged})


def _at(pairs: Sequence[Pair], threads: int) -> list[Pair]:
    return [p for p in pairs if p.threads == threads]


def summarise(
    pairs: Sequence[Pair],
    threads: Sequence[int],
    *,
    sizes: dict[str, int],
    noise_floor: float,
    is_glance: bool = False,
) -> Measurement | None:
    """Turn pairs into a measurement; None when any thread count has too few quiet pairs.

    Of a glance, which is too short for intervals, the extremes are told.
    """
    scaling = []
    for n in threads:
        here = _at(pairs, n)
        ratio = glimpsed_ratio(here) if is_glance else paired_ratio(here)
        if ratio is None:
            return None
        quiet = sorted((p for p in here if p.is_quiet), key=lambda p: p.candidate_ns)
        middle = quiet[len(quiet) // 2]
        baseline = sorted(p.baseline_ns for p in quiet)[len(quiet) // 2]
        scaling.append(
            Scaling(
                threads=n,
                ratio=ratio,
                baseline_ms=baseline / 1e6,
                candidate_ms=middle.candidate_ns / 1e6,
                threads_seen=middle.cpu_ns / max(middle.wall_ns, 1),
            )
        )
    gain = (glimpsed_gain if is_glance else gain_between)(_at(pairs, threads[0]), _at(pairs, threads[-1]))
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
