"""How MPI ranks are judged: which programs are right, and what is said of those that are not."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentpar.candidate import content_id
from agentpar.errors import TaskError
from agentpar.evaluation import mpi_checks
from agentpar.evaluation.reference import understand
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite.proposer import RewriteProposer
from agentpar.resources import resource
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import Courtroom, candidate_of, cheapest_kind, courtroom

pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SERIAL = """\
#include <cmath>
#include <cstddef>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::sqrt(1.0 + x[i] * x[i]);
        sum += y[i];
    }
    return sum;
}
"""
BLOCKS = "const std::size_t begin = n * r / ranks, end = n * (r + 1) / ranks;"
WINDOW = """\
    double all = 0.0;
    MPI_Win window;
    MPI_Win_create(&all, sizeof all, sizeof all, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_fence(0, window);
    for (int r = 0; r < ranks; ++r) MPI_Accumulate(&sum, 1, MPI_DOUBLE, r, 0, 1, MPI_DOUBLE, MPI_SUM, window);
    MPI_Win_fence(0, window);
    MPI_Win_free(&window);
    sum = all;
"""
HELD = """\
    MPI_Win window;
    double room = 0.0;
    MPI_Win_create(&room, sizeof room, sizeof room, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, window);
    MPI_Put(&sum, 1, MPI_DOUBLE, 0, 0, 1, MPI_DOUBLE, window);
    MPI_Win_flush(0, window);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_unlock(0, window);
    MPI_Win_free(&window);
"""
REDUCE = "    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);\n"
GATHER = (
    "    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, y.data(), counts.data(), starts.data(), MPI_DOUBLE, "
    "MPI_COMM_WORLD);\n"
)
RANKS = f"""\
#include <mpi.h>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {{
    int rank, ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const std::size_t n = x.size();
    std::vector<int> counts, starts;
    for (int r = 0; r < ranks; ++r) {{
        {BLOCKS}
        starts.push_back(static_cast<int>(begin));
        counts.push_back(static_cast<int>(end - begin));
    }}
    double sum = 0.0;
    for (int i = starts[rank]; i < starts[rank] + counts[rank]; ++i) {{
        y[i] = std::sqrt(1.0 + x[i] * x[i]);
        sum += y[i];
    }}
{REDUCE}{GATHER}    return sum;
}}
"""
FOR_ROOT = """\
    double all = 0.0;
    MPI_Reduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    void* out = rank == 0 ? y.data() : nullptr;
    const void* part = rank == 0 ? MPI_IN_PLACE : static_cast<const void*>(y.data() + starts[rank]);
    MPI_Gatherv(part, counts[rank], MPI_DOUBLE, out, counts.data(), starts.data(), MPI_DOUBLE, 0, MPI_COMM_WORLD);
    sum = all;
"""
ROOT_ONLY = RANKS.replace(REDUCE + GATHER, FOR_ROOT)
TELL = """\
    if (ranks > 1 && rank < 2) {
        double mine[2] = {1.0, 2.0}, theirs[2];
        const int other = 1 - rank;
        (void)theirs, (void)other;
        %s
    }
"""


def telling(*statements: str) -> str:
    """The right version, in which ranks 0 and 1 exchange something besides."""
    return RANKS.replace(REDUCE, TELL % "\n        ".join(statements) + REDUCE)


PAIR = """\
static MPI_Group pair() {
    const int ranks[2] = {0, 1};
    MPI_Group all, two;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_incl(all, 2, ranks, &two);
    return two;
}
"""
# Right, with what is kept for the next call, given back, or called off.
UNUSUAL = telling(
    "static MPI_Comm own = MPI_COMM_NULL;",
    "static MPI_Request kept[2];",
    "static double sent, got;",
    "if (own == MPI_COMM_NULL) {",
    "    MPI_Comm_create_group(MPI_COMM_WORLD, pair(), 0, &own);",
    "    MPI_Send_init(&sent, 1, MPI_DOUBLE, other, 1, own, &kept[0]);",
    "    MPI_Recv_init(&got, 1, MPI_DOUBLE, other, 1, own, &kept[1]);",
    "}",
    "MPI_Startall(2, kept);",
    "MPI_Waitall(2, kept, MPI_STATUSES_IGNORE);",
    "MPI_Request gone;",
    "MPI_Irecv(theirs, 1, MPI_DOUBLE, other, 2, own, &gone);",
    "MPI_Cancel(&gone);",
    "MPI_Wait(&gone, MPI_STATUS_IGNORE);",
    "MPI_Comm briefly;",
    "MPI_Comm_dup(own, &briefly);",
    "MPI_Comm_set_errhandler(briefly, MPI_ERRORS_RETURN);",
    "if (MPI_Send(mine, 1, MPI_DOUBLE, 99, 7, briefly) == MPI_SUCCESS) sum = 0.0;",
    "MPI_Comm_free(&briefly);",
).replace("double norm", PAIR + "double norm")
WRONG = {
    "no reduction": (RANKS.replace(REDUCE, ""), "they are not reduced (MPI_Allreduce)"),
    "no gathering": (RANKS.replace(GATHER, ""), "they are not gathered (MPI_Allgatherv)"),
    "the root alone": (ROOT_ONLY, "it is right on rank 0: the other ranks must hold it too"),
    "dividing sizes": (
        RANKS.replace(BLOCKS, "const std::size_t begin = n / ranks * r, end = n / ranks * (r + 1);"),
        "it was right at the sizes that 2 divides: give the rest to some rank",
    ),
    "a request left": (
        telling(
            "static MPI_Request left;",
            "static double kept;",
            "if (rank == 0) MPI_Isend(&kept, 1, MPI_DOUBLE, 1, 7, MPI_COMM_WORLD, &left);",
            "else MPI_Recv(&kept, 1, MPI_DOUBLE, 0, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);",
        ),
        "rank 0: MPI_Isend to rank 1, tag 7 was begun and never completed",
    ),
    "a request that nobody waits for": (
        telling(
            "MPI_Request left;",
            "MPI_Isend(mine, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD, &left);",
            "MPI_Recv(theirs, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);",
        ),
        "Request 'left' has no matching wait",
    ),
    "a datatype of another size": (
        RANKS.replace("&sum, 1, MPI_DOUBLE", "&sum, 1, MPI_FLOAT"),
        "the buffer holds `double`, and the datatype says `float`",
    ),
    "a collective request left": (
        telling(
            "static MPI_Request left;",
            "static double kept, all[4];",
            "MPI_Igather(&kept, 1, MPI_DOUBLE, all, 1, MPI_DOUBLE, 0, MPI_COMM_SELF, &left);",
            "MPI_Igather(&kept, 1, MPI_DOUBLE, all, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD, &left);",
        ),
        "MPI_Igather root rank 0 was begun and never completed",
    ),
    "a message left": (
        telling("if (rank == 0) MPI_Send(mine, 1, MPI_DOUBLE, 1, 7, MPI_COMM_WORLD);"),
        "rank 1: a message from rank 0, tag 7, was sent and never received",
    ),
    "a message left on a communicator of its own": (
        telling(
            "static MPI_Comm own = MPI_COMM_NULL;",
            "if (own == MPI_COMM_NULL) MPI_Comm_create_group(MPI_COMM_WORLD, pair(), 0, &own);",
            "if (rank == 0) MPI_Send(mine, 1, MPI_DOUBLE, 1, 7, own);",
        ).replace("double norm", PAIR + "double norm"),
        "rank 1: a message from rank 0, tag 7 on a communicator of its own, was sent and never received",
    ),
    "a persistent request left": (
        telling(
            "static double kept;",
            "MPI_Request left;",
            "if (rank == 0) MPI_Recv_init(&kept, 1, MPI_DOUBLE, 1, 9, MPI_COMM_WORLD, &left), MPI_Start(&left);",
        ),
        "rank 0: MPI_Start of MPI_Recv_init from rank 1, tag 9 was never completed",
    ),
}
FAILING = {
    "a message too long": (
        telling(
            "if (rank == 0) MPI_Send(mine, 2, MPI_DOUBLE, 1, 7, MPI_COMM_WORLD);",
            "else MPI_Recv(theirs, 1, MPI_DOUBLE, 0, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);",
        ),
        "rank 1: MPI_Recv from rank 0, tag 7: MPI_ERR_TRUNCATE",
    ),
    "an end of its own": (RANKS.replace("    return sum", "    MPI_Finalize();\n    return sum"), "the caller goes on"),
    "memory in common": (
        telling(
            "MPI_Win window;",
            "double* shared;",
            "MPI_Win_allocate_shared(8, 8, MPI_INFO_NULL, MPI_COMM_SELF, &shared, &window);",
        ),
        "MPI_Win_allocate_shared: ranks share no memory",
    ),
    "errors that are fatal": (
        telling(
            "MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_ARE_FATAL);",
            "MPI_Send(mine, 1, MPI_DOUBLE, 5, 7, MPI_COMM_SELF);",
        ),
        "MPI_Send to rank 5, tag 7: MPI_ERR_RANK",
    ),
    "an error in a window": (
        RANKS.replace(REDUCE, WINDOW.replace("DOUBLE, r, 0", "DOUBLE, r + 9, 0")),
        "MPI_Accumulate to rank 9: MPI_ERR_RANK",
    ),
    "a port": (
        RANKS.replace(REDUCE, "    char port[MPI_MAX_PORT_NAME];\n    MPI_Open_port(MPI_INFO_NULL, port);\n" + REDUCE),
        "MPI_Open_port: ranks meet no other program",
    ),
    "an early exit": (RANKS.replace(REDUCE, "    if (rank == 1) std::exit(0);\n" + REDUCE), "rank 1: the process left"),
    "a fault": (RANKS.replace(REDUCE, "    if (rank == 1) std::abort();\n" + REDUCE), "rank 1: aborted"),
}
LOCKED = {
    "receives first": (
        telling(
            "MPI_Recv(theirs, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);",
            "MPI_Send(mine, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD);",
        ),
        "rank 0 is in MPI_Recv from rank 1, tag 7; rank 1 is in MPI_Recv from rank 0, tag 7",
    ),
    "one that returns": (
        RANKS.replace(REDUCE, "    if (rank == 1) return 0.0;\n" + REDUCE),
        "rank 0 is in MPI_Allreduce; rank 1 has returned",
    ),
    "a window that one keeps locked": (
        RANKS.replace(REDUCE, HELD + REDUCE),
        "is in MPI_Win_flush of rank 0",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    folder = tmp_path_factory.mktemp("mpi")
    (folder / "norm.cpp").write_text(SERIAL)
    options = {"target": "mpi", "sizes": "x=n,y=n", "benchmark": {"n": 20_000}, "is_quick": True}
    async with courtroom(cheapest_kind(), folder / "norm.cpp", "norm", **options) as court:
        yield court


async def test_a_right_version_is_right_and_nothing_is_left_unchecked_but_its_time(court: Courtroom) -> None:
    verdict = await court.search.evaluate(candidate_of(RANKS))
    assert verdict.outcome is Outcome.OK
    assert not [gap for gap in verdict.unchecked if "race" in gap]


async def test_of_ranks_that_may_start_threads_races_are_unchecked(court: Courtroom) -> None:
    async with court.pool.sandbox() as sandbox:
        threaded = f"#include <thread>\nusing namespace std;\n{RANKS}"
        found = await court.prepared.find_races(sandbox, threaded, threads=(2,), as_timed=True)
        assert "threads beside ranks" in found.unchecked
        assert not (await court.prepared.find_races(sandbox, RANKS, threads=(2,), as_timed=True)).unchecked


async def test_the_serial_code_is_right_on_every_rank(court: Courtroom) -> None:
    assert await court.failure(SERIAL) is None


async def test_ranks_may_reach_into_windows_of_each_others_memory(court: Courtroom) -> None:
    assert await court.failure(RANKS.replace(REDUCE, WINDOW)) is None


async def test_what_is_kept_given_back_or_called_off_is_right(court: Courtroom) -> None:
    """Either of two ranks may be awake first, and have sent before the other begins."""
    assert await court.failure(UNUSUAL) is None


async def test_the_first_rewrite_is_right(court: Courtroom) -> None:
    state = SearchState(source=SERIAL, entry="norm", target="mpi", seed=0, judged=())
    (proposal,) = await RewriteProposer().propose(state, 1)
    assert content_id(proposal.source) != content_id(SERIAL)
    assert (await court.verdict(proposal.source)).outcome is Outcome.OK


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_answer_comes_with_its_cause(court: Courtroom, name: str) -> None:
    source, cause = WRONG[name]
    failed = await court.failure(source)
    assert failed is not None
    assert failed.outcome is Outcome.WRONG_ANSWER
    assert cause in failed.feedback
    assert "ranks" in failed.feedback


async def test_a_buffer_that_is_constant_is_no_finding_of_clangs() -> None:
    said = "argument type 'const double *' doesn't match specified 'mpi' type tag that requires 'double *'"
    assert mpi_checks._told("7", said) == ""
    assert "datatype says `float`" in mpi_checks._told("7", said.replace("requires 'double", "requires 'float"))


@pytest.mark.parametrize("name", FAILING)
async def test_a_failing_rank_is_named_with_its_cause(court: Courtroom, name: str) -> None:
    source, cause = FAILING[name]
    failed = await court.failure(source)
    assert failed is not None
    assert failed.outcome is Outcome.CRASH
    assert cause in failed.feedback


@pytest.mark.parametrize("name", LOCKED)
async def test_a_deadlock_is_told_with_the_last_call_of_each_rank(court: Courtroom, name: str) -> None:
    source, calls = LOCKED[name]
    failed = await court.failure(source)
    assert failed is not None
    assert failed.outcome is Outcome.DEADLOCK
    assert calls in failed.feedback


async def test_where_the_root_owns_the_outputs_nobody_else_need_hold_them(court: Courtroom, tmp_path: Path) -> None:
    (tmp_path / "norm.cpp").write_text(SERIAL)
    (tmp_path / "task.toml").write_text(
        'source = "norm.cpp"\nentry = "norm"\ntarget = "mpi"\n[owners]\nx = "blocks"\ny = "root"\nreturn = "root"\n'
        '[inputs.sizes]\nx = "n"\ny = "n"\n[inputs.benchmark]\nn = 20000\n'
    )
    known = court.prepared.sizes
    async with courtroom(cheapest_kind(), tmp_path, "norm", known=known, is_quick=True) as owned:
        assert await owned.failure(ROOT_ONLY) is None
        # Of the inputs each rank has its own block: the serial code reads what others have.
        failed = await owned.failure(SERIAL)
    assert failed is not None
    assert failed.outcome is Outcome.WRONG_ANSWER


async def test_of_an_array_of_fixed_length_a_rank_must_hold_its_block_too(tmp_path: Path) -> None:
    (tmp_path / "owned.cpp").write_text(
        '#include "harness/owners.hpp"\nint main() {\n    std::array<int, 4> values{1, 2, 3, 4};\n'
        "    const std::array<int, 4> others{9, 9, 9, 9}, wanted{9, 9, 3, 4};\n"
        "    agentpar::replace_foreign(values, others, agentpar::Owner::blocks, 0, {1, 2});\n"
        "    return values == wanted ? 0 : 1;\n}\n"
    )
    program = tmp_path / "owned"
    command = ["g++", "-std=c++17", f"-I{resource('sandboxes')}", str(tmp_path / "owned.cpp"), "-o", str(program)]
    subprocess.run(command, check=True, timeout=120)
    assert subprocess.run([str(program)], timeout=20, check=False).returncode == 0


async def test_owners_must_be_of_parameters_and_blocks_of_arrays(tmp_path: Path) -> None:
    (tmp_path / "norm.cpp").write_text(SERIAL)
    head = 'source = "norm.cpp"\nentry = "norm"\ntarget = "mpi"\n[owners]\n'
    for line, problem in (('z = "root"', "has no parameter z"), ('return = "blocks"', "only arrays and containers")):
        (tmp_path / "task.toml").write_text(f"{head}{line}\n")
        with pytest.raises(TaskError, match=problem):
            understand(load_task(str(tmp_path)))
    (tmp_path / "norm.cpp").write_text("void norm(double* x, int n) { for (int i = 0; i < n; ++i) x[i] += i; }\n")
    (tmp_path / "task.toml").write_text(f'{head}x = "root"\nn = "root"\n')
    with pytest.raises(TaskError, match="a plain value is given to every rank"):
        understand(load_task(str(tmp_path)))
    rows = "#include <vector>\nusing Rows = std::vector<int>;\nRows norm(const Rows& x) { return x; }\n"
    (tmp_path / "norm.cpp").write_text(rows)
    (tmp_path / "task.toml").write_text(f'{head}return = "blocks"\n')
    understand(load_task(str(tmp_path)))  # what is returned may be rows too
    (tmp_path / "norm.cpp").write_text(SERIAL)
    own_inputs = '[inputs]\ncode = "inputs.hpp"\n[inputs.benchmark]\nn = 100\n'
    (tmp_path / "inputs.hpp").write_text("void agentpar_inputs(Arguments&, const Dims&, Random&) {}\n")
    (tmp_path / "task.toml").write_text(f'{head}return = "blocks"\n{own_inputs}')
    with pytest.raises(TaskError, match="only arrays and containers"):
        understand(load_task(str(tmp_path)))
    (tmp_path / "task.toml").write_text(head.replace("mpi", "openmp") + 'x = "root"\n')
    with pytest.raises(TaskError, match="only ranks own data"):
        load_task(str(tmp_path))
