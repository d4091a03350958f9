"""Loop nests of a large function: which are cut out, that nothing changes by it, and that they come back."""

import re
import subprocess
from functools import partial
from pathlib import Path

import pytest

from agentpar.api import asolve
from agentpar.candidate import WHOLE
from agentpar.evaluation.profile import Profile
from agentpar.languages.callgraph import call_graph
from agentpar.languages.source import parse
from agentpar.ledger import Ledger
from agentpar.planning import outline
from agentpar.planning.compose import compose
from agentpar.planning.outline import LARGE_LINES, Nest, nests_of, outlined, put_back
from agentpar.planning.plan import described
from agentpar.planning.static import plan_code
from agentpar.planning.users_lines import in_users_lines
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.task import Task
from tests.evaluation.courtroom import cheapest_kind
from tests.search.doubles import a_task

EXAMPLE = Path(__file__).parents[2] / "examples" / "readings.cpp"
SOURCE = EXAMPLE.read_text()
NESTS = tuple(f"rate_stations_loop{number}" for number in (1, 2, 3))
LOOP = "    for (int i = 0; i < n; ++i) y[i] = {};\n"
# A function that is long enough, around a loop that may be cut out or not.
LONG = "#include <vector>\nvoid f({}) {{\n{}" + "    y[0] += 1;\n" * LARGE_LINES + "}}\n"


def nests(source: str, function: str) -> tuple[Nest, ...]:
    return nests_of(source, [function])[function]


def names(source: str, function: str = "f") -> list[str]:
    return [nest.name for nest in nests(source, function)]


def long_function(body: str, parameters: str = "const double* x, double* y, int n") -> str:
    return LONG.format(parameters, body)


def test_the_loops_of_a_large_function_are_cut_out_but_the_one_that_carries_a_number() -> None:
    assert tuple(names(SOURCE, "rate_stations")) == NESTS


def test_a_short_function_is_left_whole() -> None:
    assert not names(f"void f(const double* x, double* y, int n) {{\n{LOOP.format('x[i]')}}}\n")


@pytest.mark.parametrize(
    "body",
    [
        "    double sum = 0;\n    for (int i = 0; i < n; ++i) sum += x[i];\n    y[0] = sum;\n",
        "    for (int i = 0; i < n; ++i) {\n        if (x[i] < 0) return;\n        y[i] = x[i];\n    }\n",
        "    n = n / 2;\n" + LOOP.format("x[i]"),
        "    ++y;\n" + LOOP.format("x[i]"),
        "    const double first = y[0];\n" + LOOP.format("first"),
        "    int i;\n    for (i = 0; i < n; ++i) y[i] = x[i];\n",
        "    for (int i = 0; i < n; ++i) {\n#ifdef FAST\n        y[i] = x[i];\n#endif\n    }\n",
        "    static int calls = 0;\n" + LOOP.format("calls"),
        "    double* t = new double[9];\n" + LOOP.format("t[i]"),
        "    double kept[3] = {0, 0, 0};\n" + LOOP.format("kept[i % 3]"),
        "    std::mt19937 draw(42);\n" + LOOP.format("draw()"),
        "    const int m = n;\n    bump(n);\n" + LOOP.format("m"),
        "    const int m = n;\n    (n) = 3;\n" + LOOP.format("m"),
        "    const int m = n;\n    std::cin >> n;\n" + LOOP.format("m"),
        "    const int m = n;\n    int& r{n};\n    r = 3;\n" + LOOP.format("m"),
        "    for (int i = 0; i < n; ++i) std::swap(x, y);\n",
        "#pragma GCC ivdep\n" + LOOP.format("x[i]"),
        "    auto twice = [&](int i) { return 2 * x[i]; };\n" + LOOP.format("twice(i)"),
        "    struct Pair { double a; };\n" + LOOP.format("Pair{x[i]}.a"),
        "    using real = double;\n" + LOOP.format("real(x[i])"),
        "    typedef double real;\n" + LOOP.format("real(x[i])"),
        "    using std::abs;\n" + LOOP.format("abs(x[i])"),
    ],
    ids=[
        "carried",
        "return",
        "number",
        "pointer",
        "content",
        "counter",
        "preprocessor",
        "static",
        "allocated",
        "array",
        "state",
        "by reference",
        "brackets",
        "read",
        "alias",
        "swapped",
        "directive",
        "lambda",
        "type",
        "alias of a type",
        "typedef",
        "using",
    ],
)
def test_a_loop_that_would_not_be_the_same_alone_stays(body: str) -> None:
    assert names(long_function(LOOP.format("x[i]"))) == ["f_loop1"]  # else nothing here is
    assert names(long_function(body)) == []


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("    y.resize(7);\n    const int n = y.size();\n" + LOOP.format("x[i]"), "std::vector<double>& y, double* x"),
        ("    const int n = y.size();\n" + LOOP.format("1"), "std::vector<double> y"),
    ],
    ids=["length", "copy"],
)
def test_a_container_that_changes_for_its_function_alone_stays(body: str, parameters: str) -> None:
    assert names(long_function(body, parameters)) == []


def test_a_loop_that_leaves_by_a_macro_stays() -> None:
    checked = long_function("    for (int i = 0; i < n; ++i) { CHECK(x[i] < 0); y[i] = x[i]; }\n")
    assert not names(f"#define CHECK(c) if (c) return\n{checked}")


def test_namesakes_come_back_each_to_its_own() -> None:
    inside = long_function(LOOP.format("x[i]")).removeprefix("#include <vector>\n")
    both = f"namespace a {{\n{inside}}}\nnamespace b {{\n{inside}}}\n"
    found = [*names(both, "a::f"), *names(both, "b::f")]
    cut = outlined(both, found)
    assert cut.count("static void") == 2 and put_back(cut, found) == both


def test_what_stands_beside_an_endif_stays_there() -> None:
    inside = long_function(LOOP.format("x[i]")).removeprefix("#include <vector>\n")
    source = f"#ifdef G\n#endif // G\n{inside}"
    assert outlined(source, ["f_loop1"]).startswith("#ifdef G\n#endif // G\nstatic void f_loop1")


def test_a_local_that_the_grammar_takes_for_a_function_is_handed_over() -> None:
    local = long_function("    std::vector<double> t(n);\n" + LOOP.format("t[i]"))
    assert "f_loop1(double* y, int n, std::vector<double>& t)" in outlined(local, names(local))
    for other in ("    std::vector<double>* t = pick();\n", "    std::vector<double> t[2] = {};\n"):
        assert not names(long_function(other + LOOP.format("t[0][i]")))


def test_namespaces_are_kept_and_templates_left_alone() -> None:
    inside = long_function(LOOP.format("x[i]")).removeprefix("#include <vector>\n")
    assert names(f"namespace a {{\n{inside}}}\n", "a::f") == ["a::a_f_loop1"]
    assert not names(inside.replace("void f", "template <class T> void f"))
    for scope in ("struct", "namespace"):  # nobody can tell them apart by the head of a definition
        assert not names(inside.replace("void f", f"{scope} S {{ void f(); }};\nvoid S::f"), "S::f")


def test_a_source_of_many_functions_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(outline, "parse", lambda source: read.append(source) or parse(source))
    many = "".join(long_function(LOOP.format("x[i]")).replace(" f(", f" f{number}(") for number in range(9))
    found = nests_of(many, [f"f{number}" for number in range(9)])
    assert [len(each) for each in found.values()] == [1] * 9 and len(read) == 1


def test_cutting_out_changes_nothing_but_where_the_loops_stand() -> None:
    cut = outlined(SOURCE, NESTS)
    assert set(NESTS) <= set(call_graph(cut)) and cut.count("for (") == SOURCE.count("for (")
    assert put_back(cut, NESTS) == SOURCE
    assert outlined(SOURCE, NESTS[:1]).count("static void") == 1


def test_a_program_gives_the_same_with_its_loops_cut_out(tmp_path: Path) -> None:
    main = """
#include <cstdio>
int main() {
    std::vector<double> readings(60), heights(5, 0.5), rating(5), trend(5);
    for (int i = 0; i < 60; ++i) readings[i] = (i * 37 % 11) * 0.1;
    rate_stations(readings, heights, rating, trend);
    for (int s = 0; s < 5; ++s) std::printf("%a %a\\n", rating[s], trend[s]);
}
"""
    said = []
    for name, source in (("whole", SOURCE), ("cut", outlined(SOURCE, NESTS))):
        built = tmp_path / name
        command = ["g++", "-std=c++17", "-x", "c++", "-o", str(built), "-"]
        subprocess.run(command, input=source + main, text=True, check=True)
        said.append(subprocess.run([built], capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1] and len(said[0].split()) == 10


def test_a_version_comes_back_into_its_function_with_all_it_needs() -> None:
    cut = outlined(SOURCE, NESTS)
    head = "    for (std::size_t s = 0; s < stations; ++s) {\n        const double expected"
    shared = cut.replace(head, f"    #pragma omp parallel for\n{head}")
    assert put_back(shared, NESTS) == SOURCE.replace(head, f"    #pragma omp parallel for\n{head}")
    prepared = cut.replace(head, f"    const double extra = 1;\n{head}")
    assert "    {\n        const double extra = 1;\n        for (" in put_back(prepared, NESTS)
    for changes in ("    heights_ahead = 1;\n", "    LEAVE(stations);\n"):
        ruled = f"#define LEAVE(n) if (n == 9) return\n{cut}".replace(head, f"{changes}{head}")
        kept = put_back(ruled, NESTS)
        assert ("static void rate_stations_loop2" in kept) == ("LEAVE" in changes)
    leaves = cut.replace(head, f"    if (stations == 9) return;\n{head}")
    assert "static void rate_stations_loop2" in put_back(leaves, NESTS)


def test_what_is_not_faster_stays_where_it_was() -> None:
    cut = outlined(SOURCE, NESTS)
    head = "    for (std::size_t s = 0; s < stations; ++s) {\n        const double expected"
    shared = cut.replace(head, f"    #pragma omp parallel for\n{head}")
    whole = put_back(compose(cut, outlined(SOURCE, NESTS[1:2]), compose(cut, shared, cut)), NESTS[1:2])
    assert whole == SOURCE.replace(head, f"    #pragma omp parallel for\n{head}")


def profiled(source: str, spent: dict[str, float]) -> Profile:
    """Where each loop of the example, within its function or in one of its own, spends so many million instructions."""
    graph = call_graph(source)
    calls = dict.fromkeys(graph, 1)
    lines: dict[tuple[int, str], int] = {}
    inclusive = {"rate_stations": round(1e6 * sum(spent.values()))}
    between = {}
    for number, name in enumerate(NESTS):
        cost = round(1e6 * spent[name])
        if name in graph:
            inclusive[name] = between["rate_stations", name] = cost
            lines[graph[name].lines[4], ""] = cost
        else:  # where it stands, or a line of what is left
            left = nests(source, "rate_stations")
            lines[left[number].lines[1] if left else graph["rate_stations"].lines[-3], ""] = cost
    return Profile(total=inclusive["rate_stations"], calls=calls, inclusive=inclusive, between=between, lines=lines)


@pytest.mark.parametrize(
    ("spent", "found"),
    [((300, 300, 400), list(NESTS)), ((500, 496, 4), list(NESTS[:2])), ((990, 5, 5), ["rate_stations"])],
    ids=["three", "two", "one"],
)
async def test_hot_loops_are_subtasks_where_there_are_several(spent: tuple[float, ...], found: list[str]) -> None:
    task: Task = a_task(EXAMPLE.parent).model_copy(update={"source": SOURCE, "entry": "rate_stations"})

    async def profile(source: str) -> Profile:
        return profiled(source, dict(zip(NESTS, spent, strict=True)))

    plan = await plan_code(task, profile=profile, understand=lambda part: None)
    assert [each.id for each in plan.subtasks] == found
    assert plan.source == ("" if plan.is_atomic else outlined(SOURCE, found))
    said = "\n".join(described(plan, 2))
    if plan.is_atomic:
        assert "as a whole: `rate_stations` alone is worth a search" in said
        assert "loop1 (lines 15-23): left alone, the only nest of `rate_stations` that is worth a search" in said
    else:
        assert "rate_stations_loop2 (lines 26-34): " in said
    assert ("loop3 (lines 37-52): left alone, does 0." in said) == (spent[2] < 50)


async def test_strategies_tell_the_lines_of_the_users_file() -> None:
    cut = {nest.name: (nest.lines[0], nest.lines[-1]) for nest in nests(SOURCE, "rate_stations")}
    start = outlined(SOURCE, cut.keys())
    located = partial(in_users_lines, users=SOURCE, cut=cut)
    for name, (first, _) in cut.items():
        state = SearchState(start, name, "openmp", 0, (), located=located)
        (offer,) = await RewriteProposer().propose(state, 1)
        assert f"over s at line {first}" in offer.strategy
    head = next(at for at, text in enumerate(start.splitlines(), 1) if "static void rate_stations_loop2" in text)
    said = located(f"readings.cpp:{head}: parameter", start, file="readings.cpp")
    assert said == "readings.cpp:26: parameter"
    helper = f"static void helper() {{\n}}\n{start}"
    assert located("a loop at line 2", helper) == "a loop in new code"
    assert located("a loop at line 4", helper) == "a loop at line 2"
    astray = in_users_lines("at line 9", start, users=SOURCE, cut={NESTS[0]: (998, 999)})
    assert astray == "in new code"


@pytest.mark.sandbox
@pytest.mark.usefixtures("impatient")
async def test_the_patch_has_directives_in_the_users_own_function(tmp_path: Path) -> None:
    options = {"benchmark": "n=240000,n_rating=2000", "target_ms": 2.0, "pairs": 6, "threads": (2,)}
    await asolve(
        f"{EXAMPLE}::rate_stations", run_dir=tmp_path / "run", sandbox=cheapest_kind(), candidates=5, **options
    )
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        judged = {each.subtask for each, _ in ledger.judged()}
        strategies = [(each.subtask, each.strategy) for each, _ in ledger.judged() if each.subtask in NESTS]
        wholes = [candidate.source for candidate, _ in ledger.judged(WHOLE)]
    assert set(NESTS) <= judged
    stand = {nest.name: nest.lines for nest in nests(SOURCE, "rate_stations")}
    assert all(int(at) in stand[name] for name, strategy in strategies for at in re.findall(r"at line (\d+)", strategy))
    for whole in wholes:
        kept = "".join(line for line in whole.splitlines(keepends=True) if "#pragma omp" not in line)
        assert whole != SOURCE and kept == SOURCE
