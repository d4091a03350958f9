import pytest

from agentpar.proposers.pattern import pattern_of, pragmas


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("for (;;) {}", "serial"),
        ("#pragma omp parallel for\nfor (;;) {}", "parallel-for"),
        ("  #pragma omp parallel for reduction(+:s) \\\n      schedule(static)\n", "parallel-for+reduction"),
        ("#pragma omp parallel\n{\n#pragma omp for\n#pragma omp atomic\n}", "parallel-region+atomic"),
        ("#pragma omp parallel for collapse(2) simd reduction(+:s)", "parallel-for+reduction+collapse"),
        ("#pragma omp parallel\n#pragma omp single\n#pragma omp task\n", "tasks"),
        ("#pragma omp simd\n", "simd"),
        ("std::thread t(f);", "threads"),
        ("MPI_Barrier(MPI_COMM_WORLD);", "mpi"),
        ("#pragma omp parallel for\nfor (;;) {}\nMPI_Barrier(MPI_COMM_WORLD);", "mpi+parallel-for"),
        ("std::sort(std::execution::par, a, b);", "stdpar"),
        ("// parallel for, in words alone", "serial"),
    ],
)
def test_the_construct_is_named_for_the_archives_cells(source: str, pattern: str) -> None:
    assert pattern_of(source) == pattern


def test_directives_are_told_in_one_line_each_once() -> None:
    source = "#pragma omp parallel for \\\n    schedule(static)\n#pragma omp simd\n#pragma omp simd\n"
    assert pragmas(source) == "parallel for schedule(static); simd"
    assert len(pragmas("\n".join(f"#pragma omp parallel for num_threads({i})" for i in range(99)))) <= 160
