"""What the rewrite proposer offers for a source, and what a compiler says of it."""

import subprocess
from collections.abc import Sequence

from agentpar.candidate import Proposal, as_candidate
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.verdict import Verdict

COMPILE = ["g++", "-std=c++17", "-fopenmp", "-x", "c++"]


async def proposals(
    source: str, entry: str, judged: Sequence[tuple[Proposal, Verdict]] = (), n: int = 200
) -> Sequence[Proposal]:
    history = [
        (as_candidate(proposal, number=number, subtask=entry), verdict)
        for number, (proposal, verdict) in enumerate(judged, start=1)
    ]
    state = SearchState(source=source, entry=entry, target="openmp", seed=0, judged=history)
    return await RewriteProposer().propose(state, n)


def compiles(source: str, *more: str) -> str:
    done = subprocess.run([*COMPILE, *more, "-"], input=source, text=True, capture_output=True, check=False)
    return done.stderr
