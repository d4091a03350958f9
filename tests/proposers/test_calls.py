"""Which calls of standard algorithms are redirected to parallel ones, how, and in what order."""

from collections.abc import Sequence

import pytest
from kernels import kernel

from agentpar.candidate import Proposal
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.skeletons import INCLUDE

BEFORE = "#include <algorithm>\n#include <numeric>\n#include <vector>\n"


async def proposals(source: str, entry: str, *, redirects: bool = True) -> Sequence[Proposal]:
    state = SearchState(source=source, entry=entry, target="openmp", seed=0, judged=())
    return await RewriteProposer(redirects=redirects).propose(state, 200)


async def redirected(statement: str, before: str = BEFORE) -> bool:
    """Whether a function that consists of one statement has a redirected call in any proposal."""
    source = f"{before}int f(std::vector<int>& v, std::vector<int>& w) {{\n    {statement}\n    return 0;\n}}\n"
    return any("parallel::" in proposal.source for proposal in await proposals(source, "f"))


async def test_a_call_is_renamed_and_its_header_included_and_nothing_else_changes() -> None:
    source = kernel("sort_values")
    first = (await proposals(source, "sort_values"))[0]
    wanted = source.replace("#include <vector>\n", f"#include <vector>\n{INCLUDE}\n")
    assert first.source == wanted.replace("std::sort", "parallel::sort")
    assert (first.pattern, first.strategy) == ("library", "parallel sort at line 9")


async def test_a_name_that_using_makes_visible_is_a_site_too() -> None:
    first = (await proposals(kernel("sort_visible"), "sort_visible"))[0]
    assert "    parallel::stable_sort(v.begin()" in first.source


async def test_a_loop_around_a_call_comes_first_and_the_call_alone_later() -> None:
    offered = [proposal.source for proposal in await proposals(kernel("sort_rows"), "sort_rows")]
    assert "#pragma omp parallel for" in offered[0] and "parallel::" not in offered[0]
    alone = next(source for source in offered if "parallel::sort" in source)
    assert "#pragma" not in alone


async def test_all_loops_and_calls_of_a_function_come_first_then_each_alone() -> None:
    offered = [proposal.source for proposal in await proposals(kernel("scale_and_rank"), "scale_and_rank")]
    counts = [(source.count("#pragma omp"), source.count("parallel::"), source.count(INCLUDE)) for source in offered]
    assert counts[:3] == [(1, 3, 1), (1, 0, 0), (0, 3, 1)]
    alone = [source for source in offered if source.count("parallel::") == 1]
    assert "parallel::sort" in alone[0]


async def test_a_call_in_a_loop_that_stays_serial_is_redirected_with_all_else() -> None:
    first = (await proposals(kernel("counts_in_steps"), "counts_in_steps"))[0]
    assert "parallel::count_if" in first.source and "#pragma" not in first.source


@pytest.mark.parametrize(
    ("name", "combiner"),
    [
        ("norm", "[](double s, double x) { return s + x * x; }, std::plus<>())"),
        ("peak", "std::max(m, std::abs(x)); }, [](auto a, auto b) { return std::max(a, b); })"),
    ],
)
async def test_a_sum_of_something_else_than_elements_is_told_how_to_add_up_sums(name: str, combiner: str) -> None:
    assert combiner in (await proposals(kernel(name), name))[0].source


async def test_where_the_header_cannot_be_used_loops_are_shared_out_all_the_same() -> None:
    offered = [p.source for p in await proposals(kernel("scale_and_rank"), "scale_and_rank", redirects=False)]
    assert any("#pragma omp" in source for source in offered)
    assert not any("parallel::" in source for source in offered)


async def test_functions_that_collect_and_outputs_that_grow_are_left_alone() -> None:
    assert not await proposals(kernel("collect"), "collect")


@pytest.mark.parametrize(
    "call",
    [
        "std::sort(v.begin(), v.end());",
        "::std::sort(v.begin(), v.end());",
        "std :: sort ( v.begin(), v.end() );",
        "return std::reduce(v.begin(), v.end());",
        "w.erase(std::unique(w.begin(), w.end()), w.end());",
        "std::for_each(v.begin(), v.end(), [](int& x) { x *= 2; });",
        "std::transform(v.begin(), v.end(), w.begin(), w.begin(), [](int a, int b) { int c = a; c += b; return c; });",
    ],
)
async def test_these_calls_are_redirected(call: str) -> None:
    assert await redirected(call)


@pytest.mark.parametrize(
    "call",
    [
        "std::sort(std::execution::par, v.begin(), v.end());",
        "sort(v.begin(), v.end());",
        "std::ranges::sort(v);",
        "std::sort(v);",
        "auto f = std::for_each(v.begin(), v.end(), [](int& x) { x *= 2; });",
        "std::transform(v.begin(), v.end(), w.begin(), [n = 0](int x) mutable { return x + n++; });",
        "std::copy(v.begin(), v.end(), std::ostream_iterator<int>(std::cout));",
        "std::copy_if(v.begin(), v.end(), std::inserter(w, w.end()), [](int x) { return x > 0; });",
    ],
)
async def test_these_calls_are_left_alone(call: str) -> None:
    assert not await redirected(call)


@pytest.mark.parametrize(
    "before",
    [
        f"{BEFORE}namespace parallel {{ int threads = 2; }}\n",
        f"{BEFORE}static bool parallel = true;\n",
    ],
)
async def test_a_source_with_something_called_parallel_gets_no_such_calls(before: str) -> None:
    assert not await redirected("std::sort(v.begin(), v.end());", before)


async def test_a_function_of_the_users_own_by_that_name_is_not_taken_for_the_librarys() -> None:
    own = f"{BEFORE}using namespace std;\nvoid sort(int* a, int* b) {{ *a = *(b - 1); }}\n"
    assert not await redirected("sort(v.begin(), v.end());", own)


async def test_a_source_that_calls_the_header_already_keeps_one_include_of_it() -> None:
    source = f"{BEFORE}{INCLUDE}\nvoid f(std::vector<int>& v, std::vector<int>& w) {{\n"
    source += "    parallel::sort(v.begin(), v.end());\n    std::sort(w.begin(), w.end());\n}\n"
    first = (await proposals(source, "f"))[0]
    assert first.source == source.replace("std::sort", "parallel::sort")


async def test_carriage_returns_survive() -> None:
    source = kernel("sort_values").replace("\n", "\r\n")
    first = (await proposals(source, "sort_values"))[0]
    assert first.source.count("\n") == first.source.count("\r\n")
