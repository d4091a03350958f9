"""The plan of a specification's functions: what is refused before anything is written or run."""

from typing import Any

import pytest

from agentpar.errors import TaskError
from agentpar.languages.callgraph import call_graph
from agentpar.planning.design import load_design
from tests.planning.test_specification import FARTHEST, ROUGHNESS, SMOOTHED


@pytest.mark.parametrize(
    ("functions", "problem"),
    [
        ([SMOOTHED | {"depends_on": ["roughness"]}, FARTHEST, ROUGHNESS], "wait for each other"),
        ([SMOOTHED, ROUGHNESS], "depends on unknown subtasks: farthest"),
        ([SMOOTHED, FARTHEST], "it has no function roughness"),
        ([SMOOTHED, FARTHEST, ROUGHNESS | {"depends_on": ["smoothed"]}], "farthest: nothing that roughness"),
        ([SMOOTHED, SMOOTHED, FARTHEST, ROUGHNESS], "two subtasks have the same id"),
        ([SMOOTHED | {"contract": ""}, FARTHEST, ROUGHNESS], r"functions\.0\.contract"),
        ([SMOOTHED | {"name": "a; rm -rf /"}, FARTHEST, ROUGHNESS], r"functions\.0\.name"),
        ([SMOOTHED | {"name": "$(id)"}, FARTHEST, ROUGHNESS], r"functions\.0\.name"),
        ([SMOOTHED | {"signature": "int other()"}, FARTHEST, ROUGHNESS], "smoothed: its signature must declare"),
        ([SMOOTHED | {"signature": "int smoothed() {}"}, FARTHEST, ROUGHNESS], "smoothed: its signature must declare"),
        ([SMOOTHED | {"signature": "[[gnu::constructor]] int smoothed()"}, FARTHEST, ROUGHNESS], "smoothed: its sig"),
        ([SMOOTHED | {"tests": "assert(true);"}, FARTHEST, ROUGHNESS], "smoothed: its tests do not call it"),
        ([SMOOTHED | {"name": f"f{i}"} for i in range(10_000)], "at most 64"),
    ],
)
def test_a_plan_of_functions_that_cannot_be_written_is_refused(functions: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(TaskError, match=problem):
        load_design({"types": "", "functions": functions}, entry="roughness", declaration="double roughness()")


@pytest.mark.parametrize(
    "types",
    [
        "const int n = std::system(0);",
        "int f() { return 1; }",
        "struct P { P(); } p;",
        "#define X 1",
        'asm(".section .init_array");',
        "struct P { double x; P() {} };",
        "struct P { double x = start(); };",
        "struct P { double x; inline static int n = start(); };",
        "struct P { long x = *reinterpret_cast<long*>(8) = 1; };",
        "using P = struct { double x = start(); };",
        'constexpr int n [[gnu::section(".init_array")]] = 1;',
        "f();",
    ],
)
def test_shared_types_hold_no_code_that_would_run_in_the_judge(types: str) -> None:
    values = {"functions": [ROUGHNESS | {"depends_on": []}]}
    fitting = "struct P { double x = 0.0; static constexpr int n = 2; };\nconstexpr double half = std::sqrt(0.25);;"
    load_design(values | {"types": fitting}, entry="roughness", declaration="double roughness()")
    with pytest.raises(TaskError, match="types: only"):
        load_design(values | {"types": types}, entry="roughness", declaration="double roughness()")


def test_a_contract_does_not_take_the_signature_into_its_comment() -> None:
    said = SMOOTHED | {"contract": "means of neighbours: a \\ b, a \\\nand their ends \\ \\"}
    functions = [said, FARTHEST, ROUGHNESS]
    design = load_design({"functions": functions}, entry="roughness", declaration="double roughness()")
    assert set(call_graph(design.stubs())) == {"smoothed", "farthest", "roughness"}
    assert "// means of neighbours: a \\ b, a\n// and their ends\nstd::vector" in design.stubs()
