"""A longer look finds what the usual rounds cannot, and nothing in what is right."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agentpar.evaluation.cascade import Cascade
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.examination import examine, other_sizes
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import NOISE_FLOOR, THREADS, Courtroom, candidate_of, cheapest_kind, courtroom

SERIAL = """\
#include <omp.h>

#include <vector>

void thrice(const std::vector<int>& in, std::vector<int>& out) {
    const int n = static_cast<int>(in.size());
    for (int i = 0; i < n; ++i) out[i] = 3 * in[i];
}
"""
RIGHT = SERIAL.replace("    for", "#pragma omp parallel for\n    for")
ON_THE_STACK = RIGHT.replace(
    "#pragma omp parallel for",
    """int sums[n + 1];
    sums[n] = 0;
#pragma omp parallel for reduction(+ : sums[ : n + 1])""",
)
RARELY_WRONG = {
    "with five threads": RIGHT.replace("i < n", "i < n - (omp_get_max_threads() == 5)"),
    "where the length is a power of two": RIGHT.replace("i < n", "i < n - (n > 70 && (n & (n - 1)) == 0)"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    path = tmp_path_factory.mktemp("task") / "thrice.cpp"
    path.write_text(SERIAL)
    async with courtroom(cheapest_kind(), path, "thrice", is_quick=True, benchmark={"n": 40001}) as opened:
        yield opened


@pytest.mark.sandbox
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("where", RARELY_WRONG)
async def test_what_is_wrong_where_the_usual_rounds_never_look_is_found(court: Courtroom, where: str) -> None:
    candidate = candidate_of(RARELY_WRONG[where])
    prepared = court.prepared.model_copy(update={"race_unchecked": "races unchecked: not what this test is about"})
    usual = await Cascade(prepared, court.pool, threads=THREADS, noise_floor=NOISE_FLOOR).check(candidate)
    assert usual.outcome is Outcome.OK
    verdicts = await examine(prepared, court.pool, candidate, times=10)
    assert verdicts[-1].outcome is Outcome.WRONG_ANSWER
    assert "seed" in verdicts[-1].feedback
    assert all(verdict.outcome is Outcome.OK for verdict in verdicts[:-1])


@pytest.mark.sandbox
@pytest.mark.asyncio(loop_scope="module")
async def test_an_array_that_is_longer_than_a_threads_stack_is_found(court: Courtroom) -> None:
    candidate = candidate_of(ON_THE_STACK)
    prepared = court.prepared.model_copy(update={"race_unchecked": "races unchecked: not what this test is about"})
    usual = await Cascade(prepared, court.pool, threads=THREADS, noise_floor=NOISE_FLOOR).check(candidate)
    assert usual.outcome is Outcome.OK
    assert [verdict.outcome for verdict in await examine(prepared, court.pool, candidate, times=1)] == [Outcome.CRASH]


@pytest.mark.sandbox
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_right_stays_right_and_is_watched_for_races_each_time(court: Courtroom) -> None:
    verdicts = await examine(court.prepared, court.pool, candidate_of(RIGHT), times=2)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.OK, Outcome.OK]
    assert all("race" in verdict.stage_seconds and not verdict.unchecked for verdict in verdicts)


def test_other_sizes_are_tiny_small_in_all_proportions_and_around_powers_of_two() -> None:
    known = Sizes(edges=(), refused=(), generic=((7, 88), (31, 136)), benchmark=(3000, 24000), baseline_ms=10)
    drawn = [other_sizes(known, (1, 8), random.Random(seed)) for seed in range(10)]
    edges = {dims for sizes in drawn for dims in sizes.edges}
    assert any(0 in dims for dims in edges) and any(max(dims) < 10 and len(set(dims)) == 2 for dims in edges)
    powers = {size + shift for size in (1 << power for power in range(5, 15)) for shift in (-1, 0, 1)}
    large = [dims for dims in edges if max(dims) > 9]
    assert len(large) > 30 and all(powers.intersection(dims) for dims in large)
    assert all(len(sizes.generic) == 3 for sizes in drawn)
    assert len({sizes.benchmark for sizes in drawn}) == 10
    assert all(1500 <= sizes.benchmark[0] <= 3750 and 12000 <= sizes.benchmark[1] <= 30000 for sizes in drawn)
