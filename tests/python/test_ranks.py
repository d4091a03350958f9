"""How ranks of mpi4py are judged: which are right, and what is said of those that are not.

Who cheats is in agentpar/attack.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agentpar.errors import SandboxError, TaskError
from agentpar.evaluation.python import understand
from agentpar.evaluation.python.interpreter import Interpreter
from agentpar.evaluation.python.ranks import install_ranks
from agentpar.evaluation.session import Round
from agentpar.proposers.base import SearchState
from agentpar.proposers.pools import PoolProposer
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.python.bench_of_judges import Bench, bench, module

pytestmark = [pytest.mark.docker, pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SERIAL = '''
import numpy as np


def norm(x: np.ndarray, y: np.ndarray) -> float:
    """Writes sqrt(1 + x²) to y, and returns their sum."""
    total = 0.0
    for i in range(len(x)):
        y[i] = (1.0 + x[i] * x[i]) ** 0.5
        total += y[i]
    return total
'''
BLOCKS = "bounds = [n * r // ranks for r in range(ranks + 1)]"
REDUCE = "    total = world.allreduce(total)\n"
WINDOW = """\
    added = np.zeros(1)
    window = MPI.Win.Create(added, added.itemsize, comm=world)
    window.Fence()
    for to in range(ranks):
        window.Accumulate(np.array([total]), to)
    window.Fence()
    window.Free()
    total = float(added[0])
"""
GATHER = "    y[:] = np.concatenate(world.allgather(y[bounds[rank] : bounds[rank + 1]]))\n"
RANKS = f"""
import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, ranks = world.Get_rank(), world.Get_size()


def norm(x, y):
    n = len(x)
    {BLOCKS}
    total = 0.0
    for i in range(bounds[rank], bounds[rank + 1]):
        y[i] = (1.0 + x[i] * x[i]) ** 0.5
        total += y[i]
{REDUCE}{GATHER}    return total
"""
FOR_ROOT = """\
    total = world.reduce(total)
    parts = world.gather(y[bounds[rank] : bounds[rank + 1]])
    if rank == 0:
        y[:] = np.concatenate(parts)
"""
ROOT_ONLY = RANKS.replace(REDUCE + GATHER, FOR_ROOT)


def telling(*statements: str) -> str:
    """The right version, in which ranks 0 and 1 exchange something besides."""
    body = "\n        ".join(statements)
    exchange = f"    if ranks > 1 and rank < 2:\n        other = 1 - rank\n        {body}\n"
    return RANKS.replace(REDUCE, exchange + REDUCE)


WRONG = {
    "no reduction": (RANKS.replace(REDUCE, ""), "they are not reduced (comm.allreduce)"),
    "no gathering": (RANKS.replace(GATHER, ""), "they are not gathered (comm.allgather)"),
    "the root alone": (ROOT_ONLY, "it is right on rank 0: the other ranks must hold it too"),
    "dividing sizes": (
        RANKS.replace(BLOCKS, "bounds = [n // ranks * r for r in range(ranks + 1)]").replace(
            GATHER, GATHER.replace("y[:] =", "y[: n // ranks * ranks] =")
        ),
        "it was right at the sizes that 2 divides: give the rest to some rank",
    ),
    "a request left": (
        telling("if rank == 0: globals()['kept'] = world.isend(1, 1, 7)", "else: world.recv(source=0, tag=7)"),
        "rank 0: MPI_Isend to rank 1, tag 7 was begun and never completed",
    ),
    "a message left": (
        telling("if rank == 0: world.send(1, 1, 7)"),
        "rank 1: a message from rank 0, tag 7, was sent and never received",
    ),
}
FAILING = {
    "a message too long": (
        telling("if rank == 0: world.Send(np.zeros(2), 1, 7)", "else: world.Recv(np.zeros(1), 0, 7)"),
        "rank 1: threw 'Exception: MPI_ERR_TRUNCATE",
    ),
    "an end of its own": (RANKS.replace(REDUCE, REDUCE + "    MPI.Finalize()\n"), "the caller goes on to use MPI"),
    "an abort": (RANKS.replace(REDUCE, REDUCE + "    world.Abort(3)\n"), "MPI_Abort: code 3"),
    "an early exit": (telling("if rank == 1: __import__('os')._exit(0)"), "rank 1: the process left"),
}
LOCKED = {
    "receives first": (
        telling("world.recv(source=other, tag=7)", "world.send(1, other, 7)"),
        "rank 0 is in MPI_Mprobe from rank 1, tag 7; rank 1 is in MPI_Mprobe from rank 0, tag 7",
    ),
    "one that returns": (
        RANKS.replace(GATHER, "    if rank == 1: return total\n" + GATHER),
        "rank 0 is in MPI_Allgather; rank 1 has returned",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    path = module(tmp_path_factory.mktemp("ranks"), SERIAL)
    async with bench(f"{path}::norm", target="mpi4py", sizes="x=n,y=n", benchmark="n=3000") as opened:
        yield opened


async def test_a_right_version_is_right_and_timed_at_each_number_of_ranks(court: Bench) -> None:
    verdict = await court.verdict(RANKS)
    assert verdict.outcome is Outcome.OK, verdict.feedback
    assert not any("races" in gap for gap in verdict.unchecked)
    if verdict.measurement is not None:  # a busy machine keeps it from being timed
        assert [point.threads for point in verdict.measurement.scaling] == [1, 2]
        assert "2 ranks" in verdict.feedback


async def test_ranks_may_reach_into_windows_of_each_others_memory(court: Bench) -> None:
    assert await outcomes(court, [RANKS.replace(REDUCE, WINDOW)]) == [None]


@pytest.mark.parametrize("asks", ["from mpi4py.futures import MPIPoolExecutor", "from mpi4py import MPI, futures"])
async def test_pools_of_mpi4py_are_answered_with_what_to_write_instead(court: Bench, asks: str) -> None:
    failed = await court.failure(RANKS.replace("from mpi4py import MPI", asks))
    assert failed is not None and failed.outcome is Outcome.SCREENED and "`allgather`" in failed.feedback


async def test_the_first_rewrite_is_right(court: Bench) -> None:
    state = SearchState(source=SERIAL, entry="norm", target="mpi4py", seed=0, judged=())
    (proposal,) = await PoolProposer().propose(state, 1)
    assert "MPI.COMM_WORLD" in proposal.source
    assert await outcomes(court, [proposal.source]) == [None]


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_answer_comes_with_its_cause(court: Bench, name: str) -> None:
    source, cause = WRONG[name]
    failed = await court.failure(source)
    assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER, failed
    assert cause in failed.feedback and "ranks" in failed.feedback


@pytest.mark.parametrize("name", FAILING)
async def test_a_failing_rank_is_named_with_its_cause(court: Bench, name: str) -> None:
    source, cause = FAILING[name]
    failed = await court.failure(source)
    assert failed is not None and failed.outcome is Outcome.CRASH, failed
    assert cause in failed.feedback


@pytest.mark.parametrize("name", LOCKED)
async def test_a_deadlock_is_told_with_the_last_call_of_each_rank(court: Bench, name: str) -> None:
    source, calls = LOCKED[name]
    failed = await court.failure(source)
    assert failed is not None and failed.outcome is Outcome.DEADLOCK, failed
    assert calls in failed.feedback


async def test_a_rank_that_hangs_is_told_with_what_it_did_last(court: Bench) -> None:
    async with court.pool.sandbox() as sandbox:
        assert await court.case.build(sandbox, telling("while rank: pass")) is None
        rounds = [Round(dims=(9,), threads=2, ranks=2, candidate_ms=1000)]
        failed = (await court.case.judge(sandbox, rounds, candidate=court.case.candidate)).failed
    assert failed is not None and failed.outcome is Outcome.TIMEOUT
    assert "rank 1 has made no MPI call" in failed.feedback


def known(court: Bench) -> dict[str, Any]:
    return {"sizes": court.case.sizes.model_dump(), "plan_head": court.case.tolerance, "passing": []}


async def outcomes(court: Bench, sources: Sequence[str]) -> list[Outcome | None]:
    """What a few rounds say of sources."""
    rounds = [Round(dims=(n,), threads=count, ranks=count) for count in (2, 3) for n in (1, 7, 12)]
    found: list[Outcome | None] = []
    async with court.pool.sandbox() as sandbox:
        for source in sources:
            assert await court.case.build(sandbox, source) is None
            failed = (await court.case.judge(sandbox, rounds, candidate=court.case.candidate)).failed
            found.append(failed and failed.outcome)
    return found


async def test_where_the_root_owns_the_outputs_nobody_else_need_hold_them(court: Bench, tmp_path: Path) -> None:
    module(tmp_path, SERIAL)
    task = 'source = "kernels.py"\nentry = "norm"\ntarget = "mpi4py"\n[owners]\nx = "blocks"\ny = "root"\n'
    place = module(tmp_path, f'{task}return = "root"\n', "task.toml")
    async with bench(str(place), known=known(court), sizes="x=n,y=n", benchmark="n=3000") as owned:
        # Of the inputs each rank has its own block: the serial code reads what others have.
        assert await outcomes(owned, [ROOT_ONLY, SERIAL]) == [None, Outcome.WRONG_ANSWER]


OPTIONS = {"target": "mpi4py", "sizes": "x=n,y=n", "benchmark": "n=3000"}


async def test_bubblewrap_holds_ranks_of_the_hosts_python(court: Bench, tmp_path: Path) -> None:
    place = f"{module(tmp_path, SERIAL)}::norm"
    async with bench(place, kind="bubblewrap", known=known(court), **OPTIONS) as walled:
        locked, _ = LOCKED["receives first"]
        assert await outcomes(walled, [RANKS, locked]) == [None, Outcome.DEADLOCK]


async def test_the_extras_wheels_do_where_nothing_isolates(court: Bench, tmp_path: Path) -> None:
    place = f"{module(tmp_path, SERIAL)}::norm"
    async with bench(place, kind="process", known=known(court), **OPTIONS) as bare:
        locked, _ = LOCKED["receives first"]
        assert bare.case.python.path == sys.executable
        assert await outcomes(bare, [RANKS, locked]) == [None, Outcome.DEADLOCK]


async def test_an_mpirun_of_another_mpi_than_mpi4pys_is_told_with_what_to_choose(tmp_path: Path) -> None:
    module(tmp_path, "#!/bin/sh\necho HYDRA build details\n", "mpirun").chmod(0o755)
    pool = Pool("process", size=1)
    try:
        with pytest.raises(SandboxError, match=r"is built for Open MPI.*update-alternatives"):
            await install_ranks(pool, Interpreter(programs=str(tmp_path)))
    finally:
        await pool.close()


async def test_owners_must_be_of_parameters_and_parts_of_arrays(tmp_path: Path) -> None:
    module(tmp_path, "import numpy as np\ndef f(a: np.ndarray, k: int) -> float:\n    return k * a.sum()\n")
    head = 'source = "kernels.py"\nentry = "f"\ntarget = "mpi4py"\n[owners]\n'
    for line, problem in (('z = "root"', "has no parameter z"), ('k = "root"', "not for plain values")):
        path = module(tmp_path, f"{head}{line}\n", "task.toml")
        with pytest.raises(TaskError, match=problem):
            understand(load_task(str(path)))
    path = module(tmp_path, head.replace("mpi4py", "multiprocessing") + 'a = "root"\n', "task.toml")
    with pytest.raises(TaskError, match="only ranks own data"):
        load_task(str(path))
