from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.languages.cpp import find_function
from agentpar.languages.sizes import infer_inputs, merge_sizes, parse_ranges, parse_sizes

GEMM = "void gemm(const double* A, const double* B, double* C, int M, int K, double* W) { W = C; }"
FUNCTION = find_function(GEMM, "gemm", path=Path("k.cpp"))
SIZES = {"A": "M*K", "B": "K*N", "C": "M*N", "W": "N"}


def test_sizes_and_ranges_are_read() -> None:
    assert parse_sizes("A=M*K, B=K*N,grid=rows;cols") == {"A": "M*K", "B": "K*N", "grid": "rows;cols"}
    assert parse_ranges("x=0:1,k=-1.5:20") == {"x": (0, 1), "k": (-1.5, 20)}
    assert parse_sizes("") == {}


@pytest.mark.parametrize("text", ["A", "A=", "=n", "A=M;K;", "A=system('x')", "1=2", "A=?"])
def test_sizes_that_are_no_expressions_are_refused(text: str) -> None:
    with pytest.raises(TaskError, match="--sizes"):
        parse_sizes(text)


@pytest.mark.parametrize("text", ["x", "x=1", "x=2:1", "x=nan:1"])
def test_ranges_that_are_no_intervals_are_refused(text: str) -> None:
    with pytest.raises(TaskError, match="--ranges"):
        parse_ranges(text)


def test_given_sizes_stand_without_inference() -> None:
    plan = merge_sizes(None, FUNCTION, SIZES, {"A": (0, 1)}, {"B": "sorted"})
    assert plan.dims == {"K": 1, "M": 1, "N": 1}
    assert plan.lengths["B"] == ("K*N",)
    assert plan.scalars == {"M": "M", "K": "K"}
    assert plan.ranges["A"] == ("0", "1") and plan.ranges["C"] == ("-1", "1")
    assert plan.generators == {"B": "sorted"}


def test_given_sizes_override_inferred_ones() -> None:
    source = "void f(const double* a, double* b, int n) { for (int i = 0; i < n; ++i) b[i] = a[i]; }"
    function = find_function(source, "f", path=Path("k.cpp"))
    plan = merge_sizes(infer_inputs(source, function), function, {"a": "2*n+pad"}, {"n": (4, 9)}, {})
    assert plan.lengths == {"a": ("2*n+pad",), "b": ("n",)}
    assert plan.dims == {"n": 1, "pad": 1}
    assert "n" not in plan.ranges


def test_a_name_that_is_no_parameter_suggests_the_near_one() -> None:
    function = find_function("void f(const double* grid) {}", "f", path=Path("k.cpp"))
    with pytest.raises(TaskError, match="did you mean `grid`"):
        merge_sizes(None, function, {"gird": "n"}, {}, {})


def test_a_length_left_open_is_asked_for() -> None:
    with pytest.raises(TaskError, match=r"--sizes 'A=M\*K,B=\?'"):
        merge_sizes(None, FUNCTION, {"A": "M*K"}, {}, {})


def test_levels_of_a_nest_must_match() -> None:
    source = "void f(std::vector<std::vector<double>>& grid, std::vector<std::array<double, 3>>& p) {}"
    function = find_function(source, "f", path=Path("k.cpp"))
    plan = merge_sizes(None, function, {"grid": "rows;cols", "p": "n"}, {}, {})
    assert plan.lengths == {"grid": ("rows", "cols"), "p": ("n", "3")}
    with pytest.raises(TaskError, match="2 levels"):
        merge_sizes(None, function, {"grid": "rows", "p": "n"}, {}, {})
