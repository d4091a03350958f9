import pytest

from agentpar.proposers.pattern import pattern_for
from agentpar.proposers.python_pattern import parallel_calls, python_pattern_of

HEAD = "import multiprocessing as mp\nfrom concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("def f(xs):\n    return list(map(g, xs))", "serial"),
        ("def f(xs):\n    return np.sum(xs)", "numpy"),
        ("def f(xs):\n    with mp.Pool(2) as pool:\n        return pool.map(g, xs)", "process-pool"),
        ("def f(xs):\n    pool = mp.Pool(2)\n    pool.close()", "process-pool"),
        ("P = {}\ndef f(xs):\n    P[2] = mp.get_context('fork').Pool(2)", "process-pool+kept"),
        ("def f(xs):\n    with ProcessPoolExecutor(2) as pool:\n        pool.submit(g, xs)", "executor"),
        (
            "def f(xs):\n    mp.Process(target=g).start()\n    shared_memory.SharedMemory(size=8)",
            "processes+shared-memory",
        ),
        (
            "def f(xs):\n    with ThreadPoolExecutor() as pool:\n        return np.array(pool.map(g, xs))",
            "threads+numpy",
        ),
        ("from mpi4py import MPI\ndef f(xs):\n    MPI.COMM_WORLD.Allgatherv(xs, ys)", "mpi4py+allgather"),
        ("def f(xs):\n    c = MPI.COMM_WORLD\n    c.send(1, 0)\n    c.allreduce(2)", "mpi4py+allreduce+send"),
        ("def f(", "serial"),
    ],
)
def test_a_construct_is_named(code: str, pattern: str) -> None:
    assert python_pattern_of(HEAD + code) == pattern


def test_what_is_called_is_told_in_order() -> None:
    code = "def f(xs):\n    with mp.Pool(2) as pool:\n        pool.starmap(g, xs)\n        pool.starmap(h, xs)\n"
    assert parallel_calls(code) == "Pool, starmap"
    assert parallel_calls("def f(xs):\n    MPI.COMM_WORLD.Allgather(xs, xs)") == "Allgather"
    assert parallel_calls("def f(xs):\n    return gather(xs)") == ""


def test_each_target_names_them_in_its_language() -> None:
    assert pattern_for("mpi4py")("from mpi4py import MPI\nMPI.COMM_WORLD.bcast(1)") == "mpi4py+bcast"
    assert pattern_for("openmp")("#pragma omp parallel for\nfor (;;) ;") == "parallel-for"
