"""How far an output may be from the reference's where terms cancel."""

import subprocess
from pathlib import Path

import pytest

from agentpar.evaluation.case import Sizes
from agentpar.evaluation.session import Round
from agentpar.resources import resource
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

# A sum of many numbers between -1 and 1 is often below this share of its standard deviation, divided by 1e-9.
ONE_IN_TWENTY = 1.5e-8

GROUPS = """\
#include <vector>

struct Group {
    double sum;
    long count;
};

void group_sums(const std::vector<double>& values, std::vector<Group>& groups) {
    const std::size_t n = values.size(), k = groups.size();
    for (std::size_t i = 0; i < n; ++i) {
        groups[i % k].sum += values[i];
        groups[i % k].count += 1;
    }
}
"""
TOTAL = """\
#include <cmath>
#include <vector>

double total(const std::vector<double>& values) {
    double sum = 0;
    for (double each : values) sum += each;
    return sum;
}
"""
BACKWARDS = GROUPS.replace("for (std::size_t i = 0; i < n; ++i) {", "for (std::size_t i = n; i-- > 0;) {")
SLIGHTLY_WRONG = GROUPS.replace("    }\n}\n", "    }\n    if (k > 3) groups[3].sum += 1e-9;\n}\n")


@pytest.mark.sandbox
@pytest.mark.asyncio
async def test_a_field_of_many_structs_may_be_off_by_what_its_large_values_are(tmp_path: Path) -> None:
    path = tmp_path / "groups.cpp"
    path.write_text(GROUPS)
    sizes = Sizes(edges=(), refused=(), generic=((3, 5),), benchmark=(320_000, 5_000), baseline_ms=1)
    opened = courtroom(
        cheapest_kind(), path, "group_sums", known=sizes, races=False, sizes="values=n,groups=k", rtol=1e-12
    )
    async with opened as court:
        # Of five thousand sums some are near zero, with an error that is large beside them.
        assert await court.failure(BACKWARDS) is None
        wrong = await court.failure(SLIGHTLY_WRONG)
    assert wrong is not None
    assert wrong.outcome == Outcome.WRONG_ANSWER
    assert "groups[3].sum" in wrong.feedback


@pytest.mark.sandbox
@pytest.mark.asyncio
async def test_a_sum_that_lies_near_zero_by_chance_may_be_off_by_what_its_like_mostly_are(tmp_path: Path) -> None:
    (tmp_path / "total.cpp").write_text(TOTAL)
    sizes = Sizes(edges=(), refused=(), generic=((3,),), benchmark=(1000,), baseline_ms=1)
    opened = courtroom(
        cheapest_kind(), tmp_path / "total.cpp", "total", known=sizes, races=False, is_quick=True, rtol=ONE_IN_TWENTY
    )

    def off(error: str) -> str:
        return TOTAL.replace("return sum;", f"return sum + {error} * std::sqrt(values.size() / 3.0);")

    async with opened as court:
        case = court.prepared
        for error, is_wrong in (("1e-9", False), ("1e-7", True)):
            async with court.pool.sandbox() as sandbox:
                assert await case.build(sandbox, off(error)) is None
                judged = await case.judge(sandbox, [Round(dims=(1000,))] * 80, candidate=case.candidate)
            assert (judged.failed is not None) == is_wrong, judged.failed


def test_neither_huge_numbers_nor_little_precision_allow_others_in_their_place_or_beside_them(tmp_path: Path) -> None:
    program, source = str(tmp_path / "comparison"), str(Path(__file__).with_name("comparison.cpp"))
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Werror", f"-I{resource('sandboxes')}", "-o", program, source]
    subprocess.run(command, check=True, timeout=60)
    said = subprocess.run([program], check=True, capture_output=True, text=True, timeout=60).stdout
    said, _, recurring = said.partition("recurring\n")
    differing, _, same = said.partition("same\n")
    # Neither an infinity nor squares that add up to one allow any number, nor does one that is huge beside others.
    assert len(differing.splitlines()) == 10
    assert all(line.startswith("x") for line in differing.splitlines())
    assert same.split() == []
    assert recurring == "1100000"
