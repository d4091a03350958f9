from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.languages.cpp import find_function
from agentpar.languages.inputs import parse_benchmark
from agentpar.languages.sizes import infer_inputs, merge_sizes, parse_ranges, parse_sizes

GEMM = "void gemm(const double* A, const double* B, double* C, int M, int K, double* W) { W = C; }"
FUNCTION = find_function(GEMM, "gemm", path=Path("k.cpp"))
SIZES = {"A": "M*K", "B": "K*N", "C": "M*N", "W": "N"}


def test_sizes_and_ranges_are_read() -> None:
    assert parse_sizes("A=M*K, B=K*N,grid=rows;cols") == {"A": "M*K", "B": "K*N", "grid": "rows;cols"}
    assert parse_ranges("x=0:1,k=-1.5:20") == {"x": (0, 1), "k": (-1.5, 20)}
    assert parse_sizes("") == {}
    assert parse_sizes("A=-(n+1)*2/m%3,B=0") == {"A": "-(n+1)*2/m%3", "B": "0"}
    assert parse_ranges("x=0:n-1") == {"x": (0, "n-1")}
    assert parse_benchmark("n=1000, m=7") == {"n": 1000, "m": 7}


@pytest.mark.parametrize(
    "text", ["A", "A=", "=n", "A=M;K;", "A=system('x')", "1=2", "A=?", "A=(n", "A=n)", "A=n m", "A=*n",
             "A=n+", "A=08", "A=1.5", "A=n//m", "A=int", "A=2*class",
             "A=" + "9" * 30, "A=" + "(" * 999 + "n" + ")" * 999],
    ids=lambda text: text[:20],
)  # fmt: skip
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


def test_bounds_are_numbers_to_the_last_digit_or_expressions_over_dimensions() -> None:
    given = {"A": (-16777217.0, 1e300), "B": (0.1, "2*N-1")}
    ranges = merge_sizes(None, FUNCTION, SIZES, given, {}).ranges
    assert ranges["A"] == ("-16777217", "1e+300") and ranges["B"] == ("0.1", "2*N-1")


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((0, "q-1"), "`q`, which is no dimension"),
        ((2, 1), "is empty"),
        ((0, "n n"), "no interval"),
        ((0, float("inf")), "no interval"),
    ],
)
def test_bounds_that_mean_nothing_are_refused(bounds: tuple[float | str, float | str], words: str) -> None:
    with pytest.raises(TaskError, match=f"`A=.*{words}"):
        merge_sizes(None, FUNCTION, SIZES, {"A": bounds}, {})


@pytest.mark.parametrize(
    ("name", "generator", "words"), [("M", "sorted", "holds one value"), ("A", "graph", "holds no vertices")]
)
def test_a_generator_that_cannot_arrange_a_parameter_is_refused(name: str, generator: str, words: str) -> None:
    with pytest.raises(TaskError, match=f"`{name}` {words}"):
        merge_sizes(None, FUNCTION, SIZES, {}, {name: generator})


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


def test_strings_in_a_container_have_a_length_of_their_own() -> None:
    source = "void f(std::vector<std::string>& names, std::vector<std::vector<std::string>>& cells) {}"
    function = find_function(source, "f", path=Path("k.cpp"))
    plan = merge_sizes(None, function, {"names": "n;len", "cells": "rows;cols;1:len"}, {"names": (65, 90)}, {})
    assert plan.lengths == {"names": ("n", "len"), "cells": ("rows", "cols", "1:len")}
    assert plan.dims == {"cols": 1, "len": 1, "n": 1, "rows": 1}
    assert plan.ranges == {"names": ("65", "90"), "cells": ("97", "122")}
    plan = merge_sizes(None, function, {"names": "n", "cells": "rows;cols"}, {}, {})
    assert plan.lengths == {"names": ("n", "0:12"), "cells": ("rows", "cols", "0:12")}


def test_only_lengths_inside_a_nest_vary() -> None:
    assert parse_sizes("lists=n;0:m") == {"lists": "n;0:m"}
    for wrong in ("lists=0:n;m", "lists=n;0:", "lists=n;0:1:2"):
        with pytest.raises(TaskError, match="--sizes"):
            parse_sizes(wrong)


def test_a_dimension_that_gives_way_to_what_is_given_is_renamed_in_ranges_too() -> None:
    source = "void f(const int* i, const double* x, double* y, int n) { for (int k = 0; k < n; ++k) y[k] = x[i[k]]; }"
    function = find_function(source, "f", path=Path("k.cpp"))
    inferred = infer_inputs(source, function)
    assert inferred.ranges["i"] == ("0", "n_x-1")
    plan = merge_sizes(inferred, function, {"x": "2*n"}, {}, {})
    assert plan.ranges["i"] == ("0", "(2*n)-1")
    assert plan.dims == {"n": 1}


MARK = """\
void mark(const std::vector<int>& keys, std::vector<double>& marks) {
    for (std::size_t i = 0; i < keys.size(); ++i) marks[keys[i]] = 1.0;
}
"""


@pytest.mark.parametrize(
    ("sizes", "generators"),
    [
        ({}, {"keys": "permutation"}),
        ({"keys": "m", "marks": "m"}, {"keys": "permutation"}),
        ({"keys": "m", "marks": "n"}, {}),
    ],
)
def test_keys_of_another_length_than_their_range_are_no_permutation(
    sizes: dict[str, str], generators: dict[str, str]
) -> None:
    function = find_function(MARK, "mark", path=Path("k.cpp"))
    assert merge_sizes(infer_inputs(MARK, function), function, sizes, {}, {}).generators == generators


def test_what_is_inferred_of_the_others_stands_where_one_length_has_to_be_given() -> None:
    source = (
        "void f(const std::vector<int>& first, const std::vector<int>& col, int cols, std::vector<int>& at,\n"
        "       std::vector<int>& out) {\n"
        "    int rows = (int)first.size() - 1;\n"
        "    for (int c = 0; c <= cols; ++c) at[c] = 0;\n"
        "    for (int r = 0; r < rows; ++r)\n"
        "        for (int k = first[r]; k < first[r + 1]; ++k) at[col[k] + 1]++;\n"
        "    std::vector<int> next(at.begin(), at.end() - 1);\n"
        "    for (int r = 0; r < rows; ++r)\n"
        "        for (int k = first[r]; k < first[r + 1]; ++k) out[next[col[k]] += 2] = r;\n}\n"
    )
    function = find_function(source, "f", path=Path("k.cpp"))
    with pytest.raises(TaskError, match=r"out=\?"):
        infer_inputs(source, function)
    plan = merge_sizes(infer_inputs(source, function, {"out"}), function, {"out": "nnz"}, {}, {})
    assert [plan.lengths[name] for name in ("out", "first", "at")] == [("nnz",), ("rows+1",), ("cols+1",)]
    assert (plan.ranges["col"], plan.generators["first"]) == (("0", "cols+1-2"), "offsets")
