"""What the rewrites offer for the targets `threads` and `stdpar`."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from kernels import INCLUDES, KERNELS, kernel
from offers import proposals
from patterns import PATTERNS, pattern

from agentpar.candidate import Proposal
from agentpar.evaluation.toolchain import TARGET_FLAGS
from agentpar.proposers.rewrite.lowering import lowered
from agentpar.skeletons import HEADER, INCLUDE, header_of
from agentpar.task import Target
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

TARGETS: tuple[Target, ...] = ("threads", "stdpar")
EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCES = {**{name: kernel(name) for name in KERNELS}, **{name: pattern(name) for name in PATTERNS}}
# Nothing but recursion, which has no counterpart yet.
ONLY_TASKS = {"quick", "fib", "queens", "merge_sort"}
# Critical sections, atomic exchanges and loops over pointers that step over rows, which have none either.
ONLY_OPENMP = {"levels", "seen_first", "sorted_rows"}
MORE = "".join(f"#include <{header}>\n" for header in ("complex", "execution", "map", "mutex", "queue", "thread"))


async def offered(name: str, target: Target) -> Sequence[Proposal]:
    return await proposals(SOURCES[name], name, target=target)


def spaces(sources: Sequence[str], name: str) -> list[str]:
    """Sources without their includes, each in a namespace of its own."""
    bodies = [re.sub(r"^#include.*$", "", source, flags=re.MULTILINE) for source in sources]
    return [f"namespace {name}{number} {{ {body} }}\n" for number, body in enumerate(bodies)]


def complaints(sources: Sequence[str], target: Target, *more: str) -> str:
    """What the compiler says of sources in one file, each in a namespace of its own."""
    header = header_of("\n".join([INCLUDE, *sources]), target).replace("#pragma once", "")
    command = [
        "g++",
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-Wno-unused-variable",
        "-x",
        "c++",
        "-fsyntax-only",
        *more,
        "-",
    ]
    program = "".join([INCLUDES, MORE, header, *spaces(sources, "p")])
    return subprocess.run(command, input=program, text=True, capture_output=True, check=False).stderr


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
async def test_every_first_offer_compiles_and_says_nothing_of_openmp(target: Target) -> None:
    firsts = [p.source for name in sorted(SOURCES) for p in (await offered(name, target))[:2]]
    assert not [source for source in firsts if "omp" in re.findall(r"\w+", source)]
    assert not complaints(firsts, target)


@pytest.mark.parametrize("target", TARGETS)
async def test_what_is_offered_for_openmp_is_offered_for_the_target_unless_only_openmp_has_words_for_it(
    target: Target,
) -> None:
    nothing = {name for name in SOURCES if await proposals(SOURCES[name], name) and not await offered(name, target)}
    assert nothing <= ONLY_TASKS | ONLY_OPENMP


def loop(clauses: str, body: str, *, head: str = "int i = 0; i < n; ++i", before: str = "") -> str:
    start = f"#include <vector>\n\nint f(std::vector<int>& v, int n) {{\n    int s = 0;\n{before}"
    shared = f"    #pragma omp parallel for {clauses}\n    for ({head}) {{\n        {body}\n    }}\n"
    return f"{start}{shared}    return s;\n}}\n"


REGION = """\
#include <vector>

int f(std::vector<int>& v, int n) {
    int best = 0, where = -1;
    #pragma omp parallel
    {
        int best_mine = best;
        int where_mine = where;
        #pragma omp for
        for (int i = 0; i < n; ++i) {
            if (v[i] > best_mine) {
                best_mine = v[i];
                where_mine = i;
            }
        }
        #pragma omp critical
        if (best_mine > best || (best_mine == best && where_mine < where)) {
            best = best_mine;
            where = where_mine;
        }
    }
    return where * 1000 + best;
}
"""
ROUNDS = """\
#include <vector>

int f(std::vector<int>& v, int n) {
    #pragma omp parallel
    for (int round = 1; round < 4; ++round) {
        #pragma omp for
        for (int i = 0; i < n; ++i) v[i] = v[i] * round % 89;
    }
    return 0;
}
"""
FORMS = {
    "a region that merges": REGION,
    "rounds in one region": ROUNDS,
    "a map": loop("", "v[i] *= 2;"),
    "a step": loop("", "v[i] += i;", head="int i = 1; i < n; i += 3"),
    "an end that is included": loop("", "v[i - 1] += i;", head="int i = 1; i <= n; ++i"),
    "a sum": loop("reduction(+:s)", "s += v[i];"),
    "a product": loop("reduction(*:s)", "s *= v[i] | 1;", before="    s = 1;\n"),
    "a maximum": loop("reduction(max:s) schedule(dynamic)", "if (v[i] > s) s = v[i];"),
    "a flag": loop("reduction(||:s)", "if (v[i] == 77) s = true;"),
    "rounds that are skipped": loop("", "if (v[i] > 50) continue;\n        v[i] = 0;"),
    "a variable that lives on": loop("lastprivate(s)", "s = v[i];"),
    "a variable of each round": loop("private(t)", "t = v[i];\n        v[i] = t + 1;", before="    int t;\n"),
    "elements": loop("reduction(+:s)", "s += x;", head="int x : v"),
    "elements that change": loop("", "x += 1;", head="auto& x : v"),
    "a table of maxima": loop(
        "reduction(max:top[:8])",
        "if (v[i] > top[v[i] % 8]) top[v[i] % 8] = v[i];",
        before="    std::vector<int> tops(8, 60);\n    int* top = tops.data();\n",
    ).replace("return s;", "for (int b = 0; b < 8; ++b) s = s * 3 + top[b];\n    return s;"),
    "a histogram": loop("reduction(+:bins)", "bins[v[i] % 8]++;", before="    int bins[8] = {};\n").replace(
        "return s;", "for (int b = 0; b < 8; ++b) s = s * 3 + bins[b];\n    return s;"
    ),
}


# Calls both versions of a form and names it when they differ.
COMPARE = """\
template <class Serial, class Parallel>
void compare(const char* form, Serial serial, Parallel parallel) {
    for (int n : {0, 1, 2, 7, 1000}) {
        std::vector<int> a(1000);
        for (int i = 0; i < 1000; ++i) a[i] = (i * 37 + 11) % 101;
        auto b = a;
        if (serial(a, n) != parallel(b, n) || a != b) std::printf("%s, n = %d\\n", form, n);
    }
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_shared_loops_give_what_the_serial_ones_give(target: Target, tmp_path: Path) -> None:
    serial = [re.sub(r"^ *#pragma.*\n", "", source, flags=re.MULTILINE) for source in FORMS.values()]
    parallel = [lowered(source, target) or "" for source in FORMS.values()]
    (tmp_path / HEADER).write_text(header_of("\n".join(parallel), target))
    calls = [f'compare("{form}", s{k}::f, p{k}::f);' for k, form in enumerate(FORMS)]
    program = [INCLUDES, MORE, "#include <cstdio>\n", f"{INCLUDE}\n", COMPARE, *spaces(serial, "s")]
    program += [*spaces(parallel, "p"), f"int main() {{ {' '.join(calls)} }}\n"]
    (tmp_path / "forms.cpp").write_text("".join(program))
    # <execution> is included for both, so both need what it needs.
    command = ["g++", "-std=c++17", "forms.cpp", "-o", "forms", *TARGET_FLAGS["stdpar"]]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "forms"], capture_output=True, text=True, check=True).stdout == ""


@pytest.mark.parametrize(
    "clauses", ["reduction(inscan, +:s)", "linear(s)", "copyin(s)"], ids=["a scan", "a step", "a copy"]
)
def test_what_has_no_counterpart_gives_nothing(clauses: str) -> None:
    assert lowered(loop(clauses, "v[i] *= 2;"), "threads") is None


def test_a_loop_that_runs_down_gives_nothing() -> None:
    assert lowered(loop("", "v[i] *= 2;", head="int i = n - 1; i >= 0; --i"), "threads") is None


def test_c_has_no_lambdas_and_gets_nothing() -> None:
    source = "void f(int n, int* v) {\n#pragma omp parallel for\n    for (int i = 0; i < n; ++i) v[i] *= 2;\n}\n"
    assert lowered(source, "threads") is None


async def test_standard_calls_get_a_policy_and_no_header() -> None:
    sort = "void f(std::vector<int>& v) {\n    std::sort(v.begin(), v.end());\n}\n"
    source = f"#include <algorithm>\n#include <vector>\n\n{sort}"
    first = (await proposals(source, "f", target="stdpar"))[0].source
    assert "std::sort(std::execution::par, v.begin(), v.end());" in first
    assert "#include <execution>" in first
    assert HEADER not in first


async def test_copies_begin_with_what_was_there_before_any_thread_merged() -> None:
    source = """\
#include <vector>
void tops(const int* key, const double* v, int n, double* best, int k) {
    for (int i = 0; i < n; ++i) {
        if (v[i] > best[key[i] % k]) best[key[i] % k] = v[i];
    }
}
"""
    text = next(each.source for each in await proposals(source, "tops", target="threads") if "best_mine" in each.source)
    begun = text.index("const std::vector<double> best_mine_begun(best, best + k);")
    assert begun < text.index("parallel::for_blocks") < text.index("std::vector<double> best_mine(best_mine_begun);")


def test_a_sum_becomes_a_reduction_of_the_standard_library() -> None:
    text = lowered(loop("reduction(+:s)", "s += v[i];"), "stdpar")
    assert text is not None
    assert "s = std::transform_reduce(std::execution::par, parallel::counter<int>(0)" in text
    assert "return v[i];" in text
    assert "#include <numeric>" in text


def test_a_sum_beside_changed_elements_is_no_reduction_of_the_standard_library_which_may_not_change_them() -> None:
    head = "double f(std::vector<double>& v) {\n    double s = 0.0;\n#pragma omp parallel for reduction(+:s)\n    for "
    changed = lowered(head + "(auto& x : v) {\n        x *= 2.0;\n        s += x;\n    }\n    return s;\n}\n", "stdpar")
    assert changed is not None and "transform_reduce" not in changed and "parallel::for_blocks" in changed
    kept = lowered(head + "(const auto& x : v) {\n        s += x;\n    }\n    return s;\n}\n", "stdpar")
    assert kept is not None and "std::transform_reduce(std::execution::par, std::begin(v)" in kept


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "target"), [("histogram", "threads"), ("prefix_sum", "stdpar")])
async def test_the_judge_finds_it_right_and_free_of_races(name: str, target: Target, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cpp"
    path.write_text((EXAMPLES / path.name).read_text())
    first = (await proposals(path.read_text(), name, target=target))[0].source
    async with courtroom(cheapest_kind(), path, name, is_quick=True, target=target) as room:
        verdict = await room.verdict(first, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict.feedback
    assert not [gap for gap in verdict.unchecked if "race" in gap]


@pytest.mark.parametrize("target", TARGETS)
async def test_a_version_without_vector_directives_is_not_said_to_have_them(target: Target) -> None:
    (first, *_) = await proposals((EXAMPLES / "matmul.cpp").read_text(), "matmul", target=target)
    assert "simd" not in first.source + first.strategy
    assert first.strategy.startswith("interchange j and k; ")


@pytest.mark.parametrize("target", ["threads", "stdpar"])
async def test_threads_copy_an_array_of_their_own_and_do_not_point_to_the_shared_one(target: Target) -> None:
    first = (await offered("windows", target))[0].source
    assert "std::copy_n(&window[0], std::size(window), &window_mine[0]);" in first
    assert "auto window_mine" not in first


@pytest.mark.parametrize("target", ["threads", "mpi"])
async def test_sums_in_a_table_of_the_stack_are_left_to_openmp(target: Target) -> None:
    assert not any("reduction(+:m)" in p.strategy for p in await offered("second_moments", target))
