# ruff: noqa: E501 (lines of C++)
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentpar.evaluation.case import Sizes
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Part:
    """Parameters of one kind, what is done with them, and a change that makes an output wrong.

    The feedback on the change begins with that output's name. A part that returns something comes last.
    """

    name: str
    parameters: str
    body: str
    right: str
    wrong: str
    feedback: str
    sizes: str = ""


@dataclass(frozen=True)
class Function:
    """One function with parameters of several kinds: preparing a task for each would take most of the time."""

    name: str
    head: str
    parts: tuple[Part, ...]
    before: str = ""
    after: str = ""
    entry: str = "f"
    suffix: str = ".cpp"
    standard: str = ""

    @property
    def source(self) -> str:
        parameters = ", ".join([*(part.parameters for part in self.parts if part.parameters), "int n"])
        body = "\n".join(f"    {part.body}" for part in self.parts)
        return f"{self.before}{self.head}({parameters}) {{\n{body}\n}}\n{self.after}"

    @property
    def sizes(self) -> str | None:
        return ",".join(part.sizes for part in self.parts if part.sizes) or None


INCLUDES = "".join(f"#include <{name}>\n" for name in ("array", "complex", "string", "utility", "vector"))
# The harness has one of that name.
ORDER = "struct Order { double x; int count; float weights[3]; std::array<int, 2> tags; };\n"

FUNCTIONS = [
    Function(
        "a static function", "static double f", before=INCLUDES,
        parts=(
            Part(
                "scalars by value", "double* sums, double a, float b, long c, unsigned d, bool e, char g",
                "for (int i = 0; i < n; ++i) sums[i] = a + b + c + d + e + g;", "+ d +", "- d +", "sums[", "sums=n",
            ),
            Part(
                "a scalar by reference", "const double* x, double& total",
                "total = 0; for (int i = 0; i < n; ++i) total += x[i] * x[i];",
                "x[i] * x[i]", "x[i] * x[i] * 1.01", "total", "x=n",
            ),
            Part(
                "vectors by value, reference and const reference",
                "std::vector<int> given, const std::vector<int>& added, std::vector<long>& got",
                "for (int i = 0; i < n; ++i) { given[i] += added[i]; got[i] = given[i]; }",
                "got[i] = given[i]", "got[i] = given[i] + 1", "got[",
            ),
            Part(
                "nested vectors", "const std::vector<std::vector<double>>& rows, std::vector<std::vector<double>>& twice",
                "for (std::size_t i = 0; i < rows.size(); ++i) for (std::size_t j = 0; j < rows[i].size(); ++j) twice[i][j] = 2 * rows[i][j];",
                "twice[i][j] = 2", "twice[i][j] = 3", "twice[", "rows=n;m,twice=n;m",
            ),
            Part("a scalar as result", "", "return n + 0.5;", "n + 0.5", "n + 1.5", "the result"),
        ),
    ),
    Function(
        "a function in a namespace", "std::vector<int> f", entry="outer::inner::f",
        before=f"{INCLUDES}namespace outer {{ namespace inner {{ using Number = double;\n", after="} }\n",
        parts=(
            Part(
                "a type that the namespace names", "std::vector<Number>& numbers",
                "for (int i = 0; i < n; ++i) numbers[i] *= 2;", "*= 2", "*= 3", "numbers[",
            ),
            Part(
                "arrays", "const std::vector<std::array<double, 3>>& corners, std::array<double, 3>& sum",
                "for (const auto& p : corners) for (int k = 0; k < 3; ++k) sum[k] += p[k];",
                "sum[k] += p[k]", "sum[k] += p[0]", "sum[", "corners=n",
            ),
            Part(
                "strings", "const std::string& text, std::string& upper",
                "upper.resize(text.size()); for (std::size_t i = 0; i < text.size(); ++i) upper[i] = text[i] - 32;",
                "text[i] - 32", "text[i] - 31", "upper[", "text=n,upper=n",
            ),
            Part(
                "strings in vectors", "const std::vector<std::string>& words, std::vector<std::vector<std::string>>& out",
                "for (std::size_t i = 0; i < words.size(); ++i) for (std::string& s : out[i]) s = words[i] + s;",
                "words[i] + s", "s + words[i]", "out[", "words=n;0:9,out=n;2;m",
            ),
            Part(
                "a vector of bool", "const std::vector<int>& x, std::vector<bool>& odd",
                "for (int i = 0; i < n; ++i) odd[i] = x[i] % 2 != 0;", "!= 0", "== 0", "odd[", "x=n,odd=n",
            ),
            Part(
                "a vector as result", "", "std::vector<int> r; for (int v : x) if (v > 0) r.push_back(v); return r;",
                "v > 0", "v <= 0", "the result",
            ),
        ),
    ),
    Function(
        "an instance of a template", "template <class T>\nOrder f", entry="f<double>", before=f"{INCLUDES}{ORDER}",
        parts=(
            Part(
                "pointers with a length", "const float* x, float* y", "for (int i = 0; i < n; ++i) y[i] = 2 * x[i];",
                "2 * x", "3 * x", "y[",
            ),
            Part("a pointer to the template's type", "T* z", "for (int i = 0; i < n; ++i) z[i] = z[i] * T(2);", "T(2)", "T(3)", "z["),
            Part(
                "pairs", "std::vector<std::pair<int, double>>& pairs, std::pair<int, double>& last",
                "for (int i = 0; i < n; ++i) { pairs[i].second *= pairs[i].first; last = pairs[i]; }",
                "*= pairs[i].first", "+= pairs[i].first", "pairs[", "pairs=n",
            ),
            Part(
                "a struct", "Order& point", "point.x = 0; for (int i = 0; i < n; ++i) point.x += x[i] * x[i]; point.count = n; point.weights[2] = 1; point.tags[1] = n;",
                "point.tags[1] = n", "point.tags[1] = n + 1", "point.tags[1]",
            ),
            Part(
                "a vector of structs", "std::vector<Order>& points",
                "for (int i = 0; i < n; ++i) { points[i].x *= 2; points[i].count += 1; }",
                "count += 1", "count += 2", "points[", "points=n",
            ),
            Part(
                "complex numbers", "std::vector<std::complex<double>>& turned",
                "for (int i = 0; i < n; ++i) turned[i] *= std::complex<double>(0, 1);",
                "(0, 1)", "(0, -1)", "turned[", "turned=n",
            ),
            Part(
                "a struct as result", "", "Order p{}; for (int i = 0; i < n; ++i) p.x += x[i] * x[i]; p.count = n; return p;",
                "p.count = n;", "p.count = n + 1;", "the result.count",
            ),
        ),
    ),
    Function(
        "an overloaded name told by its use of const", "void f",
        before=f"{INCLUDES}void g(std::vector<int>& x) {{ for (int& v : x) v = 1; }}\n",
        parts=(
            Part("a const scalar", "std::vector<int>& x, const int shift", "for (int i = 0; i < n; ++i) x[i] ^= 5 + shift;", "^= 5", "^= 4", "x["),
        ),
    ),
    Function(
        "spans", "void f", standard="c++20",
        before=f"{INCLUDES}#include <span>\nusing View = std::span<const double>;\n",
        parts=(
            Part(
                "a span of constants and one to write to", "View x, std::span<double> y",
                "for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i];", "2 * x", "3 * x", "y[", "x=n,y=n",
            ),
            Part(
                "a span that is constant itself", "const std::span<int>& z", "for (int& v : z) v += n;",
                "v += n", "v += n + 1", "z[", "z=n",
            ),
        ),
    ),
    Function(
        "C", "void f", suffix=".c",
        before="#include <stddef.h>\n#define TWO 2\nstruct pair { double a; int b; };\ndouble gamma[2];\ndouble step(double z) { return z + 3; }\n",
        parts=(
            Part(
                "a function and a variable named like libc's", "double *z", "gamma[1] = 2; for (int i = 0; i < n; i++) z[i] = step(z[i]) * gamma[1];",
                "z + 3", "z + 4", "z[",
            ),
            Part(
                "restrict pointers", "const double *restrict x, double *restrict y", "for (int i = 0; i < n; i++) y[i] = TWO * x[i];",
                "TWO * x", "(TWO + 1) * x", "y[",
            ),
        ),
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


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
async def test_values_are_carried_and_compared(function: Function, tmp_path: Path) -> None:
    path = tmp_path / f"kernel{function.suffix}"
    path.write_text(function.source)
    sizes = function.sizes
    dims = 2 if ";m" in (sizes or "") else 1
    more = {"standard": function.standard} if function.standard else {}
    async with courtroom(
        cheapest_kind(), path, function.entry, known=known(dims), is_quick=True, races=False, sizes=sizes, **more
    ) as court:
        right = await court.verdict(function.source)
        assert right.outcome is Outcome.OK, right
        for part in function.parts:
            assert function.source.count(part.right) == 1, part.name
            wrong = await court.failure(function.source.replace(part.right, part.wrong))
            assert wrong is not None and wrong.outcome is Outcome.WRONG_ANSWER, (part.name, wrong)
            assert wrong.feedback.startswith(part.feedback), (part.name, wrong)


@pytest.mark.parametrize("suffix", [".cpp", ".c"])
async def test_a_struct_that_callers_see_keeps_its_layout(suffix: str, tmp_path: Path) -> None:
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
