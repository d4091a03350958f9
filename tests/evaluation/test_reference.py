from pathlib import Path

import pytest

from agentpar.errors import ReferenceFailed, TaskError
from tests.evaluation.courtroom import cheapest_kind, courtroom

pytestmark = pytest.mark.sandbox

HEAD = "#include <cstdio>\n#include <cstdlib>\n#include <ctime>\n#include <vector>\n"
SIGNATURE = "void scale(const std::vector<double>& x, std::vector<double>& y, int n)"
LOOP = "for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i];"
DETERMINISTIC = f"{HEAD}{SIGNATURE} {{ {LOOP} }}\n"


async def refusal(tmp_path: Path, source: str, **options: object) -> TaskError:
    path = tmp_path / "kernel.cpp"
    path.write_text(source)
    with pytest.raises(TaskError) as refused:
        async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False, **options):
            pass
    return refused.value


@pytest.mark.parametrize(
    ("globals_", "last", "words"),
    [
        ("static double calls;", "if (n > 0) y[0] += ++calls;", "not deterministic"),
        ("", "timespec t; clock_gettime(CLOCK_MONOTONIC, &t); if (n > 0) y[0] = t.tv_nsec;", "not deterministic"),
        ("", "if (n > 0) y[0] = (double)(size_t)y.data();", "not deterministic"),
    ],
    ids=["counts its calls", "reads the clock", "depends on addresses"],
)
async def test_a_reference_is_refused_that(tmp_path: Path, globals_: str, last: str, words: str) -> None:
    error = await refusal(tmp_path, f"{HEAD}{globals_}\n{SIGNATURE} {{ {LOOP} {last} }}\n")
    assert isinstance(error, ReferenceFailed) and error.exit_code == 4
    assert words in str(error)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("abort();", "abort"),
        ("if (n == 64) exit(0);", "left"),
        ("throw 1;", "threw"),
        ("for (volatile int i = 0; n > 30;) i = 1;", "hanging"),
    ],
    ids=["aborts", "exits", "throws", "hangs"],
)
async def test_a_reference_is_no_oracle_that(tmp_path: Path, last: str, words: str) -> None:
    error = await refusal(tmp_path, f"{HEAD}{SIGNATURE} {{ {LOOP} {last} }}\n")
    assert isinstance(error, ReferenceFailed) and error.exit_code == 4
    assert words in str(error).lower() and "which the reference does not" not in str(error), error


async def test_sizes_that_lead_out_of_bounds_are_answered_with_the_option_that_mends_them(tmp_path: Path) -> None:
    error = await refusal(tmp_path, DETERMINISTIC, sizes="x=n,y=n/2")
    assert not isinstance(error, ReferenceFailed) and error.exit_code == 2
    assert "--sizes" in str(error) and "kernel.cpp:5" in str(error)


PAIRS = "void scale(const double* x, double* y, int n)"
SUMS = "for (int i = 0; i < n; ++i) y[i] = x[2 * i] + x[2 * i + 1];"


async def test_a_length_that_is_too_short_at_every_small_size_is_not_taken_for_a_function_that_refuses_these(
    tmp_path: Path,
) -> None:
    error = await refusal(tmp_path, f"{HEAD}{PAIRS} {{ {SUMS} if (n > 0) y[0] += x[6]; }}\n")
    assert not isinstance(error, ReferenceFailed) and error.exit_code == 2
    assert "out of bounds" in str(error) and "--sizes 'x=2*n,y=n'" in str(error)


@pytest.mark.parametrize(
    ("small", "sizes"),
    [("if (n > 0) y[0] += x[6];", "x=2*n,y=n"), ("if (n > 0 && n < 4) throw n;", "")],
    ids=["reads further, at sizes that were given", "throws"],
)
async def test_small_sizes_may_be_refused_by_a_function_that(tmp_path: Path, small: str, sizes: str) -> None:
    path = tmp_path / "kernel.cpp"
    path.write_text(f"{HEAD}{PAIRS} {{ {small} {SUMS} }}\n")
    async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False, sizes=sizes) as court:
        assert court.prepared.sizes.refused == ((1,), (2,), (3,))


async def test_lengths_that_are_too_short_in_some_proportions_are_found_before_any_candidate_is(tmp_path: Path) -> None:
    end = "static int end(int n) { int k = 0; while (k < 2 * n) ++k; return k; }"
    odd = PAIRS.replace("int n", "const double* z, int n, int m")
    body = f"{SUMS} for (int j = 0; j < m; ++j) y[0] += z[j]; if (m > 10 * n) y[0] += x[end(n)];"
    error = await refusal(tmp_path, f"{HEAD}{end}\n{odd} {{ if (n < 1) return; {body} }}\n")
    assert error.exit_code == 2 and "--sizes 'x=2*n," in str(error)


async def test_a_window_of_two_dimensions_runs_at_the_smallest_sizes(tmp_path: Path) -> None:
    path = tmp_path / "kernel.cpp"
    serial = (
        "void scale(const float* in, const float* k, float* out, int h, int w, int r) {\n"
        "    for (int y = 0; y < h; ++y)\n"
        "        for (int x = 0; x < w; ++x) {\n"
        "            float sum = 0;\n"
        "            for (int dy = -r; dy <= r; ++dy)\n"
        "                for (int dx = -r; dx <= r; ++dx)\n"
        "                    if (y + dy >= 0 && y + dy < h && x + dx >= 0 && x + dx < w)\n"
        "                        sum += in[(y + dy) * w + x + dx] * k[(dy + r) * (2 * r + 1) + dx + r];\n"
        "            out[y * w + x] = sum;\n"
        "        }\n"
        "}\n"
    )
    path.write_text(serial)
    async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False) as court:
        assert court.prepared.sizes.refused == ()
        assert await court.failure(serial.replace("    for (int y", "#pragma omp parallel for\n    for (int y")) is None


async def test_a_source_that_does_not_compile_is_answered_with_the_compilers_line(tmp_path: Path) -> None:
    error = await refusal(tmp_path, DETERMINISTIC.replace("2.0 * x[i]", "2.0 * z[i]"))
    assert not isinstance(error, ReferenceFailed) and error.exit_code == 2
    assert ".cpp:5:" in str(error) and "z" in str(error)


async def test_a_compiler_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = await refusal(tmp_path, DETERMINISTIC, compiler="g++-99")
    assert error.exit_code == 2 and "g++-99" in str(error)


async def test_benchmark_sizes_must_name_the_dimensions(tmp_path: Path) -> None:
    error = await refusal(tmp_path, DETERMINISTIC, benchmark={"m": 10})
    assert error.exit_code == 2 and "one for each of n: n missing, m unknown" in str(error)


async def test_a_benchmark_beyond_what_can_be_carried_is_the_users_to_mend(tmp_path: Path) -> None:
    # Two vectors of 560 MB do not fit into the judge's buffer of 1 GiB.
    error = await refusal(tmp_path, DETERMINISTIC, benchmark={"n": 70_000_000})
    assert not isinstance(error, ReferenceFailed) and error.exit_code == 2, error


async def test_an_output_that_no_input_changes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kernel.cpp"
    count = "int over = 0; for (int i = 0; i < n; ++i) over += x[i] > 1e6; return over;"
    path.write_text(f"{HEAD}{SIGNATURE.replace('void', 'int')} {{ {LOOP} {count} }}\n")
    async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False) as court:
        assert court.prepared.sizes.constant_outputs == ("the result",)
