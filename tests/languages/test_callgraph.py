import subprocess
from pathlib import Path

from agentpar.languages.callgraph import call_graph, kept_apart, reachable

SOURCE = """\
#include <algorithm>

namespace {
int helper(int x) { return x + 1; }
}

namespace one {
int twin(int x) { return helper(x); }
int uses_its_own(int x) { return twin(x); }
}

namespace two {
int twin(int x) { return x; }
}

static bool before(int a, int b) { return a > b; }

template <class T>
T loops(T* x, int n) {
    std::sort(x, x + n, before);
    T sum = 0;
    for (int i = 0; i < n; ++i) sum += one::uses_its_own(x[i]);
    return sum;
}

int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

int entry(int* x, int n) { return loops(x, n) + factorial(n); }
"""


def test_calls_are_found_through_namespaces_templates_and_arguments() -> None:
    graph = call_graph(SOURCE)
    calls = {name: definition.calls for name, definition in graph.items()}
    assert calls == {
        "helper": (),
        "one::twin": ("helper",),
        "one::uses_its_own": ("one::twin",),
        "two::twin": (),
        "before": (),
        "loops": ("before", "one::uses_its_own"),
        "factorial": ("factorial",),
        "entry": ("loops", "factorial"),
    }
    assert [name for name, definition in graph.items() if definition.has_loop] == ["loops"]


def test_a_definition_knows_its_lines() -> None:
    lines = SOURCE.splitlines()
    found = call_graph(SOURCE)["loops"].lines
    assert lines[found[0] - 1] == "T loops(T* x, int n) {" and lines[found[-1] - 1] == "}"


def test_what_is_reachable_comes_once_and_callers_first() -> None:
    found = reachable(call_graph(SOURCE), "entry")
    assert found == ("entry", "loops", "factorial", "before", "one::uses_its_own", "one::twin", "helper")
    assert reachable(call_graph(SOURCE), "missing") == ("missing",)


def test_calls_in_a_circle_end() -> None:
    graph = call_graph("int b(int); int a(int x) { return b(x); } int b(int x) { return a(x); }")
    assert reachable(graph, "a") == ("a", "b")


def test_functions_that_are_kept_apart_still_build_and_keep_their_lines(tmp_path: Path) -> None:
    apart = kept_apart(SOURCE)
    assert apart.count("noinline") == 8 and apart.count("\n") == SOURCE.count("\n")
    (tmp_path / "apart.cpp").write_text(apart)
    command = ["g++", "-O2", "-Wall", "-Wno-unused-function", "-Werror", "-fsyntax-only", "apart.cpp"]
    subprocess.run(command, cwd=tmp_path, check=True)


def test_functions_that_are_alike_are_kept_apart(tmp_path: Path) -> None:
    body = "(const int* x) { int s = 0; while (*x) s += *x++; return s; }"
    alike = f"static int a{body}\nstatic int b{body}\nint c(const int* x) {{ return a(x) + b(x + 1); }}\n"
    (tmp_path / "alike.cpp").write_text(kept_apart(alike))
    subprocess.run(["g++", "-O2", "-c", "alike.cpp"], cwd=tmp_path, check=True)
    listed = subprocess.run(["nm", "--defined-only", "alike.o"], cwd=tmp_path, check=True, capture_output=True)
    assert len({line.split()[0] for line in listed.stdout.decode().splitlines()}) == 3  # each at its own place
