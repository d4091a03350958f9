"""What of the serial code no drawn input reaches is said, since no comparison sees an error there."""

from pathlib import Path
from typing import Any

import pytest

from agentpar.evaluation.coverage import Unreached, read_coverage
from tests.evaluation.courtroom import cheapest_kind, courtroom

KERNEL = """\
#include <vector>

template <class T>
static T half(T x) {
    if (x > 1000)
        return x;
    return x / 2;
}

static double never(double x) {
    return x;
}

double f(const std::vector<double>& in, std::vector<double>& out, int mode) {
    double sum = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] > 1000) {
            out[0] = never(3);
        } else {
            out[i] = half(in[i]) + (mode == 3 ? 1 : 0);
        }
        if (in[i] < LOWEST) continue;
        sum += half(static_cast<int>(in[i]));
    }
    return sum;
}
"""


@pytest.mark.parametrize(
    ("lowest", "told"),
    [
        pytest.param(
            "-500",
            "no drawn input comes to lines 6, 18, and all drawn inputs go the same way at line 22 "
            "(`if (in[i] < -500) continue;`): what a version does otherwise is not checked; "
            "other --ranges may reach it",
            id="one_line",
        ),
        pytest.param(
            "-0.5",
            "no drawn input comes to lines 6, 18: what a version does otherwise is not checked; "
            "other --ranges may reach it",
            id="both_ways",
        ),
    ],
)
async def test_what_drawn_values_do_not_reach_is_told_by_its_lines(tmp_path: Path, lowest: str, told: str) -> None:
    path = tmp_path / "rare.cpp"
    path.write_text(KERNEL.replace("LOWEST", lowest), encoding="utf-8")
    options: dict[str, Any] = {"sizes": {"in": "n", "out": "n"}}
    async with courtroom(cheapest_kind(), path, "f", is_quick=True, races=False, **options) as court:
        assert await court.search.unreached() == (told,)


async def test_where_every_line_is_reached_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "scale.c"
    path.write_text(
        "#include <assert.h>\n"
        "void scale(double *x, int n) {\n"
        "    assert(n >= 0);\n"
        "    for (int i = 0; i < n; i++) x[i] = x[i] < 0 ? -x[i] : 2 * x[i];\n"
        "}\n",
        encoding="utf-8",
    )
    async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False) as court:
        assert await court.search.unreached() == ()


MADE_BY_THE_COMPILER = """\
#include <string>
#include <vector>

struct Base { virtual ~Base() = default; virtual double go(double x) const { return x; } };
struct Half : Base { std::vector<double> by{2}; double go(double x) const override { return x / by[0]; } };

static double at(int i) {
    static const std::vector<double> table{1, 2, 3};
    try {
        if (i % 5 == 4) throw std::string("four");
        return table[i % 3];
    } catch (const std::string& told) {
        return told.size();
    }
}

double f(const std::vector<double>& in, int mode) {
    Base* base = new Half;
    double* raw = new double[4]();
    const std::string names[2] = {"a", "b"};
    double sum = 0;
    for (int i = 0; i < 64; ++i) {
        switch (i % 3) {
            case 0: sum += 1; break;
            case 1: sum += at(i); break;
            case 2: sum += raw[i % 4]; break;
        }
        const std::string t = i % 2 ? names[0] : names[1] + "c";
        if (t == std::string("a") && names[i % 2] == "b") sum += base->go(1);
        sum += i % 7 == 3 || i % 5 == 2 ? 1 : 2;
    }
    delete base;
    delete[] raw;
    for (double x : in) sum += x;
    return sum;
}
"""


async def test_branches_that_the_compiler_makes_are_none_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "made.cpp"
    path.write_text(MADE_BY_THE_COMPILER, encoding="utf-8")
    async with courtroom(cheapest_kind(), path, "f", is_quick=True, races=False) as court:
        assert await court.search.unreached() == ()


SHORT = "void f() {\n  if (a) b();\n  c();\n}\n"


def line(number: int, count: int, *branches: int, function: str = "f", throws: tuple[int, ...] = ()) -> dict[str, Any]:
    told = [{"count": each, "throw": at in throws, "fallthrough": False} for at, each in enumerate(branches)]
    return {"line_number": number, "count": count, "function_name": function, "branches": told}


def covered(*lines: dict[str, Any], uncalled: tuple[str, ...] = (), source: str = SHORT) -> Unreached:
    names = {each["function_name"] for each in lines}
    functions = [{"name": name, "execution_count": int(name not in uncalled)} for name in names]
    others = [
        {"file": file, "functions": functions, "lines": [line(1, 0)]}
        for file in ("/usr/include/stl.h", "my_reference.cpp")
    ]
    told = {"files": [*others, {"file": "reference.cpp", "functions": functions, "lines": lines}]}
    return read_coverage(told, source, file="reference.cpp")


def test_a_line_is_reached_where_one_instance_of_a_template_reaches_it() -> None:
    assert covered(line(3, 0, function="f<int>"), line(3, 2, function="f<double>")) == Unreached()
    assert covered(line(3, 0, function="f<int>"), line(3, 0, function="f<double>")) == Unreached(lines=(3,))


def test_ways_that_exceptions_take_and_functions_that_nobody_calls_are_left_out() -> None:
    assert covered(line(2, 5, 5, 0, throws=(1,))) == Unreached()
    assert covered(line(2, 5, 5, 0)) == Unreached(one_way=(2,))
    assert covered(line(3, 0, function="g"), uncalled=("g",)) == Unreached()


def test_braces_and_what_the_judge_adds_behind_the_source_are_no_lines_of_the_users() -> None:
    assert covered(line(4, 0), line(5, 0), line(9, 3, 3, 0)) == Unreached()


def test_of_a_line_with_one_condition_it_takes_two_that_go_one_way_where_the_compiler_has_one_too() -> None:
    assert covered(line(2, 5, 5, 0, 3, 2)) == Unreached()
    assert covered(line(2, 5, 5, 0, 5, 0)) == Unreached(one_way=(2,))
    assert covered(line(3, 5, 5, 0)) == Unreached()


def test_a_switch_goes_one_way_only_where_all_take_the_same_label() -> None:
    source = "void f() {\n  switch (a) {\n  case 0: case 1: b();\n  }\n}\n"
    assert covered(line(2, 5, 3, 2, 0), source=source) == Unreached()
    assert covered(line(2, 5, 5, 0, 0), source=source) == Unreached(one_way=(2,))


def test_lines_are_counted_as_compilers_do_and_conditions_of_macros_are_seen() -> None:
    source = "#define MOST(a, b) ((a) > (b) ? (a) : (b))\n\f\nvoid f() {\n  x = MOST(x, y);\n  c();\n}  // of f\n"
    assert covered(line(4, 5, 5, 0), line(5, 0), line(6, 0), source=source) == Unreached(lines=(5,), one_way=(4,))


def test_nothing_is_told_of_a_source_that_numbers_its_lines_itself() -> None:
    assert covered(line(3, 0)) == Unreached(lines=(3,))
    assert covered(line(3, 0), source=f"# line 1\n{SHORT}") == Unreached()


def test_many_places_are_counted_rather_than_listed() -> None:
    told = Unreached(lines=(1, 2, 3, 5, 7, 9, 11, 13, 15, 17)).described("")
    assert told.startswith("no drawn input comes to lines 1-3, 5, 7, 9, 11, 13 and 2 other places: ")
