"""Which sizes, threads, inputs and schedules a candidate is watched at.

ThreadSanitizer sees a race when two threads make its accesses with nothing to order them, in whatever sequence. So what
counts is that both are made: at sizes and teams beyond thresholds, at each remainder of a division, and in a fresh
process, where what is made only once is not made yet.
"""

from collections.abc import Iterator, Sequence

from agentpar.evaluation.session import Round

_THREADS = (4, 2, 3, 8)
_MOST_THREADS = 32
# Of a long part the tool forgets the beginning, some 300,000 events back, and races with it: so many threads have short
# ones. That takes long where threads wait for each other, and is no loss where it cannot be done.
MANY_THREADS = 16
_GENERATORS = ("uniform", "ties")
_REMAINDERS = range(8)
_STEPS = 3
_LIMIT_MS = 15_000


def sessions(
    cases: Sequence[tuple[int, ...]], large: tuple[int, ...], threads: Sequence[int] = (), *, as_timed: bool = True
) -> Iterator[tuple[str, list[Round]]]:
    """Plans for one process each, with the schedule of loops that leave it open, cheapest first.

    `cases` are small sizes, ascending; `large` is that of timed runs, and `threads` are the counts timed: the last
    plan, which comes near both, takes longer than the others and is made only `as_timed`.
    """
    most = min(max(threads, default=1), _MOST_THREADS)
    counts = _THREADS if most in (1, *_THREADS) else (*_THREADS, most)
    smallest, small = cases[0], cases[-1]
    timed = sorted({min(n, _MOST_THREADS) for n in threads if n > 1} or counts[:1])
    yield (
        "dynamic,1",
        [
            _round(_beyond(smallest, remainder), count, generator)
            for remainder in _REMAINDERS
            for count in counts
            for generator in _GENERATORS
        ],
    )
    yield (
        "static,1",
        [
            _round(_beyond(_between(small, large, 1), remainder), counts[(remainder + shift) % len(counts)], generator)
            for shift, generator in enumerate(_GENERATORS)
            for remainder in _REMAINDERS
        ],
    )
    if as_timed:
        yield (
            "guided",
            [
                *(_round(_beyond(_between(small, large, 2), i), count) for i, count in enumerate(reversed(counts))),
                # What depends on how much each thread gets is to be seen as it is timed.
                *(_round(large, count) for count in timed),
            ],
        )
        yield "guided", [_round(large, MANY_THREADS)]


def _round(dims: tuple[int, ...], threads: int, generator: str = "uniform") -> Round:
    return Round(dims=dims, threads=threads, baseline_ms=30_000, candidate_ms=_LIMIT_MS, generator=generator)


def _beyond(dims: tuple[int, ...], more: int) -> tuple[int, ...]:
    return tuple(size + more for size in dims)


def _between(small: tuple[int, ...], large: tuple[int, ...], step: int) -> tuple[int, ...]:
    """Sizes on the way from small to large: each step is the same factor."""
    return tuple(round(low * (high / low) ** (step / _STEPS)) for low, high in zip(small, large, strict=True))
