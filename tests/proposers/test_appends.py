"""Loops that append to texts and lists: blocks with their own, where all that the loop does with them is to append."""

from pathlib import Path

import pytest
from offers import proposals

from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

_ESCAPED = """
#include <string>
std::string escaped(const std::string &in) {
    std::string out;
    for (char c : in) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out.append("&lt;"); break;
            default: out += c;
        }
    }
    return out;
}
"""
_GENERAL = """
#include <string>
#include <vector>
void appends(const std::vector<int> &in, std::vector<int> &out, std::vector<int> &more, std::vector<int> &ends) {{
    for (int i = 0; i < (int)in.size(); ++i) {{
        {body}
    }}
}}
"""


@pytest.mark.sandbox
async def test_texts_of_blocks_are_joined_in_order(tmp_path: Path) -> None:
    path = tmp_path / "escaped.cpp"
    path.write_text(_ESCAPED)
    first = (await proposals(_ESCAPED, "escaped"))[0]
    assert first.pattern == "parallel-for+append"
    async with courtroom(cheapest_kind(), path, "escaped", is_quick=True, sizes="in=n", ranges="in=32:64") as room:
        verdict = await room.verdict(first.source, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict.feedback


@pytest.mark.parametrize(
    ("body", "is_offered"),
    [
        ("if (in[i] > 0) out.insert(out.end(), in.begin(), in.begin() + i % 3);", True),
        ("for (int k = 0; k < in[i]; ++k) out.push_back(i);", True),
        ("if (in[i] > 0) out.insert(out.begin(), in.begin(), in.begin() + i % 3);", False),
        ("if (out.empty() || out.back() != in[i]) out.push_back(in[i]);", False),
        ("if (in[i] > 0) out.push_back((int)out.size());", False),
        ("if (in[i] > 0) out.insert(out.end(), out.begin(), out.begin() + 1);", False),
        ("out.push_back(in[i]); ends[i] = (int)out.size();", True),
        ("out.push_back(in[i]); ends[i] = 2 * (int)out.size();", False),
        ("out.push_back(in[i]); if (in[i] > 0) ends[i] = (int)out.size();", False),
        ("out.push_back(in[i]); ends[in[i]] = (int)out.size();", False),
        ("if (in[i] > 0) out.push_back(in[i]); ends[i] = (int)out.size(); if (ends[i] > 9) ends[0] = 1;", False),
        ("if (in[i] > 0) out.push_back(in[i]); more.push_back(out.size());", True),
        ("if (in[i] > 0) out.push_back(in[i]); else more.push_back(0); more.push_back(out.size());", False),
    ],
)
async def test_what_asks_for_the_list_is_not_cut_into_blocks(body: str, is_offered: bool) -> None:
    offered = await proposals(_GENERAL.format(body=body), "appends")
    assert is_offered == any(proposal.pattern == "parallel-for+append" for proposal in offered)


async def test_a_list_that_tells_how_far_its_loop_goes_is_not_cut_into_blocks() -> None:
    source = _GENERAL.format(body="if (in[i] > 100) out.push_back(in[i]);").replace("in.size()", "out.size()")
    assert all(proposal.pattern != "parallel-for+append" for proposal in await proposals(source, "appends"))
