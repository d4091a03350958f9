"""A sixth of each family of attacks, drawn anew each time: in Docker of those that depend on the kind of sandbox, in
bubblewrap of a quarter of the tasks.

Of Python, ranks and CUDA, each of which takes seconds, it is a few, of two tasks, and all that once was believed. Of
the honest candidates and twins that no attack has to be compared with, some are drawn too; `make attack` judges all.
"""

import asyncio
import math
import secrets
from collections.abc import Callable, Sequence

import pytest

from agentpar.attack.campaign import Tally, Wrong, run_campaign
from agentpar.attack.cases import Bench, Case, load_benches, select
from agentpar.evaluation import measure
from agentpar.evaluation.statistics import Pair
from agentpar.judges import judge_of
from agentpar.sandbox.kinds import Kind
from agentpar.task_file import load_task
from tests.evaluation.courtroom import KINDS, why_not

pytestmark = pytest.mark.sandbox

CHOSEN: dict[Kind, tuple[str, ...]] = {
    "docker": ("processes", "privileges", "network", "leftovers", "secrets", "stopping", "sabotage"),
    "bubblewrap": (),
}
SHARE = 1 / 6
# Python, ranks and CUDA: tasks that take long to open or to verify, so besides the first one of them a run.
DEAR: dict[str, Kind] = {
    "waves": "docker",
    "clip": "docker",
    "ranks": "docker",
    "teams": "docker",
    "spread": "bubblewrap",
    "lift": "bubblewrap",
}
DRAWN = ("waves", secrets.choice([name for name in DEAR if name != "waves"]))
DEAR_SHARE = 1 / 20
ONCE_BELIEVED = ("shows_one_room_twice", "maps_its_rooms_twice", "returns_its_input", "leaves_system_v_objects")
TWINS = 0.2


@pytest.fixture(scope="module", params=KINDS)
def tally(request: pytest.FixtureRequest) -> Tally:
    if reason := why_not(request.param):
        pytest.skip(reason)
    benches = drawn_for(request.param)
    with pytest.MonkeyPatch.context() as patch:
        # Other tests run meanwhile. A cheat is believed only if its re-test is, too, so whatever was timed will do.
        patch.setattr(measure, "_QUIET_LOAD", float("inf"))
        patch.setattr(Pair, "is_quiet", True)
        return asyncio.run(run_campaign(request.param, benches, say=print, twins=TWINS))


def drawn_for(kind: Kind) -> tuple[Bench, ...]:
    """What this run judges in a kind of sandbox."""
    benches = {bench.folder.name: bench for bench in load_benches()}
    dear = {name: benches.pop(name) for name in DEAR}
    chosen = [
        bench.model_copy(update={"good": ()})
        for name, bench in dear.items()
        if name in DRAWN and DEAR[name] == kind and is_judged(bench, kind)
    ]
    cheap = list(benches.values())
    if kind == "bubblewrap":  # to open a task takes longer than to judge its attacks
        cheap = secrets.SystemRandom().sample(cheap, math.ceil(len(cheap) / 4))
    return (
        *drawn(select(tuple(cheap), CHOSEN[kind]), SHARE, lambda case: case.family),
        *drawn(chosen, DEAR_SHARE, lambda case: case.task),
    )


def is_judged(bench: Bench, kind: Kind) -> bool:
    task = load_task(str(bench.folder))
    return not judge_of(task).refuses(task, kind)


def drawn(benches: Sequence[Bench], share: float, kind_of: Callable[[Case], str]) -> tuple[Bench, ...]:
    """A share of the attacks of each kind, and of each task's honest candidates; of each at least one."""
    chance = secrets.SystemRandom()

    def some_of(ids: Sequence[str]) -> set[str]:
        return set(chance.sample(ids, math.ceil(share * len(ids))))

    kinds: dict[str, list[str]] = {}
    for bench in benches:
        for attack, _ in bench.attacks:
            kinds.setdefault(kind_of(attack), []).append(attack.id)
    chosen = set().union(*map(some_of, kinds.values()))
    chosen |= {each for ids in kinds.values() for each in ids if each.endswith(ONCE_BELIEVED)}
    for bench in benches:
        chosen |= some_of([case.id for case in bench.good])
    thinned = (
        bench.model_copy(
            update={
                "attacks": tuple(pair for pair in bench.attacks if pair[0].id in chosen),
                "good": tuple(case for case in bench.good if case.id in chosen),
            }
        )
        for bench in benches
    )
    return tuple(bench for bench in thinned if bench.attacks or bench.good)


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
    assert tally.untimed <= tally.honest / 2
