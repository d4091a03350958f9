"""What the rewrites offer for the target `cuda`."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from offers import proposals
from patterns import pattern

from agentpar.candidate import Proposal
from agentpar.evaluation.driver import trampoline
from agentpar.languages.cpp import find_function
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.sandbox.cuda import find_toolkit
from agentpar.task_file import load_task

SHADE = """\
#include <math.h>
void shade(const float *restrict light, float *restrict pixel, int n) {
    for (int i = 0; i < n; i++) pixel[i] = sqrtf(fabsf(light[i]));
}
"""
EXAMPLES = Path(__file__).parents[2] / "examples"
NORM = """\
#include <algorithm>
double norm(const double* x, const double* y, int n) {
    double sum = 0.0, top = 0.0;
    for (int i = 0; i < n; ++i) {
        sum += x[i] * y[i];
        top = std::max(top, x[i]);
    }
    return sum / top;
}
"""


async def offered(source: str, entry: str, pointers: str = "host") -> Sequence[Proposal]:
    state = SearchState(source=source, entry=entry, target="cuda", seed=0, judged=[])
    return await RewriteProposer(pointers=pointers).propose(state, 100)


async def of_example(name: str, entry: str) -> list[str]:
    return [each.source for each in await offered((EXAMPLES / f"{name}.cpp").read_text(), entry)]


async def test_a_map_becomes_a_kernel_with_its_launch_and_copies() -> None:
    first = (await of_example("spmv", "spmv"))[0]
    assert "__global__ void spmv_line_8(" in first and "spmv_line_8<<<" in first
    assert "on_device::Copy<const double> value_copy(value.data(), value.size());" in first
    assert "on_device::Copy<double> y_copy(y.data(), y.size());" in first
    assert "#pragma" not in first


async def test_a_nest_whose_loops_are_all_free_becomes_one_kernel_over_both() -> None:
    sources = await of_example("mandelbrot", "mandelbrot")
    assert "const std::size_t total = row_count * col_count;" in sources[0]


async def test_functions_that_a_kernel_calls_are_marked_for_the_device() -> None:
    assert "__host__ __device__ static int escape(" in (await of_example("mandelbrot", "mandelbrot"))[0]


async def test_sums_and_extremes_go_through_cub_block_by_block() -> None:
    (first, *_) = await offered(NORM, "norm")
    assert "#include <cub/block/block_reduce.cuh>" in first.source
    assert "cub::BlockReduce<double, 256>(sum_storage).Reduce(sum, sum_fold)" in first.source
    assert "double top = top_so_far;" in first.source
    assert "for (const double& part : sum_parts) sum = sum + part;" in first.source


async def test_the_length_of_a_pointer_is_that_of_the_size_that_goes_with_it() -> None:
    (first, *_) = await offered(NORM, "norm")
    assert "on_device::Copy<const double> x_copy(x, static_cast<std::size_t>(n));" in first.source


async def test_a_loop_over_a_container_takes_its_elements_by_number() -> None:
    (first, *_) = await offered(
        "#include <vector>\nvoid twice(std::vector<int>& v) {\n    for (auto& x : v) x *= 2;\n}\n", "twice"
    )
    assert "x = v[at];" in first.source and "at_end = v.size();" in first.source


async def test_a_body_on_one_line_keeps_what_it_does() -> None:
    (first, *_) = await offered(
        "void twice(int n, int* v) {\n    for (int i = 0; i < n; ++i) { v[i] *= 2; }\n}\n", "twice"
    )
    assert "{ v[i] *= 2; }" in first.source


async def test_device_pointers_are_not_copied() -> None:
    (first, *_) = await offered(NORM, "norm", pointers="device")
    assert "x_copy" not in first.source and "norm_line_4<<<static_cast<unsigned>(blocks), 256>>>(x, y, " in first.source


async def test_updates_that_iterations_share_become_atomic_ones_of_the_device() -> None:
    sources = await of_example("histogram", "histogram")
    assert any("cuda::atomic_ref<" in each and ".fetch_add(1)" in each for each in sources)


@pytest.mark.parametrize("name", ["quick", "fib"])
async def test_what_has_no_counterpart_gives_nothing(name: str) -> None:
    assert not await proposals(pattern(name), name, target="cuda")


async def test_what_is_offered_compiles(tmp_path: Path) -> None:
    toolkit = find_toolkit()
    sources = {
        "norm": (await offered(NORM, "norm"))[0].source,
        "shade": (await offered(SHADE, "shade"))[0].source,  # C, which nvcc takes for C++
        "nbody": (await of_example("nbody", "nbody"))[0],
        "histogram": (await of_example("histogram", "histogram"))[0],
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.cu").write_text(source)
    line = [toolkit / "bin/nvcc", "-std=c++17", "--expt-relaxed-constexpr", "-arch=sm_80", "-ptx", "-odir", tmp_path]
    built = subprocess.run([*line, *tmp_path.glob("*.cu")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


async def test_the_signature_of_a_c_function_is_asked_for_in_words_of_cpp(tmp_path: Path) -> None:
    path = tmp_path / "shade.c"
    path.write_text(SHADE)
    task = load_task(f"{path}::shade", {"target": "cuda"})
    asked = trampoline(task, find_function(task.source, "shade", path=path))
    built = "void shade(const float *__restrict__ light, float *__restrict__ pixel, int n);\n" + asked
    line = ["g++", "-x", "c++", "-fsyntax-only", "-"]
    done = subprocess.run(line, input=built, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
