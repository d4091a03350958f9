"""A longer look at a candidate than a search can afford: judged again and again, at other sizes each time."""

import math
import random
import secrets
from collections.abc import Sequence

from agentpar.candidate import Candidate
from agentpar.evaluation.cascade import Cascade
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import under_sanitizers
from agentpar.evaluation.prepared import Prepared
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Outcome, Verdict

Dims = tuple[int, ...]

# Those first that the usual rounds do not have.
_THREADS = (5, 7, 6, 3, 8, 2, 4)
_TINY, _TURNING, _SMALL = 4, 4, 3
_LEAST_POWER = 5
# So many ints do not fit on a thread's stack of 8 MiB. The serial code may take so long for them under sanitizers.
_LONG, _LONG_S, _SHORT = 2_500_000, 1.0, 3


async def examine(prepared: Prepared, pool: Pool, candidate: Candidate, *, times: int) -> list[Verdict]:
    """The verdicts of up to `times` judgements of values and races, the last of them the first that is not `ok`.

    Each is the usual one, in a clean sandbox, with values, sizes and a number of threads of its own: tiny sizes and
    small ones in all proportions, some around powers of two, where code that cuts work up changes its way, one that is
    so long that an array of it fits on no thread's stack, and another for the size of timed runs. What the serial code
    does not take under sanitizers is left out. Nothing is timed.

    `prepared` was prepared without known sizes.

    Raises:
        SandboxError: no sandbox can be had, or they do not work any more.
    """
    weights, draw = tuple(prepared.weights.values()), secrets.SystemRandom()
    async with pool.sandbox() as sandbox, working():
        chosen = [await _accepted(sandbox, prepared, other_sizes(prepared.sizes, weights, draw)) for _ in range(times)]
        long = [dims for dims in long_sizes(len(weights)) if await _is_quick(sandbox, prepared, dims)]
    verdicts: list[Verdict] = []
    for number, drawn in enumerate(chosen):
        longest = (long[number % len(long)],) if long else ()  # the first edge is for as many threads as can be had
        sizes = drawn.model_copy(update={"edges": (*longest, *drawn.edges)})
        case = prepared.model_copy(update={"sizes": sizes})
        threads = (1, _THREADS[number % len(_THREADS)])
        verdicts.append(await Cascade(case, pool, threads=threads, noise_floor=0.0).check(candidate))
        if verdicts[-1].outcome is not Outcome.OK:
            break
    return verdicts


def long_sizes(count: int) -> list[Dims]:
    """Each of so many dimensions in turn longer than a thread's stack, beside small ones."""
    return [tuple(_LONG if place == long else _SHORT for place in range(count)) for long in range(count)]


def other_sizes(sizes: Sizes, weights: Dims, draw: random.Random) -> Sizes:
    """Sizes like those of a task, with the weights of its dimensions, drawn anew; its code need not take them."""
    most = sizes.benchmark
    tiny = [tuple(draw.randint(0, 9) for _ in most) for _ in range(_TINY)]
    small = [tuple(draw.randint(4, 70) * weight for weight in weights) for _ in range(_SMALL)]
    return sizes.model_copy(
        update={
            "edges": (*tiny, *(_around_a_power(most, draw) for _ in range(_TURNING))),
            "generic": tuple(sorted(small, key=math.prod)),
            "benchmark": tuple(max(1, round(size * draw.uniform(0.5, 1.25))) for size in most),
        }
    )


def _around_a_power(most: Dims, draw: random.Random) -> Dims:
    """One size is a power of two or next to one, the others are anything up to the most."""
    dims = [round(math.exp(draw.uniform(0.0, math.log(size)))) for size in most]
    place = draw.randrange(len(dims))
    power = draw.randint(_LEAST_POWER, max(_LEAST_POWER, most[place].bit_length() - 1))
    dims[place] = (1 << power) + draw.randint(-1, 1)
    return tuple(dims)


async def _accepted(sandbox: Sandbox, prepared: Prepared, drawn: Sizes) -> Sizes:
    """What was drawn, without what the serial code does not take: there the case's own sizes stand."""
    own = prepared.sizes
    taken = await _taken(sandbox, prepared, [*drawn.edges, *drawn.generic, drawn.benchmark])
    return drawn.model_copy(
        update={
            "edges": tuple(dims for dims in drawn.edges if dims in taken),
            "generic": drawn.generic if taken.issuperset(drawn.generic) else own.generic,
            "benchmark": drawn.benchmark if drawn.benchmark in taken else own.benchmark,
        }
    )


async def _is_quick(sandbox: Sandbox, prepared: Prepared, dims: Dims) -> bool:
    """Whether the serial code takes a size, and in a time that ten judgements can spend on it."""
    judged = await under_sanitizers(sandbox, prepared, [dims])
    return judged.failed is None and all(each["candidate_ns"] < _LONG_S * 1e9 for each in judged.rounds)


async def _taken(sandbox: Sandbox, prepared: Prepared, cases: Sequence[Dims]) -> set[Dims]:
    """The sizes at which the serial code works under sanitizers. A session ends with the first at which it does not."""
    taken: set[Dims] = set()
    left = list(cases)
    while left:
        judged = await under_sanitizers(sandbox, prepared, left)
        if judged.failed is None:
            return taken.union(left)
        works = len(judged.rounds) // 2
        taken.update(left[:works])
        # Another build may round otherwise.
        if judged.failed.outcome is Outcome.WRONG_ANSWER:
            taken.add(left[works])
        left = left[works + 1 :]
    return taken
