"""The judge's word on what is offered for patterns: right, and free of races."""

from pathlib import Path

import pytest
from offers import proposals
from patterns import pattern

from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

# The pattern of the offer to judge, which need not be the first. Those that share memory in ways of their own: what
# else is offered is judged by `bench.kernels`.
JUDGED = {
    "keep_large": "parallel-for+append",
    "merge_sort": "tasks",
    "levenshtein": "parallel-for+wavefront",
    "diffuse": "parallel-region",
    "first_bad": "chunked-search",
    "segments": "scan",
    "reachable": "parallel-for+reduction+pivot",
    "attract": "parallel-for+private-copies",
    "weighted_bins": "parallel-for+private-copies",
    "lowest_then_left": "parallel-for+located-extreme",
}


@pytest.mark.sandbox
@pytest.mark.parametrize("name", JUDGED)
async def test_the_judge_finds_it_right_and_free_of_races(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cpp"
    path.write_text(pattern(name))
    offered = await proposals(path.read_text(), name)
    source = next(p.source for p in offered if p.pattern == JUDGED[name])
    async with courtroom(cheapest_kind(), path, name, is_quick=True) as room:
        verdict = await room.verdict(source, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict.feedback
