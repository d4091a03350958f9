"""The paired experiment: candidate against baseline, at each thread count, while nothing else of ours runs."""

import asyncio
from collections.abc import Sequence

import numpy as np

from agentpar.evaluation.prepare import Prepared
from agentpar.evaluation.session import Failed, Judged, Round, judge, secret_shuffle
from agentpar.evaluation.statistics import Pair, gain_between, paired_ratio
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Measurement, Scaling

_FIRST_LOOK = 8
_QUIET_LOAD = 0.12
_PATIENCE = 4


async def measure(
    sandbox: Sandbox,
    prepared: Prepared,
    *,
    candidate: str,
    pairs: int,
    threads: Sequence[int],
    noise_floor: float,
) -> Measurement | Failed | None:
    """Time a candidate object. The caller holds the measurement lease.

    There are two looks at the data, fixed beforehand: after 8 pairs a candidate that is slower at every thread count is
    let go (which cannot create false gains), and after `pairs` the result stands. Each look is a session of its own,
    in fresh processes. Returns None when the machine was too busy to say anything.

    Raises:
        SandboxError: the sandbox failed.
    """
    taken: list[Pair] = []
    for wanted in (min(_FIRST_LOOK, pairs), pairs - _FIRST_LOOK):
        if wanted <= 0:
            continue
        judged = await _quiet_look(sandbox, prepared, candidate, wanted, threads)
        if judged is None:
            return None
        if judged.failed is not None:
            return judged.failed
        taken += judged.pairs[1:]
        ratios = [paired_ratio(_at(taken, n)) for n in threads]
        if all(r is not None and r.high < 1 for r in ratios):
            break
    return summarise(taken, threads, sizes=dict(zip(prepared.subject.dim_names, prepared.sizes.benchmark, strict=True)),
                     noise_floor=noise_floor)  # fmt: skip


async def _quiet_look(
    sandbox: Sandbox, prepared: Prepared, candidate: str, pairs: int, threads: Sequence[int]
) -> Judged | None:
    """A look during which the rest of the machine was idle; None when it never is.

    Whether a look counts is decided by processes that are not part of it, never by how the candidate did.
    """
    for attempt in range(_PATIENCE):
        judged = await _look(sandbox, prepared, candidate, pairs, threads)
        if judged.failed is not None or judged.foreign_load < _QUIET_LOAD:
            return judged
        await asyncio.sleep(0.5 * 2**attempt)
    return None


async def _look(sandbox: Sandbox, prepared: Prepared, candidate: str, pairs: int, threads: Sequence[int]) -> Judged:
    limit_ms = int(2000 + 10 * prepared.sizes.baseline_ms)
    rounds = [
        # Const inputs are checked in some rounds only, and which ones the candidate learns when it has finished.
        Round(
            dims=prepared.sizes.benchmark,
            threads=n,
            candidate_ms=limit_ms,
            shuffle=True,
            with_const=i % 4 == 0,
        )
        for i in range(pairs)
        for n in threads
    ]
    return await judge(
        sandbox,
        # The first round of a session warms caches and pages; it is checked like any other but not counted.
        [
            Round(dims=prepared.sizes.benchmark, threads=threads[-1], candidate_ms=limit_ms),
            *secret_shuffle(rounds),
        ],
        tolerance=prepared.tolerance,
        candidate=candidate,
        dim_names=prepared.subject.dim_names,
    )


def _at(pairs: Sequence[Pair], threads: int) -> list[Pair]:
    return [p for p in pairs if p.threads == threads]


def summarise(
    pairs: Sequence[Pair], threads: Sequence[int], *, sizes: dict[str, int], noise_floor: float
) -> Measurement | None:
    """Turn pairs into a measurement; None when any thread count has too few quiet pairs."""
    scaling = []
    for n in threads:
        here = _at(pairs, n)
        ratio = paired_ratio(here)
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
    gain = gain_between(_at(pairs, threads[0]), _at(pairs, threads[-1]))
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
