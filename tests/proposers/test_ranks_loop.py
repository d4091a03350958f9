"""What the rewrites offer for the targets `mpi` and `mpi+openmp`."""

import os
import subprocess
from pathlib import Path

import pytest
from offers import proposals
from patterns import pattern

from agentpar.proposers.rewrite.lowering import lowered
from agentpar.skeletons import header_of

EXAMPLES = Path(__file__).parents[2] / "examples"


async def first(name: str, entry: str) -> str:
    offered = await proposals((EXAMPLES / name).read_text(), entry, target="mpi")
    return offered[0].source


def loop(
    body: str, *, clauses: str = "", head: str = "int i = 0; i < n; ++i", before: str = "", after: str = ""
) -> str:
    start = f"#include <vector>\n\nint f(std::vector<int>& v, int n, int m) {{\n    int s = 0;\n{before}"
    shared = f"    #pragma omp parallel for {clauses}\n    for ({head}) {{\n        {body}\n    }}\n"
    return f"{start}{shared}{after}    return s;\n}}\n"


@pytest.mark.parametrize(
    ("body", "gathered"),
    [
        ("v[i] = i;", "parallel::gather_rows<int>(v, 0, n);"),
        ("v[i + 1] = i;", "parallel::gather_rows<int>(v, 0, n, 1, 1);"),
        ("v[m + i - 2] = i;", "parallel::gather_rows<int>(v, 0, n, 1, m - 2);"),
        ("for (int j = 0; j < m; ++j) v[i * m + j] = j;", "parallel::gather_rows<int>(v, 0, n, m);"),
        ("v[2 * i] = 1; v[2 * i + 1] = 2;", "parallel::gather_rows<int>(v, 0, n, 2);"),
        ("for (int j = 0; j < m; ++j) v[(i * m + j) * 3 + 2] = j;", "parallel::gather_rows<int>(v, 0, n, m * 3);"),
        ("v[static_cast<std::size_t>(i)] = 1;", "parallel::gather_rows<int>(v, 0, n);"),
    ],
)
def test_rows_that_follow_the_counter_are_gathered(body: str, gathered: str) -> None:
    text = lowered(loop(body), "mpi")
    assert text is not None
    assert gathered in text
    assert "for (int i = own.begin; i < own.end; ++i) {" in text


@pytest.mark.parametrize(
    "body",
    [
        "v[m] = i;",  # every iteration the same
        "v[v[i]] = i;",  # anywhere
        "v[i * i] = 1;",
        "v[n - i] = 1;",
        "v[i] = 1; v[2 * i] = 1;",  # rows of two widths
        "s = i;",  # a plain variable that no clause names
    ],
)
def test_what_does_not_follow_the_counter_is_not_offered(body: str) -> None:
    assert lowered(loop(body), "mpi") is None


def test_a_sum_counts_what_it_held_before_once() -> None:
    text = lowered(loop("s += v[i];", clauses="reduction(+:s)"), "mpi")
    assert text is not None
    assert "parallel::begin_anew(s, 0);" in text
    assert "parallel::all_reduce(s, MPI_SUM);" in text
    largest = lowered(loop("s = std::max(s, v[i]);", clauses="reduction(max:s)"), "mpi")
    assert largest is not None
    assert "begin_anew" not in largest
    assert "parallel::all_reduce(s, MPI_MAX);" in largest


def test_a_loop_that_is_another_ones_whole_body_becomes_a_block() -> None:
    text = lowered(loop("v[i] += k;", before="    for (int k = 0; k < m; ++k)\n"), "mpi")
    assert text is not None
    assert text.count("{") == text.count("}")
    assert "for (int k = 0; k < m; ++k)\n    {\n        const auto own" in text


def test_tasks_atomics_and_calls_of_parallel_algorithms_are_not_offered() -> None:
    assert lowered(loop("#pragma omp atomic\n        v[0] += i;"), "mpi") is None
    assert (
        lowered("#include <vector>\nvoid f(std::vector<int>& v) { parallel::sort(v.begin(), v.end()); }", "mpi") is None
    )


async def test_examples_get_blocks_of_their_outer_loop() -> None:
    assert "parallel::gather_rows<int>(C, 0, M, N);" in await first("matmul.cpp", "matmul")
    assert "parallel::gather_rows<int>(image, 0, height, width);" in await first("mandelbrot.cpp", "mandelbrot")
    assert (await first("nbody.cpp", "nbody")).count("parallel::gather_rows<std::size_t>(bodies, 0") == 2
    assert "parallel::all_reduce(inertia, MPI_SUM);" in await first("kmeans.cpp", "kmeans_assign")


def test_the_header_of_a_source_for_ranks_speaks_of_mpi_alone() -> None:
    text = lowered(loop("v[i] = i;"), "mpi")
    assert text is not None
    header = header_of(text, "mpi")
    assert "#include <mpi.h>" in header
    assert "#include <thread>" not in header


def test_threads_share_what_a_rank_has_of_the_loop() -> None:
    text = lowered(loop("s += v[i]; v[i] = 0;", clauses="reduction(+:s) schedule(dynamic,16)"), "mpi+openmp")
    assert text is not None
    assert (
        "    #pragma omp parallel for reduction(+:s) schedule(dynamic,16)\n"
        "    for (int i = own.begin; i < own.end; ++i) {\n" in text
    )
    assert "parallel::all_reduce(s, MPI_SUM);" in text
    assert "parallel::gather_rows<int>(v, 0, n);" in text
    assert "#include <mpi.h>" in header_of(text, "mpi+openmp")


async def test_threads_of_a_rank_are_told_how_complex_numbers_add_up() -> None:
    offered = await proposals(pattern("inner_product"), "inner_product", target="mpi+openmp")
    reduced = [each.source for each in offered if "reduction(+:s)" in each.source]
    assert reduced and all("#pragma omp declare reduction(+ : std::complex<double>" in each for each in reduced)


def test_what_ranks_cannot_share_is_not_left_to_threads_alone() -> None:
    assert lowered(loop("v[n - i] = 1;"), "mpi+openmp") is None
    assert lowered(loop("#pragma omp atomic\n        v[0] += i;"), "mpi+openmp") is None


async def test_vector_directives_and_reductions_of_short_arrays_stay_with_the_threads_of_a_rank() -> None:
    product = (await proposals((EXAMPLES / "matmul.cpp").read_text(), "matmul", target="mpi+openmp"))[0]
    assert "#pragma omp simd" in product.source
    assert product.strategy == "interchange j and k, simd inside; MPI ranks with threads over i at line 6"
    source = """\
void count(const int* key, int n, long* bins) {
    for (int i = 0; i < n; ++i) {
        bins[key[i] & 15] += i;
    }
}
"""
    bins = next(each.source for each in await proposals(source, "count", target="mpi+openmp"))
    assert 0 < bins.find("reduction(+:bins[:16])") < bins.rfind("MPI_SUM")


async def test_an_array_that_may_be_longer_than_a_stack_is_reduced_by_ranks_alone() -> None:
    bins = (await proposals((EXAMPLES / "histogram.cpp").read_text(), "histogram", target="mpi+openmp"))[0].source
    assert "omp" not in bins.replace("#include", "")
    assert "all_reduce(bins_data, bins_size, MPI_SUM)" in bins


IN_C = """\
#include <math.h>

struct sums {
    double all, largest;
};

static double shifted(double x) { return sqrt(x) + 1.0; }

struct sums work(int n, int m, const double* a, double* c, unsigned* bins) {
    double all = 0.5, largest = -1.0;
    %s
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < m; ++j) {
            c[i * m + j] = shifted(a[i * m + j]);
            all += c[i * m + j];
            if (c[i * m + j] > largest) largest = c[i * m + j];
        }
    }
    %s
    for (int k = 0; k < n; ++k) {
        bins[k %% 16] += 1;
    }
    struct sums found = {all, largest};
    return found;
}
"""
SHARED = (
    "#pragma omp parallel for reduction(+:all) reduction(max:largest)",
    "#pragma omp parallel for reduction(+:bins[:16])",
)
MAIN = """
int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    static double a[77], c[77];
    unsigned bins[16] = {1};
    for (int i = 0; i < 77; ++i) a[i] = i;
    struct sums found = work(11, 7, a, c, bins);
    double all = 0.5;
    int wrong = found.largest != sqrt(76.0) + 1.0 || bins[0] != 2 || bins[10] != 1 || bins[11] != 0;
    for (int i = 0; i < 77; ++i) all += sqrt(a[i]) + 1.0, wrong |= c[i] != sqrt(a[i]) + 1.0;
    wrong |= fabs(all - found.all) > 1e-9;
    MPI_Finalize();
    return wrong;
}
"""


@pytest.mark.parametrize("target", ["mpi", "mpi+openmp"])
def test_c_gets_blocks_too_which_come_to_the_same_on_every_rank(target: str, tmp_path: Path) -> None:
    text = lowered(IN_C % SHARED, target)
    assert text is not None
    assert ("#pragma omp parallel for" in text) == (target == "mpi+openmp")
    (tmp_path / "work.c").write_text(text + MAIN)
    warned = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"]
    build = ["mpicc", "-std=c11", *warned, *(["-fopenmp"] if "openmp" in target else []), "-o", "work", "work.c", "-lm"]
    subprocess.run(build, cwd=tmp_path, check=True)
    own = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "2"}
    ran = ["mpirun", "--oversubscribe", "-n", "3", "./work"]
    subprocess.run(ran, cwd=tmp_path, check=True, env={**os.environ, **own}, timeout=60)


def test_of_c_what_mpi_has_no_type_for_and_names_that_are_taken_are_not_offered() -> None:
    assert lowered(IN_C.replace("unsigned*", "_Bool*") % SHARED, "mpi") is None
    assert lowered(IN_C.replace("shifted", "ranks_own_block") % SHARED, "mpi") is None
    assert lowered(IN_C % SHARED, "threads") is None
