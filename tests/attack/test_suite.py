"""Half of the attacks in bubblewrap, drawn anew each time; in Docker those that depend on the kind of sandbox.

Of the honest twins that no attack has to be compared with, some are drawn too; `make attack` judges all in both.
"""

import asyncio
import secrets
from collections.abc import Sequence

import pytest

from agentpar.attack.campaign import Tally, Wrong, run_campaign
from agentpar.attack.cases import Bench, load_benches, select
from agentpar.evaluation import measure
from agentpar.evaluation.statistics import Pair
from agentpar.sandbox.kinds import Kind
from tests.evaluation.courtroom import KINDS, why_not

pytestmark = pytest.mark.sandbox

CHOSEN: dict[Kind, tuple[str, ...]] = {
    "docker": ("processes", "privileges", "network", "leftovers", "secrets", "stopping", "sabotage"),
    "bubblewrap": (),
}


SHARE: dict[Kind, float] = {"docker": 1.0, "bubblewrap": 0.5}
TWINS: dict[Kind, float] = {"docker": 0.0, "bubblewrap": 0.15}


@pytest.fixture(scope="module", params=KINDS)
def tally(request: pytest.FixtureRequest) -> Tally:
    if reason := why_not(request.param):
        pytest.skip(reason)
    benches = drawn(select(load_benches(), CHOSEN[request.param]), SHARE[request.param])
    with pytest.MonkeyPatch.context() as patch:
        # Other tests run meanwhile. A cheat is believed only if its re-test is, too, so whatever was timed will do.
        patch.setattr(measure, "_QUIET_LOAD", float("inf"))
        patch.setattr(Pair, "is_quiet", True)
        return asyncio.run(run_campaign(request.param, benches, say=print, twins=TWINS[request.param]))


def drawn(benches: Sequence[Bench], share: float) -> tuple[Bench, ...]:
    chance = secrets.SystemRandom()
    return tuple(
        bench.model_copy(update={"attacks": tuple(pair for pair in bench.attacks if chance.random() < share)})
        for bench in benches
    )


def problems(tally: Tally, what: Wrong) -> list[str]:
    return [f"{problem.case}: {problem.words}" for problem in tally.problems if problem.what == what]


def test_no_cheat_is_believed(tally: Tally) -> None:
    assert problems(tally, "believed") == []


def test_nobody_escapes(tally: Tally) -> None:
    assert problems(tally, "escaped") == []


def test_every_attack_gets_its_verdict(tally: Tally) -> None:
    assert problems(tally, "wrong verdict") == []


def test_nothing_survives_a_candidate(tally: Tally) -> None:
    assert problems(tally, "survivor") == []


def test_no_honest_candidate_is_condemned(tally: Tally) -> None:
    assert problems(tally, "honest condemned") == []


def test_most_right_candidates_are_timed(tally: Tally) -> None:
    # Else that no cheat is believed would say nothing.
    assert tally.untimed < tally.honest / 2
