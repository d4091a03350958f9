"""What the rewrite proposer offers, and in what order."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from kernels import INCLUDES, KERNELS, kernel
from offers import compiles, faster, proposals

from agentpar.candidate import Proposal, content_id
from agentpar.languages.source import apply_edits
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.proposers.rewrite.directives import Layout
from agentpar.skeletons import ALGORITHMS, INCLUDE, header_of
from agentpar.verdict import Outcome, Stage, Verdict

EXAMPLES = Path(__file__).parents[2] / "examples"
ENTRIES = {"kmeans": "kmeans_assign", "racy": "count_distinct"}
OFFERED = """
import asyncio
from kernels import KERNELS, kernel
from offers import proposals
from patterns import PATTERNS, pattern
for name, source in [(n, kernel(n)) for n in KERNELS] + [(n, pattern(n)) for n in PATTERNS]:
    for proposal in asyncio.run(proposals(source, name)):
        print(proposal)
"""
WINNERS = {
    "matmul": r"interchange\+parallel-for",
    "jacobi": r"parallel-for\+simd",
    "histogram": r"parallel-for\+(array-reduction|private-copies)",
    "prefix_sum": r"scan",
    "spmv": r"parallel-for",
    "nbody": r"parallel-for",
    "mandelbrot": r"parallel-for",
    "kmeans": r"parallel-for\+reduction",
}


async def proposed(name: str) -> Sequence[Proposal]:
    return await proposals(kernel(name), name)


def refuted(outcome: Outcome) -> Verdict:
    return Verdict(outcome=outcome, stage=Stage.VERIFY)


def example(name: str) -> tuple[str, str]:
    return (EXAMPLES / f"{name}.cpp").read_text(), ENTRIES.get(name, name)


def compile_all(sources: Sequence[str]) -> str:
    """Compile sources in one go, each in a namespace of its own."""
    bodies = [re.sub(r"^#include.*$", "", source, flags=re.MULTILINE) for source in sources]
    spaces = "".join(f"namespace p{number} {{ {body} }}\n" for number, body in enumerate(bodies))
    header = header_of(f"{INCLUDE}\n{''.join(f'parallel::{name}(' for name in sorted(ALGORITHMS))}")
    return compiles(INCLUDES + header.replace("#pragma once", "") + spaces, "-fsyntax-only")


@pytest.mark.parametrize("part", range(2))
async def test_every_proposal_compiles(part: int) -> None:
    names = sorted(KERNELS)[part::2]
    assert not compile_all([proposal.source for name in names for proposal in await proposed(name)])


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.cpp")))
async def test_every_proposal_for_an_example_and_every_refinement_compiles(name: str) -> None:
    offered = await proposals(*example(name))
    refined = [await proposals(*example(name), [(proposal, faster(2))]) for proposal in offered[:5]]
    sources = {proposal.source for proposal in [*offered, *(each for more in refined for each in more)]}
    assert not compile_all(sorted(sources))


@pytest.mark.parametrize("name", WINNERS)
async def test_the_expected_winner_is_among_the_first_five(name: str) -> None:
    first = (await proposals(*example(name)))[:5]
    assert any(re.fullmatch(WINNERS[name], proposal.pattern) for proposal in first)


@pytest.mark.parametrize("name", KERNELS)
async def test_a_pragma_only_proposal_is_the_users_text_plus_whole_lines(name: str) -> None:
    for proposal in await proposed(name):
        if re.search("scan|interchange|private-copies|array-reduction|located|library|pivot", proposal.pattern):
            continue
        lines = proposal.source.splitlines(keepends=True)
        kept = "".join(line for line in lines if not line.lstrip().startswith("#pragma omp"))
        assert kept == kernel(name) or " ".join(kept.split()) == " ".join(kernel(name).split())


async def test_tabs_and_carriage_returns_survive() -> None:
    source = "void f(double* a, int n)\r\n{\r\n\tfor (int i = 0; i < n; ++i)\r\n\t\ta[i] *= 2;\r\n}\r\n"
    first = (await proposals(source, "f"))[0]
    assert first.source == source.replace("\tfor", "\t#pragma omp parallel for\r\n\tfor")


async def test_a_wrapped_loop_keeps_carriage_returns_and_tabs() -> None:
    source = kernel("exclusive_sum").replace("    ", "\t").replace("\n", "\r\n")
    scan = (await proposals(source, "exclusive_sum"))[0]
    assert scan.pattern == "scan"
    assert scan.source.count("\n") == scan.source.count("\r\n")
    assert not re.search(r"^ ", scan.source, flags=re.MULTILINE)


async def test_a_loop_that_shares_its_line_gets_lines_of_its_own() -> None:
    first = (await proposals("void f(int* a, int n) { for (int i = 0; i < n; ++i) a[i]++; }", "f"))[0]
    assert first.source.splitlines()[1] == "    #pragma omp parallel for"
    assert not compiles(first.source, "-fsyntax-only")


async def test_the_outermost_loop_comes_first() -> None:
    matmul = [p for p in await proposals(*example("matmul")) if "interchange" not in p.pattern]
    assert matmul[0].strategy.startswith("parallel for over i ")


async def test_a_loop_over_time_steps_stays_serial_and_all_its_loops_come_before_each_alone() -> None:
    offered = await proposals(*example("jacobi"))
    assert offered[0].source.count("#pragma omp parallel for") == 2
    counts = [proposal.source.count("#pragma omp parallel for") for proposal in offered]
    assert counts.index(1) > 1
    assert all("over sweep" not in proposal.strategy for proposal in offered[:5])


async def test_callees_of_an_entry_that_only_calls_are_shared_out_together() -> None:
    first = (await proposed("steps"))[0]
    assert first.source.count("#pragma omp parallel for") == 2


async def test_variables_declared_outside_but_assigned_first_become_private() -> None:
    first = (await proposed("dot"))[0]
    assert "#pragma omp parallel for private(t) reduction(+:s)\n" in first.source


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("largest", "reduction(max:m)"),
        ("smallest", "reduction(min:m)"),
        ("any_negative", "reduction(||:found)"),
        ("bins_local", "reduction(+:bins)"),
        ("total", "reduction(+:result[:1])"),
    ],
)
async def test_an_accumulation_is_proposed_as_a_reduction_first(name: str, clause: str) -> None:
    assert clause in (await proposed(name))[0].source


async def test_an_array_of_any_length_is_copied_to_the_heap_and_not_to_the_stacks_of_threads() -> None:
    offered = await proposed("bins_pointer")
    assert "std::vector<int> bins_mine(nbins);" in offered[0].source
    assert not any("reduction(+:bins" in p.source for p in offered)


async def test_a_running_sum_of_what_costs_is_worked_out_once_an_element() -> None:
    source = (await proposals(*example("prefix_sum")))[0].source
    assert source.count("log1p") == 1
    assert source.index("out[i] = total;") < source.index("out[i] += total;")


async def test_copies_are_on_the_heap_where_the_length_is_not_known_since_a_long_array_overflows_a_stack() -> None:
    patterns = [proposal.pattern for proposal in await proposed("bins_vector")]
    assert patterns[:2] == ["parallel-for+private-copies", "parallel-for+atomic"]
    assert "parallel-for+array-reduction" not in patterns


@pytest.mark.parametrize("name", ["gemm", "column_walk"])
async def test_an_interchange_leads_where_it_makes_the_inner_stride_one(name: str) -> None:
    assert (await proposed(name))[0].pattern == "interchange+parallel-for"


async def test_uneven_rows_get_a_fine_schedule_first() -> None:
    assert "schedule(dynamic)" in (await proposals(*example("mandelbrot")))[0].source


async def test_rows_of_a_sparse_matrix_are_shared_out_in_equal_parts_first() -> None:
    first, second, *_ = await proposals(*example("spmv"))
    assert "schedule" not in first.source and "schedule" in second.source


async def test_a_loop_that_may_return_early_is_left_alone() -> None:
    assert not await proposed("find_first")


@pytest.mark.parametrize("entry", ["ns::half<double>", "half", "ns::half"])
async def test_an_entry_may_be_qualified_and_carry_template_arguments(entry: str) -> None:
    half = "template <class T> void half(T* a, int n) { for (int i = 0; i < n; ++i) a[i] /= 2; }"
    assert await proposals(f"namespace ns {{ {half} }}", entry)


def test_the_same_state_gives_the_same_proposals_in_every_process() -> None:
    found = [
        subprocess.run(
            [sys.executable, "-c", OFFERED],
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] and found[0].count("\n") > len(KERNELS)


async def test_what_was_judged_is_not_proposed_again_and_a_resumed_search_goes_on_where_it_stopped() -> None:
    source, entry = example("histogram")
    everything = list(await proposals(source, entry))
    judged = [(proposal, refuted(Outcome.BUILD_ERROR)) for proposal in everything[:2]]
    assert list(await proposals(source, entry, judged)) == everything[2:]


async def test_a_function_that_a_shared_loop_calls_is_not_shared_out_as_well() -> None:
    row = "static void roots(float* r, int n) { for (int k = 0; k < n; ++k) r[k] = std::sqrt(r[k]); }"
    rows = "void all_roots(float* a, int m, int n) { for (int i = 0; i < m; ++i) roots(a + i * n, n); }"
    source = f"#include <cmath>\n{row}\n{rows}\n"
    offered = await proposals(source, "all_roots")
    over_rows, over_elements = ([("line 3" if here else "line 2") in p.strategy for p in offered] for here in (1, 0))
    assert over_rows[0] and not any(a and b for a, b in zip(over_rows, over_elements, strict=True))
    assert over_elements == [False] * (len(offered) - 1) + [True]  # and it comes last, once
    refined = await proposals(source, "all_roots", [(offered[0], faster(1.9))])
    assert not any("line 3" in p.strategy and "line 2" in p.strategy for p in refined)


async def test_an_improvement_is_refined_next_with_its_id_as_parent() -> None:
    source, entry = example("nbody")
    best = (await proposals(source, entry))[0]
    following = await proposals(source, entry, [(best, faster(1.9))])
    assert following[0].parents == (content_id(best.source),)
    assert any("if(" in proposal.strategy for proposal in following)


async def test_a_better_candidate_takes_over_the_refinement() -> None:
    source, entry = example("kmeans")
    first, second = (await proposals(source, entry))[:2]
    following = await proposals(source, entry, [(first, faster(1.5)), (second, faster(1.8))])
    assert following[0].parents == (content_id(second.source),)


@pytest.mark.parametrize("outcome", [Outcome.RACE, Outcome.WRONG_ANSWER])
async def test_a_refuted_family_moves_to_the_end(outcome: Outcome) -> None:
    source, entry = kernel("bins_local"), "bins_local"
    first = next(p for p in await proposals(source, entry) if p.pattern == "parallel-for+array-reduction")
    following = await proposals(source, entry, [(first, refuted(outcome))])
    kinds = [proposal.pattern == first.pattern for proposal in following]
    assert any(kinds) and kinds == sorted(kinds)


async def test_the_place_of_an_extreme_is_found_per_thread() -> None:
    first = (await proposed("where_least"))[0]
    assert first.pattern == "parallel-for+located-extreme"
    assert "if (least_mine < least || (least_mine == least && where_mine < where)) {" in first.source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#include <cmath>\nint a;\n", "#include <cmath>\n#include <vector>\nint a;\n"),
        ("#if A\n#include <cmath>\n#endif\n", "#include <vector>\n#if A\n#include <cmath>\n#endif\n"),
        ("\ufeff#include <cmath>\r\n", "\ufeff#include <cmath>\r\n#include <vector>\r\n"),
        ("\ufeffint a;\n", "\ufeff#include <vector>\nint a;\n"),
        ("#include <vector>\n", "#include <vector>\n"),
    ],
)
def test_an_include_goes_behind_those_that_stand_under_no_condition(before: str, after: str) -> None:
    assert apply_edits(before, Layout(before.encode()).include("<vector>")) == after


async def test_a_loop_that_has_an_openmp_directive_is_left_alone() -> None:
    source = "void f(int* a, int n) {\n#pragma omp parallel for\n    for (int i = 0; i < n; ++i) a[i]++;\n}\n"
    assert not await proposals(source, "f")


async def test_other_targets_get_nothing() -> None:
    state = SearchState(source=kernel("dot"), entry="dot", target="multiprocessing", seed=0, judged=())
    assert not await RewriteProposer().propose(state, 5)


SCAN_CALLS = {
    "chained_sum": ("std::vector<double>", "NS::chained_sum(v, out);"),
    "exclusive_sum": ("std::vector<int>", "NS::exclusive_sum(v, out);"),
    "sum_in_place": ("std::vector<double>", "out = v; NS::sum_in_place(out.data(), n);"),
}


@pytest.mark.parametrize("name", SCAN_CALLS)
async def test_a_blocked_scan_gives_the_serial_answer_at_any_length(name: str, tmp_path: Path) -> None:
    scan = (await proposed(name))[0]
    kind, call = SCAN_CALLS[name]
    body = scan.source.removeprefix(kernel(name)[: kernel(name).index("void")])
    checks = "".join(
        f"{{ {kind} out(n); {call.replace('NS', space)} results.push_back(out); }}" for space in ("serial", "parallel")
    )
    program = f"""{kernel(name).split("void")[0]}
    namespace serial {{ {KERNELS[name]} }}
    namespace parallel {{ {body} }}
    int main() {{
        for (int n : {{{"" if name == "exclusive_sum" else "0, "}1, 2, 3, 63, 64, 65, 1000, 4099}}) {{
            {kind} v(n);
            for (int i = 0; i < n; ++i) v[i] = i % 17 - 5;
            std::vector<{kind}> results;
            {checks}
            if (results[0] != results[1]) return 1;
        }}
    }}"""
    binary = tmp_path / "scan"
    assert not compiles(program, "-O1", "-o", str(binary))
    assert subprocess.run([binary], check=False, env={"OMP_NUM_THREADS": "3"}).returncode == 0


@pytest.mark.parametrize("name", SCAN_CALLS)
async def test_openmps_own_scan_which_crashes_on_short_loops_under_clang_is_not_offered(name: str) -> None:
    assert not any("inscan" in proposal.source for proposal in await proposed(name))


NORMALISED = """\
double normalised(std::vector<double>& a, std::vector<double>& b, const std::vector<double>& m, int n) {
    for (int i = 0; i < n; ++i) {
        double s = 0;
        for (int j = 0; j < n; ++j) s += m[i * n + j] * a[j];
        b[i] = s;
    }
    double norm = 0;
    for (int i = 0; i < n; ++i) norm += b[i] * b[i];
    norm = std::sqrt(norm);
    for (int i = 0; i < n; ++i) a[i] = b[i] / norm;
    return norm;
}
"""


async def test_among_the_first_offers_is_one_that_leaves_all_sums_to_be_rounded_as_they_were() -> None:
    offered = (await proposals(NORMALISED, "normalised"))[:3]
    assert "reduction" in offered[0].source
    assert [p.source.count("parallel for") for p in offered if "reduction" not in p.source] == [2]


async def test_whole_numbers_may_be_added_up_in_any_order_and_need_no_such_offer() -> None:
    source = NORMALISED.replace("double norm = 0", "long norm = 0").replace("b[i] * b[i];", "b[i] > 0.5;")
    source = source.replace("    norm = std::sqrt(norm);\n", "")
    offered = (await proposals(source, "normalised"))[:3]
    assert all("reduction(+:norm)" in p.source for p in offered)
