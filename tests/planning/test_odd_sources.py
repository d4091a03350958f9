"""Sources that are hard to take apart, planned in a real sandbox."""

import json
from pathlib import Path

import pytest

from tests.cli.program import IMPATIENT, agentpar
from tests.evaluation.courtroom import cheapest_kind

LONG = "l" + "o" * 200 + "ng"
TWIN = """\
void {name}(std::vector<double>& x, int most) {{
    const int n = x.size();
    for (int i = 0; i < n; ++i) {{
        double s = x[i];
        for (int k = 0; k < 120; ++k) s = s * 0.5 + 0.25 * most;
        x[i] = s;
    }}
}}
"""
SOURCE = f"""\
#include <cstdio>
#include <vector>
namespace old {{
void entry(std::vector<double>& x) {{ for (double& each : x) each += 1.0; }}
}}
void größe(std::vector<double>& x, int most) {{
    std::puts("on its way");
    for (double& each : x) {{
        double s = each;
        for (int k = 0; k < 120; ++k) s = s * 0.25 + 0.5 * most;
        each = s;
    }}
    std::fputs("done...", stderr);
}}
{"".join(TWIN.format(name=name) for name in ("one", "other", LONG))}
void entry(std::vector<double>& x) {{
    größe(x, 30);
    one(x, 40);
    other(x, 50);
    {LONG}(x, 60);
}}
"""


@pytest.mark.sandbox
def test_functions_that_print_are_alike_or_have_names_of_others_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "odd.cpp").write_text(SOURCE)
    command = ("plan", "odd.cpp::::entry", "--json", "--flags=-O2 -Werror", "--sandbox", cheapest_kind())
    said = agentpar(*command, program=IMPATIENT, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    plan = json.loads(said.stdout)["plan"]
    assert {each["id"]: each["ranges"]["most"][1] for each in plan["subtasks"]} == {"größe": 30, "one": 40, "other": 50}
    assert all(0.2 < each["share"] < 0.3 for each in plan["subtasks"])
    assert {each["function"]: each["reason"] for each in plan["left_alone"]}[LONG] == "its name is too long for a plan"
