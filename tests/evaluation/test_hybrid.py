"""How MPI ranks of several OpenMP threads each are judged."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agentpar.evaluation.race import RaceFinding
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite.proposer import RewriteProposer
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import Courtroom, candidate_of, cheapest_kind, courtroom
from tests.evaluation.test_mpi import RANKS, REDUCE, SERIAL

pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

LOOP = RANKS[RANKS.index("    double sum = 0.0;") : RANKS.index(REDUCE)]
THREADED = RANKS.replace("#include <mpi.h>\n", "#include <mpi.h>\n#include <omp.h>\n").replace(
    LOOP, LOOP.replace("    for (int i", "    #pragma omp parallel for reduction(+:sum)\n    for (int i")
)
# Of what the threads of a rank have summed up, only the first one's part is kept.
ONE_THREADS_SUM = """\
    double sum = 0.0;
    #pragma omp parallel
    {
        double mine = 0.0;
        #pragma omp for
        for (int i = starts[rank]; i < starts[rank] + counts[rank]; ++i) {
            y[i] = std::sqrt(1.0 + x[i] * x[i]);
            mine += y[i];
        }
        if (omp_get_thread_num() == 0) sum = mine;
    }
"""
# All write the same value, so no answer shows it.
RACY = THREADED.replace("    double sum = 0.0;", "    bool any = false;\n    double sum = 0.0;").replace(
    "        sum += y[i];", "        any = true;\n        sum += y[i];"
)
TALKATIVE = THREADED.replace(
    REDUCE,
    REDUCE
    + "    #pragma omp parallel num_threads(2)\n    if (omp_get_thread_num() == 1) MPI_Barrier(MPI_COMM_WORLD);\n",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    folder = tmp_path_factory.mktemp("hybrid")
    (folder / "norm.cpp").write_text(SERIAL)
    options = {"target": "mpi+openmp", "sizes": "x=n,y=n", "benchmark": {"n": 20_000}, "is_quick": True}
    async with courtroom(cheapest_kind(), folder / "norm.cpp", "norm", **options) as court:
        yield court


async def races(court: Courtroom, source: str) -> RaceFinding:
    async with court.pool.sandbox() as sandbox:
        assert await court.prepared.build(sandbox, source) is None
        return await court.prepared.find_races(sandbox, source, threads=(1, 2), as_timed=True)


async def test_a_right_version_is_timed_in_every_way_to_divide_its_threads(court: Courtroom) -> None:
    verdict = await court.search.evaluate(candidate_of(THREADED))
    assert verdict.outcome is Outcome.OK, verdict.feedback
    measured = verdict.measurement
    if measured is not None:  # else other work kept the machine busy
        assert [(point.ranks, point.threads) for point in measured.scaling] == [(1, 1), (1, 2), (2, 2)]
        assert "× at 1 rank of 2 threads (" in verdict.feedback


async def test_threads_within_ranks_are_watched_for_races(court: Courtroom) -> None:
    assert await races(court, THREADED) == RaceFinding()
    found = await races(court, RACY)
    assert found.outcome is Outcome.RACE
    assert "data race on `any`" in found.feedback


async def test_what_threads_of_a_rank_do_not_reduce_is_told_apart_from_what_ranks_do_not(court: Courtroom) -> None:
    failed = await court.failure(
        RANKS.replace("#include <mpi.h>", "#include <mpi.h>\n#include <omp.h>").replace(LOOP, ONE_THREADS_SUM)
    )
    assert failed is not None
    assert failed.outcome is Outcome.WRONG_ANSWER
    assert "with one thread in each rank it was right" in failed.feedback
    assert "1 rank of 3 threads" in failed.feedback
    failed = await court.failure(THREADED.replace(REDUCE, ""))
    assert failed is not None
    assert "they are not reduced (MPI_Allreduce)" in failed.feedback


async def test_ranks_that_use_no_threads_and_the_serial_code_are_right_too(court: Courtroom) -> None:
    assert await court.failure(RANKS) is None
    assert await court.failure(SERIAL) is None


async def test_only_the_thread_that_was_called_may_call_mpi(court: Courtroom) -> None:
    failed = await court.failure(TALKATIVE)
    assert failed is not None
    assert failed.outcome is Outcome.CRASH
    assert "MPI_Barrier: called by another thread" in failed.feedback
    assert "MPI_THREAD_FUNNELED" in failed.feedback


async def test_the_first_rewrite_shares_the_loop_out_twice_and_is_right(court: Courtroom) -> None:
    state = SearchState(source=SERIAL, entry="norm", target="mpi+openmp", seed=0, judged=())
    (proposal,) = await RewriteProposer().propose(state, 1)
    assert "parallel::own_block" in proposal.source
    assert "#pragma omp parallel for" in proposal.source
    assert await court.failure(proposal.source) is None
