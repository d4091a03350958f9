"""The room that a worker lays out for the inputs of a call: as a new one, and yet not new each time."""

from pathlib import Path

import pytest

from agentpar.evaluation.case import Sizes
from agentpar.evaluation.measure import with_startup
from agentpar.evaluation.session import Judged, Round
from agentpar.evaluation.statistics import Pair
from tests.evaluation.courtroom import cheapest_kind, courtroom

GROWS = """\
#include <vector>

// Tells how much room there was, and makes more.
double grow(const std::vector<double>& large, std::vector<double>& small) {
    const double room = small.capacity();
    small.push_back(1);
    small.pop_back();
    double sum = room;
    for (double value : large) sum += value;
    return sum;
}
"""
LARGE, SMALL = 2_000_000, 9


async def judged_itself(folder: Path) -> Judged:
    """The function in a candidate's place, which is called twice before the call that counts."""
    path = folder / "grow.cpp"
    path.write_text(GROWS)
    sizes = Sizes(edges=(), refused=(), generic=((31, SMALL),), benchmark=(LARGE, SMALL), baseline_ms=2)
    opened = courtroom(cheapest_kind(), path, "grow", known=sizes, races=False, sizes="large=n,small=m")
    async with opened as court, court.pool.sandbox() as sandbox:
        case = court.prepared
        assert await case.build(sandbox, GROWS) is None
        rounds = [Round(dims=(LARGE, SMALL), extra_calls=2)] * 4
        return await case.judge(sandbox, rounds, candidate=case.candidate)


@pytest.mark.sandbox
@pytest.mark.asyncio
async def test_room_is_as_new_in_each_call_and_laid_out_in_less_time_than_the_call_takes(tmp_path: Path) -> None:
    judged = await judged_itself(tmp_path)
    # What an earlier call had grown would be seen in the answer, which the baseline gives at its first call.
    assert judged.failed is None
    assert min(p.handover_ns / p.baseline_ns for p in judged.pairs) < 0.5


def started(startup_ns: int, threads: int = 1, delay_ns: int = 0) -> Pair:
    return Pair(
        threads=threads,
        baseline_ns=2_000_000,
        candidate_ns=1_000_000,
        cpu_ns=0,
        wall_ns=0,
        delay_ns=delay_ns,
        startup_ns=startup_ns,
    )


def test_loading_that_differs_from_process_to_process_is_charged_by_its_median() -> None:
    differing = [-900_000, 800_000, -50_000, 30_000, 700_000, -400_000, 20_000]
    assert [p.candidate_ns for p in with_startup([started(ns) for ns in differing])] == [1_000_000] * 7


def test_work_done_while_the_object_loads_is_charged_to_every_call() -> None:
    hidden = [5_000_000, 5_200_000, 4_900_000, 0, 5_100_000]
    assert {p.candidate_ns for p in with_startup([started(ns) for ns in hidden])} == {5_900_000}


@pytest.mark.parametrize("free", [0, 4])
def test_work_that_is_hidden_from_one_number_of_threads_is_charged_to_that_number(free: int) -> None:
    pairs = [started(0, threads) for threads in (1, 4) for _ in range(8)]
    pairs += [started(5_100_000 if at >= free else 0, 2) for at in range(8)]
    assert {p.candidate_ns for p in with_startup(pairs) if p.threads == 2} == {6_000_000}
    assert {p.candidate_ns for p in with_startup(pairs) if p.threads != 2} == {1_000_000}


def test_loading_is_judged_by_the_pairs_that_count() -> None:
    hidden, open_ = [started(5_100_000)] * 5, [started(0)] * 3
    # Over all pairs most loaded in no time, but those were delayed by other work and are dropped.
    dropped = [started(0, delay_ns=1_000_000)] * 4
    assert {p.candidate_ns for p in with_startup(hidden + open_ + dropped)} == {6_000_000}
