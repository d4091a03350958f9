"""Loops that hand on a state: blocks are told what they begin with, where that is what the serial loop hands them."""

import subprocess
from pathlib import Path

import pytest
from handed_on import NEVER_TOLD, TOLD
from offers import compiles, proposals

from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

_MARK = "blocks that know"
_OPTIONS = {
    "changes": {"sizes": "in=n", "ranges": "in=-1:1"},
    "spaces": {"sizes": "text=n", "ranges": "text=31:33"},
    "longest_run": {"sizes": "s=n", "ranges": "s=0:2"},
    "words": {"sizes": "text=n", "ranges": "text=32:34"},
}


@pytest.mark.parametrize("name", TOLD)
async def test_blocks_know_the_state_they_begin_with(name: str) -> None:
    first = (await proposals(TOLD[name], name))[0]
    assert _MARK in first.strategy
    assert "error" not in compiles(first.source, "-S", "-o", "/dev/null")


@pytest.mark.parametrize("target", ["threads", "stdpar"])
async def test_other_targets_cut_blocks_too_in_a_file_that_begins_with_a_blank_line(target: str) -> None:
    first = (await proposals("\n" + TOLD["best_sum"].lstrip(), "best_sum", target=target))[0]
    assert _MARK in first.strategy
    assert "omp" not in first.source


async def test_what_puts_blocks_together_is_not_cut_into_blocks_again() -> None:
    first = (await proposals(TOLD["precise"], "precise"))[0]
    assert first.source.count("#pragma omp parallel for") == 1


@pytest.mark.parametrize("name", NEVER_TOLD)
async def test_a_state_that_blocks_cannot_tell_is_left_alone(name: str) -> None:
    offered = await proposals(NEVER_TOLD[name], name)
    assert not any(_MARK in proposal.strategy for proposal in offered)


_RUN = """
#include <cmath>
#include <cstdio>
namespace serial {{ {serial} }}
namespace parallel {{ {parallel} }}
int main() {{
    static double x[300], one[300], other[300];
    for (int at = 0; at < 299; at += 23) {{
        for (int i = 0; i < 300; ++i) x[i] = i % 7 - 3;
        x[at] = -INFINITY;
        x[at + 1] = INFINITY;
        serial::turns(x, one, 300);
        parallel::turns(x, other, 300);
        for (int i = 0; i < 300; ++i) {{
            const bool same = one[i] == other[i] || (one[i] != one[i] && other[i] != other[i]);
            if (!same && !(std::fabs(one[i] - other[i]) < 1e-9)) std::printf("%d ", i);
        }}
    }}
}}
"""


@pytest.mark.parametrize("step", ["if (x[i] == 3) s = 1; else s = x[i] - 0.5 * s;", "s = s + x[i]; if (s < 0) s = 0;"])
async def test_infinities_go_through_blocks_as_through_the_loop(step: str, tmp_path: Path) -> None:
    serial = (
        "void turns(const double *x, double *out, int n) {\n    double s = 0;\n"
        f"    for (int i = 0; i < n; ++i) {{\n        {step}\n        out[i] = s;\n    }}\n}}\n"
    )
    first = (await proposals(serial, "turns"))[0]
    assert _MARK in first.strategy
    whole = _RUN.format(serial=serial, parallel=first.source)
    assert "error" not in compiles(whole, "-o", str(tmp_path / "run"))
    assert subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=True).stdout == ""


_ENDS = """
#include <cmath>
#include <cstdio>
namespace serial {{ {serial} }}
namespace parallel {{ {parallel} }}
int main() {{
    static double x[300];
    for (int n = 1; n <= 300; n += 23)
        for (int at = 0; at < n; at += n > 2 ? n - 1 : 1) {{
            for (int i = 0; i < n; ++i) x[i] = 0.1 * i;
            x[at] = INFINITY;
            const double one = serial::precise(x, n), other = parallel::precise(x, n);
            if (one != other && !(one != one && other != other)) std::printf("%d of %d ", at, n);
        }}
}}
"""


async def test_an_infinity_at_the_end_of_a_compensated_sum_is_the_sum(tmp_path: Path) -> None:
    serial = (
        "double precise(const double *x, int n) {\n    double s = 0, c = 0;\n    for (int i = 0; i < n; i++) {\n"
        "        double y = x[i] - c;\n        double t = s + y;\n        c = (t - s) - y;\n        s = t;\n    }\n"
        "    return s;\n}\n"
    )
    first = (await proposals(serial, "precise"))[0]
    assert _MARK in first.strategy
    assert "error" not in compiles(_ENDS.format(serial=serial, parallel=first.source), "-o", str(tmp_path / "run"))
    assert subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=True).stdout == ""


@pytest.mark.sandbox
@pytest.mark.parametrize("name", TOLD)
async def test_the_judge_finds_the_blocks_right_and_free_of_races(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cpp"
    path.write_text(TOLD[name])
    source = (await proposals(TOLD[name], name))[0].source
    async with courtroom(cheapest_kind(), path, name, is_quick=True, **_OPTIONS.get(name, {})) as room:
        verdict = await room.verdict(source, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict.feedback
