from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.languages.cpp import find_function, list_functions
from agentpar.languages.sizes import InputPlan, infer_inputs
from tests.languages.kernels import KERNELS


def plan_of(name: str) -> InputPlan:
    source = KERNELS[name]
    return infer_inputs(source, find_function(source, list_functions(source)[-1], path=Path("k.cpp")))


def lengths(name: str) -> dict[str, str]:
    return {parameter: ";".join(parts) for parameter, parts in plan_of(name).lengths.items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gemm", "A=M*K B=K*N C=M*N"),
        ("gemmp", "A=M*K B=K*N C=M*N"),
        ("square", "A=n*n C=n*n"),
        ("tile", "A=n*n B=n*n"),
        ("jacobi", "in=rows*cols out=rows*cols"),
        ("sweeps", "a=rows*cols b=rows*cols"),
        ("nest", "grid=rows;cols out=rows;cols"),
        ("c3", "in=nz*ny*nx out=nz*ny*nx"),
        ("life", "g=rows*cols o=rows*cols"),
        ("prefix", "in=n out=n"),
        ("hist", "data=n bins=n_bins"),
        ("hist3", "data=n bins=nbins"),
        ("hist4", "data=n bins=nbins"),
        ("spmv", "rowptr=rows+1 col=nnz val=nnz x=n y=rows"),
        ("spmv2", "rowptr=rows+1 col=nnz val=nnz x=n y=rows"),
        ("bfs", "offs=rows+1 edges=nnz dist=rows"),
        ("nbody", "b=n"),
        ("nbody2", "x=n y=n vx=n vy=n"),
        ("mandel", "out=height*width"),
        ("kmeans", "points=n*dim centroids=k*dim labels=n"),
        ("dot", "a=n b=n"),
        ("axpy", "x=n y=n"),
        ("minsz", "a=n b=n"),
        ("desc", "a=n b=n"),
        ("tri", "L=n*n b=n x=n"),
        ("xyz", "pos=3*n"),
        ("arr", "p=n;3"),
        ("conv", "in=n w=k out=n"),
        ("scatter", "in=n perm=n out=n"),
        ("helper", "m=rows*cols r=rows"),
        ("sorted", "v=n"),
        ("sum", "v=n"),
        ("bsearch", "v=n"),
        ("count", "s=n"),
        ("filt", "in=n out=0"),
        ("qsort", "v=hi+1"),
        ("mm", "A=rows;n_B B=n_B;cols C=rows;cols"),
    ],
)
def test_lengths_follow_from_loops_and_subscripts(name: str, expected: str) -> None:
    assert lengths(name) == dict(pair.split("=", 1) for pair in expected.split())


def test_integers_that_are_sizes_are_scalars_of_equal_weight() -> None:
    plan = plan_of("gemm")
    assert plan.dims == {"M": 1, "N": 1, "K": 1}
    assert plan.scalars == {"M": "M", "N": "N", "K": "K"}


def test_sweeps_and_iterations_are_drawn_not_grown() -> None:
    assert plan_of("sweeps").ranges["steps"] == ("1", "4")
    assert plan_of("mandel").ranges["max_iter"] == ("50", "200")
    assert "steps" not in plan_of("sweeps").dims


@pytest.mark.parametrize("name", ["hist", "hist2"])
def test_data_that_index_bins_stay_within_them(name: str) -> None:
    plan = plan_of(name)
    assert plan.ranges["data"] == ("0", "n_bins-1")
    assert plan.dims == {"n": 64, "n_bins": 1}


def test_data_taken_modulo_or_scaled_stay_above_zero() -> None:
    assert plan_of("hist3").ranges["data"][0] == "0"
    assert plan_of("hist4").ranges["data"] == ("0", "0.999")


@pytest.mark.parametrize("name", ["spmv", "spmv2"])
def test_row_offsets_ascend_to_the_number_of_entries(name: str) -> None:
    plan = plan_of(name)
    assert plan.generators == {"rowptr": "offsets"}
    assert plan.ranges["rowptr"] == ("0", "nnz")
    assert plan.ranges["col"] == ("0", "n-1")
    assert plan.dims["nnz"] == 8 * plan.dims["rows"]


def test_a_start_vertex_lies_within_the_graph() -> None:
    assert plan_of("bfs").ranges["src"] == ("0", "rows-1")


def test_a_scatter_gets_a_permutation() -> None:
    assert plan_of("scatter").generators == {"perm": "permutation"}


def test_dimensions_of_inner_loops_and_filters_stay_small() -> None:
    assert plan_of("kmeans").dims == {"n": 64, "k": 1, "dim": 1}
    assert plan_of("conv").dims == {"n": 64, "k": 1}


def test_the_outermost_bound_is_the_size_of_a_function_of_scalars() -> None:
    plan = plan_of("pi")
    assert (plan.dims, plan.scalars) == ({"steps": 1}, {"steps": "steps"})


def test_values_are_positive_where_the_code_divides_or_takes_roots() -> None:
    assert plan_of("nbody").ranges == {"b": ("0.1", "1"), "dt": ("0.1", "1")}
    assert plan_of("gemm").ranges["A"] == ("-1", "1")


def test_the_start_of_a_range_is_zero() -> None:
    assert plan_of("qsort").ranges["lo"] == ("0", "0")


def test_entangled_variables_end_in_an_answer_soon() -> None:
    names = [f"v{i}" for i in range(14)]
    mixed = " ".join(f"{a} = {b} + {c};" for a in names for b, c in zip(names, names[3:], strict=False))
    declared = "int " + ", ".join(f"{name} = 0" for name in names)
    source = f"void f(double* a, int n) {{ {declared}; {mixed} for (int i = 0; i < n; ++i) a[v3] = a[i]; }}"
    plan = infer_inputs(source, find_function(source, "f", path=Path("k.cpp")))
    assert plan.lengths == {"a": ("n",)}


def test_broken_code_never_crashes_inference() -> None:
    source = "void f(double* a, int n) { for (;;) { a[n / 0] = a[-] a[[&]{}()] a[n %= 0x]; } if ( } "
    function = find_function(source, "f", path=Path("k.cpp"))
    with pytest.raises(TaskError, match="--sizes"):
        infer_inputs(source, function)


def test_a_length_that_cannot_be_inferred_comes_with_a_line_to_complete() -> None:
    with pytest.raises(TaskError, match=r"--sizes 'a=n,b=n_b,out=\?'"):
        plan_of("merge")
    with pytest.raises(TaskError, match=r"--sizes 'a=\?,b=\?'"):
        plan_of("unknown")
