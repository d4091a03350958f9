# ruff: noqa: E501 (lines of C++)
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentpar.evaluation import race
from agentpar.evaluation.case import Sizes
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Kind:
    """One function, and a change that makes one output wrong; `feedback` begins with that output's name."""

    name: str
    source: str
    right: str
    wrong: str
    feedback: str
    entry: str = "f"
    suffix: str = ".cpp"
    sizes: str = ""


POINT = "struct Point { double x; int count; float weights[3]; };\n"

KINDS = [
    Kind(
        "scalars by value",
        "void f(double* y, int n, double a, float b, long c, unsigned d, bool e, char g) {"
        " for (int i = 0; i < n; ++i) y[i] = a + b + c + d + e + g; }",
        "+ d +", "- d +", "y[", sizes="y=n",
    ),
    Kind(
        "a scalar by reference",
        "void f(const double* x, int n, double& total) { total = 0; for (int i = 0; i < n; ++i) total += x[i] * x[i]; }",
        "x[i] * x[i]", "x[i] * x[i] * 1.01", "total", sizes="x=n",
    ),
    Kind(
        "vectors by value, reference and const reference",
        "#include <vector>\nvoid f(std::vector<int> a, const std::vector<int>& b, std::vector<long>& c, int n) {"
        " for (int i = 0; i < n; ++i) { a[i] += b[i]; c[i] = a[i]; } }",
        "c[i] = a[i]", "c[i] = a[i] + 1", "c[",
    ),
    Kind(
        "nested vectors",
        "#include <vector>\nvoid f(const std::vector<std::vector<double>>& a, std::vector<std::vector<double>>& b, int r, int c) {"
        " for (int i = 0; i < r; ++i) for (int j = 0; j < c; ++j) b[i][j] = 2 * a[i][j]; }",
        "b[i][j] = 2", "b[i][j] = 3", "b[", sizes="a=r;c,b=r;c",
    ),
    Kind(
        "arrays",
        "#include <array>\n#include <vector>\nvoid f(const std::vector<std::array<double, 3>>& a, std::array<double, 3>& sum) {"
        " for (const auto& p : a) for (int k = 0; k < 3; ++k) sum[k] += p[k]; }",
        "sum[k] += p[k]", "sum[k] += p[0]", "sum[", sizes="a=n",
    ),
    Kind(
        "strings",
        "#include <string>\nint f(const std::string& text, std::string& upper) {"
        " upper.resize(text.size()); for (std::size_t i = 0; i < text.size(); ++i) upper[i] = text[i] - 32; return (int)text.size(); }",
        "text[i] - 32", "text[i] - 31", "upper[", sizes="text=n,upper=n",
    ),
    Kind(
        "strings in vectors",
        "#include <string>\n#include <vector>\nvoid f(const std::vector<std::string>& words, std::vector<std::vector<std::string>>& out) {"
        " for (std::size_t i = 0; i < words.size(); ++i) for (std::string& s : out[i]) s = words[i] + s; }",
        "words[i] + s", "s + words[i]", "out[", sizes="words=n;0:9,out=n;2;m",
    ),
    Kind(
        "pairs",
        "#include <utility>\n#include <vector>\nvoid f(std::vector<std::pair<int, double>>& p, std::pair<int, double>& last, int n) {"
        " for (int i = 0; i < n; ++i) { p[i].second *= p[i].first; last = p[i]; } }",
        "*= p[i].first", "+= p[i].first", "p[", sizes="p=n",
    ),
    Kind(
        "a struct",
        POINT + "void f(Point& p, const double* x, int n) { p.x = 0; for (int i = 0; i < n; ++i) p.x += x[i] * x[i]; p.count = n; p.weights[2] = 1; }",
        "p.weights[2] = 1", "p.weights[2] = 2", "p.weights[2]", sizes="x=n",
    ),
    Kind(
        "a vector of structs",
        f"#include <vector>\n{POINT}void f(std::vector<Point>& points, int n) {{ for (int i = 0; i < n; ++i) {{ points[i].x *= 2; points[i].count += 1; }} }}",
        "count += 1", "count += 2", "points[", sizes="points=n",
    ),
    Kind(
        "pointers with a length",
        "void f(const float* x, float* y, int n) { for (int i = 0; i < n; ++i) y[i] = 2 * x[i]; }",
        "2 * x", "3 * x", "y[",
    ),
    Kind(
        "complex numbers",
        "#include <complex>\n#include <vector>\nvoid f(std::vector<std::complex<double>>& z, int n) { for (int i = 0; i < n; ++i) z[i] *= std::complex<double>(0, 1); }",
        "(0, 1)", "(0, -1)", "z[", sizes="z=n",
    ),
    Kind(
        "a vector of bool",
        "#include <vector>\nvoid f(const std::vector<int>& x, std::vector<bool>& odd, int n) { for (int i = 0; i < n; ++i) odd[i] = x[i] % 2 != 0; }",
        "!= 0", "== 0", "odd[", sizes="x=n,odd=n",
    ),
    Kind(
        "a scalar result",
        "#include <vector>\ndouble f(const std::vector<double>& x) { double s = 0; for (double v : x) s += v * v; return s; }",
        "return s", "return s + 1", "the result", sizes="x=n",
    ),
    Kind(
        "a vector as result",
        "#include <vector>\nstd::vector<int> f(const std::vector<int>& x) { std::vector<int> r; for (int v : x) if (v > 0) r.push_back(v); return r; }",
        "v > 0", "v > 1", "the result", sizes="x=n",
    ),
    Kind(
        "a struct as result",
        POINT + "Point f(const double* x, int n) { Point p{}; for (int i = 0; i < n; ++i) p.x += x[i] * x[i]; p.count = n; return p; }",
        "p.count = n", "p.count = n + 1", "the result.count", sizes="x=n",
    ),
    Kind(
        "a static function",
        "static void f(int* x, int n) { for (int i = 0; i < n; ++i) x[i] += i; }",
        "+= i", "-= i - 1", "x[",
    ),
    Kind(
        "a function in a namespace",
        "#include <vector>\nnamespace outer { namespace inner { using Number = double;\n"
        "void f(std::vector<Number>& x, int n) { for (int i = 0; i < n; ++i) x[i] *= 2; } } }",
        "*= 2", "*= 3", "x[", entry="outer::inner::f",
    ),
    Kind(
        "an instance of a template",
        "template <class T> void scale(T* x, int n) { for (int i = 0; i < n; ++i) x[i] = x[i] * T(2); }",
        "T(2)", "T(3)", "x[", entry="scale<double>",
    ),
    Kind(
        "an overloaded name told by its use of const",
        "#include <vector>\nvoid g(std::vector<int>& x) { for (int& v : x) v = 1; }\n"
        "void f(std::vector<int>& x, const int n) { for (int i = 0; i < n; ++i) x[i] ^= 5; }",
        "^= 5", "^= 4", "x[",
    ),
    Kind(
        "C with restrict pointers",
        "#include <stddef.h>\n#define TWO 2\nstruct pair { double a; int b; };\n"
        "void f(size_t n, const double *restrict x, double *restrict y) { for (size_t i = 0; i < n; i++) y[i] = TWO * x[i]; }",
        "TWO * x", "(TWO + 1) * x", "y[", suffix=".c",
    ),
]  # fmt: skip

KNOWN = Sizes(edges=((1,),), refused=(), generic=((7,), (31,)), benchmark=(2000,), baseline_ms=1.0)


def known(dims: int) -> Sizes:
    """Sizes that spare the search for them: it is not what these tests are about."""
    return Sizes.model_validate(
        {key: _widened(value, dims) for key, value in KNOWN.model_dump().items()}  # (7,) becomes (7, 7)
    )


def _widened(value: object, dims: int) -> object:
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        return value * dims if value != (2000,) else (60,) * dims if dims > 1 else value
    return tuple(_widened(each, dims) for each in value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_values_are_carried_and_compared(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unused(sandbox: object) -> bool:
        return False  # races are not what this test is about

    monkeypatch.setattr(race, "build_tools", unused)
    path = tmp_path / f"kernel{kind.suffix}"
    path.write_text(kind.source + "\n")
    assert kind.source.count(kind.right) == 1
    dims = 2 if ";" in kind.sizes else 1
    sizes = kind.sizes or None
    async with courtroom(
        cheapest_kind(), path, kind.entry, known=known(dims), is_quick=True, races=False, sizes=sizes
    ) as court:
        right = await court.verdict(kind.source + "\n")
        assert right.outcome is Outcome.OK, right
        wrong = await court.verdict(kind.source.replace(kind.right, kind.wrong) + "\n")
        assert wrong.outcome is Outcome.WRONG_ANSWER, wrong
        assert re.match(re.escape(kind.feedback), wrong.feedback), wrong


@pytest.mark.parametrize("suffix", [".cpp", ".c"])
async def test_a_struct_that_callers_see_keeps_its_layout(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unused(sandbox: object) -> bool:
        return False  # races are not what this test is about

    monkeypatch.setattr(race, "build_tools", unused)
    source = (
        "struct Point { double x; double y; int tag; };\n"
        "double total(const struct Point* p, int n)"
        " { double sum = 0; for (int i = 0; i < n; ++i) sum += p[i].x - p[i].y; return sum; }\n"
    )
    path = tmp_path / f"kernel{suffix}"
    path.write_text(source)
    async with courtroom(
        cheapest_kind(), path, "total", known=known(1), is_quick=True, races=False, sizes="p=n"
    ) as court:
        assert (await court.verdict(source)).outcome is Outcome.OK
        for changed in ("double y; double x;", "double x; double y; double z;"):
            verdict = await court.verdict(source.replace("double x; double y;", changed))
            assert verdict.outcome is Outcome.BUILD_ERROR, verdict
            assert "Point must keep its layout" in verdict.feedback
