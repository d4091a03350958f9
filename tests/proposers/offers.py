"""What the rewrite proposer offers for a source, and what a compiler says of it."""

import subprocess
from collections.abc import Sequence

from agentpar.candidate import Proposal, as_candidate
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict

COMPILE = ["g++", "-std=c++17", "-fopenmp", "-x", "c++"]


async def proposals(
    source: str, entry: str, judged: Sequence[tuple[Proposal, Verdict]] = (), n: int = 200, *, target: str = "openmp"
) -> Sequence[Proposal]:
    history = [
        (as_candidate(proposal, number=number, subtask=entry), verdict)
        for number, (proposal, verdict) in enumerate(judged, start=1)
    ]
    state = SearchState(source=source, entry=entry, target=target, seed=0, judged=history)
    return await RewriteProposer().propose(state, n)


def compiles(source: str, *more: str) -> str:
    done = subprocess.run([*COMPILE, *more, "-"], input=source, text=True, capture_output=True, check=False)
    return done.stderr


def faster(times: float) -> Verdict:
    ratio = Ratio(median=times, low=times * 0.98, high=times * 1.02, pairs=20)
    point = Scaling(threads=2, ratio=ratio, baseline_ms=30, candidate_ms=30 / times, threads_seen=1.9)
    measured = Measurement(sizes={}, scaling=(point,), parallel_gain=ratio, noise_floor=0.02)
    return Verdict(outcome=Outcome.OK, stage=Stage.MEASURE, measurement=measured)
