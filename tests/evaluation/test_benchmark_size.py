"""The size of timed runs: found from few calls, and right also where the scalars decide what a call takes."""

import asyncio
import random

import pytest

from agentpar.evaluation.benchmark_size import Dims, Timed, find_benchmark_size


def find(ms_at, *, target_ms: float = 10.0, bytes_at=lambda n: 8 * n, most_scale: float = 1 << 27):
    async def timed(dims: Dims, calls: int) -> Timed:
        return Timed(sum(ms_at(dims[0]) for _ in range(calls)) / calls, bytes_at(dims[0]))

    def scaled(scale: float) -> Dims:
        return (max(1, round(scale)),)

    found = find_benchmark_size(scaled, timed, target_ms=target_ms, most_scale=most_scale, most_bytes=32 << 20)
    return asyncio.run(found)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_a_call_takes_about_the_wanted_time_however_it_grows(power: int) -> None:
    (n,), ms = find(lambda n: 1e-5 * n**power)
    assert 8 <= ms <= 20
    assert ms == pytest.approx(1e-5 * n**power)


def test_a_scalar_that_decides_what_a_call_takes_does_not_make_timed_runs_long() -> None:
    for seed in range(50):
        draw = random.Random(seed)
        (n,), _ = find(lambda n, draw=draw: 1e-6 * n * n * (2 * draw.randint(1, 8) + 1) ** 2)
        mean = sum(1e-6 * n * n * (2 * radius + 1) ** 2 for radius in range(1, 9)) / 8
        assert 4 <= mean <= 40


def test_inputs_do_not_outgrow_what_they_may_take() -> None:
    (n,), ms = find(lambda n: 1e-9 * n)
    assert 16 << 20 <= 8 * n <= 32 << 20
    assert ms < 10


def test_inputs_that_grow_with_the_cube_do_not_outgrow_what_they_may_take_either() -> None:
    few = iter([12.0, 12.0])  # that seem to take the wanted time
    (n,), ms = find(lambda n: next(few, 1.0), bytes_at=lambda n: 3000 * n**3)
    assert (n, ms) == (16, 1.0), "where they take 12 MB; a step would be to four times as much"


def test_a_call_that_takes_no_longer_at_any_size_is_an_end_too() -> None:
    (n,), ms = find(lambda n: 0.001, bytes_at=lambda n: 8, most_scale=1 << 20)
    assert n >= 1 << 20
    assert ms == pytest.approx(0.001)


def test_timed_runs_do_not_become_so_small_that_nothing_is_left_to_share_out() -> None:
    (n,), ms = find(lambda n: 100.0)
    assert (n, ms) == (16, 100.0)
