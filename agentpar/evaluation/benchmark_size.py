"""The size of timed runs: so large that a call of the baseline takes, on average, the time a measurement needs."""

from collections.abc import Awaitable, Callable
from math import log
from typing import NamedTuple

Dims = tuple[int, ...]

_FIRST_SCALE = 16.0
_FEW_DRAWS, _MANY_DRAWS = 2, 8
_REFINEMENTS = 4
# Between these shares of the wanted time a size is good enough.
_LEAST, _MOST = 0.8, 2.0


class Timed(NamedTuple):
    """A size: milliseconds of a call of the baseline there, on average, and bytes of its inputs."""

    ms: float
    input_bytes: int


async def find_benchmark_size(
    scaled: Callable[[float], Dims],
    timed: Callable[[Dims, int], Awaitable[Timed]],
    *,
    target_ms: float,
    most_scale: float,
    most_bytes: int,
) -> tuple[Dims, float]:
    """Grow all dimensions in proportion until the baseline takes `target_ms`: (sizes, milliseconds there).

    `scaled` gives the sizes at a scale; `timed` times so many calls there, each with inputs of its own.

    Two calls are enough to come near. What a call takes may hang on its scalars, though (a filter's radius, a number of
    steps), and these are drawn anew for each: so the size that was found is tried with more of them, and mended.
    """
    scale, size = _FIRST_SCALE, await timed(scaled(_FIRST_SCALE), _FEW_DRAWS)
    power, most_growth = 2.0, 2.0
    while size.ms < _LEAST * target_ms and scale < most_scale:
        # Near one of the limits, assume that time goes on to grow with the power that it did in the last step, and what
        # inputs take with the square.
        growth = most_growth if size.ms < target_ms / 8 else min(2.0, (target_ms / size.ms) ** (1 / power))
        larger = scale * max(1.1, min(growth, (most_bytes / max(size.input_bytes, 1)) ** 0.5))
        tried = await timed(scaled(larger), _FEW_DRAWS)
        if tried.input_bytes > most_bytes:
            break
        steepness = log(max(tried.ms, 1e-6) / max(size.ms, 1e-6)) / log(larger / scale)
        # Far from both limits take steps that even a cube does not go beyond them with; what grows faster shows before.
        is_far = steepness < 2.5 and tried.ms < target_ms / 64 and tried.input_bytes < most_bytes / 64
        power, most_growth = max(1.0, min(3.0, steepness)), 4.0 if is_far else 2.0
        scale, size = larger, tried
    size = await timed(scaled(scale), _MANY_DRAWS)
    for _ in range(_REFINEMENTS):
        is_as_large_as_may_be = size.input_bytes > most_bytes / 2 or scale >= most_scale
        if size.ms > _MOST * target_ms or (size.ms < _LEAST * target_ms and not is_as_large_as_may_be):
            room = (most_bytes / max(size.input_bytes, 1)) ** 0.5
            factor = max(0.25, min(2.0, room, (target_ms / max(size.ms, 1e-6)) ** 0.5))
            if scale == _FIRST_SCALE and factor <= 1.0:
                break  # less is too little to share out
            other = max(_FIRST_SCALE, factor * scale)
            tried = await timed(scaled(other), _MANY_DRAWS)
            if tried.input_bytes > most_bytes and other > scale:
                break  # inputs that grow with the cube
            scale, size = other, tried
    return scaled(scale), size.ms
