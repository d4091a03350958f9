import shutil
import subprocess

import pytest

from agentpar.languages.cpp import leading_includes, prelude, quoted_includes

SOURCE = """#include <vector>
#include "k.h"
#pragma once
#define SQUARE(x) ((x) * (x))
#ifdef USE_FLOAT
#include <cmath>
using real = float;
#else
using real = double;
#endif
using namespace std;
namespace lib {
constexpr int twice(int n) { return 2 * n; }
constexpr int N = twice(4), M = 3;
const double table[3] = {1, 2, 3};
static double buffer[N];
int counter = 0;
double helper(double x);
struct Body { real x, y[N]; Body() : x(0) {} void reset(); };
void Body::reset() { x = 0; }
double helper(double x) { return x; }
template <typename T> T scale(T x) { return x; }
template double scale<double>(double);
}
#pragma omp declare simd
double dot(const std::vector<double>& a) { return a[0]; }
struct Config { int n; } config;
int main() { return 0; }
"""


def test_functions_and_mutable_globals_go_and_all_else_stays() -> None:
    text = prelude(SOURCE)
    for gone in ("helper", "dot", "main", "buffer[", "counter", "reset() {", "scale", "omp", "config;"):
        assert gone not in text
    for kept in (
        "#include <cmath>",
        "SQUARE",
        "#else",
        "twice",
        "M = 3",
        "table[3]",
        "void reset();",
        "Config",
    ):
        assert kept in text


def test_what_stays_keeps_its_line() -> None:
    source = SOURCE.replace("{ x = 0; }", "{\n    x = 0;\n}")
    kept, lines = prelude(source).splitlines(), source.splitlines()
    assert kept.index("struct Config { int n; };") == lines.index("struct Config { int n; } config;")


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_the_prelude_compiles_on_its_own() -> None:
    source = prelude(SOURCE).replace('#include "k.h"\n', "")
    command = ["g++", "-std=c++17", "-fsyntax-only", "-w", "-x", "c++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_function_that_a_kept_type_calls_stays() -> None:
    text = prelude("inline int two() { return 2; }\nint three() { return 3; }\nstruct S { int x = two(); };")
    assert "two() {" in text and "three" not in text


def test_a_pointer_to_const_is_a_mutable_global() -> None:
    assert prelude("const char* name = nullptr;\nconst char* const fixed = nullptr;").strip() == (
        "const char* const fixed = nullptr;"
    )


def test_only_unconditional_system_includes_lead() -> None:
    assert leading_includes(SOURCE) == ("#include <vector>",)
    assert quoted_includes(SOURCE) == ("k.h",)


@pytest.mark.parametrize("source", ["", "\0\xff", "(((", "void f( {", "\ufeffint x;\r\n", "#if\n#if\n"])
def test_odd_input_never_crashes(source: str) -> None:
    prelude(source)
    assert leading_includes(source) == quoted_includes(source) == ()
