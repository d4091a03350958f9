"""The group-sequential experiment, with timings that are made up: when it ends, and what it goes on timing."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agentpar.evaluation.attempt import noise_of_unchanged
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.measure import Look, experiment, measure, sequential_looks, timed_teams
from agentpar.evaluation.session import Failed, Judged, Round
from agentpar.evaluation.statistics import Pair
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Team


class Case:
    """A case whose candidate takes a tenth of the baseline's time, once it has loaded."""

    task = SimpleNamespace(target="openmp")
    weights = {"n": 1}
    sizes = Sizes(edges=(), refused=(), generic=(), benchmark=(100,), baseline_ms=10)

    def __init__(self, load_ms: float) -> None:
        self._load_ns = round(load_ms * 1_000_000)

    async def judge(self, _: object, rounds: Sequence[Round], **__: object) -> Judged:
        timings = {"baseline_ns": 10_000_000, "candidate_ns": 1_000_000, "cpu_ns": 1_000_000, "wall_ns": 1_000_000}
        rest = {"delay_ns": 0, "baseline_off_clock_ns": 0, "startup_ns": self._load_ns}
        told = tuple({"threads": each.threads, **timings, **rest} for each in rounds)
        return Judged(rounds=told, failed=None, candidate_output="", candidate_ending="")


class Timed:
    """Takes pairs whose true ratio at a thread count is given, and notes at which counts it was asked for any."""

    def __init__(self, ratio: Callable[[int], float]) -> None:
        self.asked: list[tuple[int, tuple[int, ...]]] = []
        self._ratio = ratio
        self._random = Random(5)

    async def __call__(self, pairs: int, teams: Sequence[Team]) -> Look:
        self.asked.append((pairs, tuple(team.threads for team in teams)))
        return Look(pairs=tuple(self._pair(team.threads) for _ in range(pairs) for team in teams))

    def _pair(self, threads: int) -> Pair:
        took = round(10_000_000 / self._ratio(threads) * self._random.uniform(0.98, 1.02))
        return Pair(threads=threads, baseline_ns=10_000_000, candidate_ns=took, cpu_ns=took, wall_ns=took, delay_ns=0)


def measured(timed: Timed, to_beat: float = 0.0) -> Measurement:
    found = asyncio.run(
        experiment(
            timed,
            teams=timed_teams("openmp", (1, 2)),
            looks=sequential_looks(40),
            noise_floor=0.02,
            sizes={},
            to_beat=to_beat,
        )
    )
    assert found is not None and not isinstance(found, Failed)
    return found


def test_a_clear_gain_ends_it_though_nothing_is_gained_at_one_thread() -> None:
    timed = Timed(lambda n: 1.0 if n == 1 else 1.8)
    assert measured(timed).is_improvement
    assert sum(pairs for pairs, _ in timed.asked) == 12


def test_a_clear_loser_is_given_up_at_the_first_look() -> None:
    timed = Timed(lambda n: 0.6)
    assert not measured(timed).is_improvement
    assert timed.asked == [(2, (1, 2)), (4, (1, 2))]


def test_what_takes_more_than_twice_as_long_is_given_up_after_a_glance() -> None:
    timed = Timed(lambda n: 0.4 if n == 1 else 0.02)
    found = measured(timed)
    assert timed.asked == [(2, (1, 2))]
    assert not found.is_improvement and found.best.threads == 1
    assert found.best.ratio.low <= found.best.ratio.median <= found.best.ratio.high < 0.45


def test_one_thread_count_with_a_chance_is_enough_for_more_than_a_glance() -> None:
    timed = Timed(lambda n: 0.1 if n == 1 else 1.8)
    assert measured(timed).is_improvement


def test_what_is_behind_the_lead_is_given_up_at_the_first_look_and_stays_behind() -> None:
    timed = Timed(lambda n: 1.0 if n == 1 else 1.3)
    assert measured(timed, to_beat=1.8).speedup < 1.8
    assert timed.asked == [(2, (1, 2)), (4, (1, 2))]


def test_a_thread_count_that_cannot_win_is_not_timed_any_more() -> None:
    timed = Timed(lambda n: 0.7 if n == 1 else 1.8)
    found = measured(timed)
    assert timed.asked == [(2, (1, 2)), (4, (1, 2)), (6, (2,))]
    assert [point.ratio.pairs for point in found.scaling] == [6, 12]


def test_what_is_in_doubt_is_timed_to_the_end() -> None:
    timed = Timed(lambda n: 1.02)
    measured(timed)
    assert sum(pairs for pairs, _ in timed.asked) == 40


@pytest.mark.parametrize(("outcome", "load", "asked"), [("timeout", 1.0, 2), ("timeout", 0.0, 1), ("deadlock", 1.0, 1)])
async def test_who_was_too_slow_on_a_busy_machine_is_timed_again(outcome: str, load: float, asked: int) -> None:
    timed, failed = Timed(lambda n: 1.8), Failed(culprit="candidate", outcome=Outcome(outcome), feedback="")
    looks = [Look(failed=failed, foreign_load=load)]

    async def take(pairs: int, teams: Sequence[Team]) -> Look:
        return looks.pop() if looks else await timed(pairs, teams)

    teams = timed_teams("openmp", (1, 2))
    found = await experiment(take, teams=teams, looks=(24,), noise_floor=0.02, sizes={})
    assert found == failed if asked == 1 else isinstance(found, Measurement) and found.is_improvement


@pytest.mark.parametrize(("shown", "told", "pairs"), [([1.03], 0.03, [12]), ([1.97, 1.02], 0.02, [12, 24])])
async def test_an_unchanged_copy_that_seems_far_faster_is_timed_again(
    shown: list[float], told: float, pairs: list[int]
) -> None:
    asked: list[int] = []

    async def timed(count: int) -> Measurement:
        asked.append(count)
        high = shown[len(asked) - 1]
        ratio = Ratio(median=1.0, low=0.99, high=high, pairs=count)
        point = Scaling(threads=1, ratio=ratio, baseline_ms=9, candidate_ms=9, threads_seen=1)
        return Measurement(sizes={}, scaling=(point,), parallel_gain=ratio, noise_floor=0.0)

    deviation, measured = await noise_of_unchanged(timed)
    assert deviation == pytest.approx(told) and measured is not None
    assert asked == pairs


async def test_the_noise_of_a_restless_machine_is_told_as_it_is() -> None:
    ratio = Ratio(median=1.0, low=0.9, high=1.4, pairs=12)
    point = Scaling(threads=1, ratio=ratio, baseline_ms=9, candidate_ms=9, threads_seen=1)

    async def timed(count: int) -> Measurement:
        return Measurement(sizes={}, scaling=(point,), parallel_gain=ratio, noise_floor=0.0)

    deviation, _ = await noise_of_unchanged(timed)
    assert deviation == pytest.approx(0.4)


def test_ranks_with_threads_are_timed_in_every_way_that_divides_the_threads() -> None:
    assert timed_teams("mpi+openmp", (1, 2)) == [(1, 1), (2, 1), (2, 2)]
    assert [team.described for team in timed_teams("mpi+openmp", (4,))] == [
        "1 rank of 4 threads",
        "2 ranks of 2 threads",
        "4 ranks",
    ]
    assert timed_teams("mpi", (1, 2)) == [(1, 1), (2, 2)]
    assert timed_teams("openmp", (1, 2)) == [(1, 0), (2, 0)]


@pytest.mark.parametrize(("load_ms", "is_told"), [(0.4, False), (20.0, True)])  # a runtime's start; a table of answers
async def test_what_is_made_while_an_object_loads_is_told_as_what_first_calls_do_not_gain(
    load_ms: float, is_told: bool
) -> None:
    found = await measure(
        cast(Any, None), cast(Any, Case(load_ms)), candidate="", threads=(1, 2), noise_floor=0.02, looks=(12,)
    )
    assert isinstance(found, Measurement)
    assert found.speedup == 10
    assert found.gains_later == is_told
