"""Real runs under kill -9 at random moments, at least thirty of them over the kinds of sandbox that can be had here."""

import os
import random

import pytest

from agentpar.sandbox.kinds import Kind
from bench.chaos import campaign
from tests.evaluation.courtroom import KINDS, why_not

pytestmark = pytest.mark.sandbox

KILLS = 15
PER_RUN = 15
CANDIDATES = 12
SEED = int(os.environ.get("AGENTPAR_CHAOS_SEED") or random.SystemRandom().randrange(2**32))
"""Drawn anew for each run of the tests; the variable repeats the moments that a failure names."""


@pytest.mark.parametrize("kind", KINDS)
def test_kill_9_at_random_moments_loses_nothing_and_leaves_nobody(kind: Kind) -> None:
    if reason := why_not(kind):
        pytest.skip(reason)
    # Where one kind cannot be had, the other takes its share.
    others = [each for each in ("docker", "bubblewrap") if each != kind]
    kills = KILLS * (1 + sum(bool(why_not(other)) for other in others))
    said: list[str] = []
    tally = campaign(kind, kills, seed=SEED, per_run=PER_RUN, candidates=CANDIDATES, say=said.append)
    assert not tally.problems, "\n".join([f"AGENTPAR_CHAOS_SEED={SEED} repeats these moments:", *said])
    assert tally.all_kills >= kills and tally.at_risk > 0 and tally.verdicts > 0
