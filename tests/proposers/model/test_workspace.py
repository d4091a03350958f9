import random

from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.proposers.model.workspace import MOST_CHARACTERS, Workspace
from agentpar.verdict import Outcome, Verdict
from tests.search.doubles import SOURCE, failed, ok, variant


def entry(number: int, verdict: Verdict, *, pattern: str = "tasks", parent: str = "") -> tuple[Candidate, Verdict]:
    made = Proposal(
        source=variant(number),
        proposer="p",
        strategy=f"way {number}",
        pattern=pattern,
        parents=(parent,) if parent else (),
    )
    return as_candidate(made, number=number, subtask="s"), verdict


def following(judged: list[tuple[Candidate, Verdict]]) -> Workspace:
    workspace = Workspace()
    workspace.follow(judged, SOURCE)
    return workspace


def test_it_tells_what_paid_and_what_failed() -> None:
    told = following(
        [entry(1, ok(1.5)), entry(2, ok(3.0), pattern="simd"), entry(3, failed()), entry(4, ok(1.2))]
    ).tell()
    assert told.index("way 2 (simd): 3.00×") < told.index("way 1 (tasks): 1.50×")
    assert "way 4" not in told  # a faster one of its construct and size is there
    assert "way 3 (tasks): wrong_answer: x[3] is 6, not 4" in told and "3 ok, 1 wrong_answer" in told
    assert following([]).tell() == ""


def test_it_stays_bounded_whatever_was_judged() -> None:
    long = Verdict(outcome=Outcome.BUILD_ERROR, stage="build", feedback="error " * 900)
    judged = [entry(i, long if i % 2 else ok(i), pattern=f"p{i}" * 30) for i in range(1, 300)]
    assert len(following(judged).tell()) <= MOST_CHARACTERS


def test_it_is_the_same_however_the_verdicts_came() -> None:
    judged = [entry(i, failed() if i % 3 == 0 else ok(1 + i % 7), pattern=f"p{i % 4}") for i in range(1, 40)]
    step_by_step = Workspace()
    for count in (1, 2, 9, 39, 20, 39):
        step_by_step.follow(judged[:count], SOURCE)
        at_once = following(judged[:count])
        assert step_by_step.tell() == at_once.tell()
        for pick in ("verified", "failed"):
            assert getattr(step_by_step, pick)(random.Random(1)) == getattr(at_once, pick)(random.Random(1))


def test_parents_are_fast_and_diverse() -> None:
    judged = [entry(1, ok(9.0)), entry(2, ok(8.9)), entry(3, ok(2.0), pattern="simd"), entry(4, failed())]
    picked = [each.candidate.number for seed in range(200) if (each := following(judged).verified(random.Random(seed)))]
    assert set(picked) == {1, 3} and picked.count(1) > picked.count(3) > 20
    (first, _), *_ = judged
    spent = [*judged, *(entry(i, failed(), parent=first.id) for i in range(5, 15))]
    picked = [each.candidate.number for seed in range(200) if (each := following(spent).verified(random.Random(seed)))]
    assert picked.count(3) > picked.count(1)


def test_a_version_that_changes_much_does_not_compete_with_one_that_changes_little() -> None:
    (large, _), verdict = entry(2, failed()), ok(9.0)
    large = large.model_copy(update={"source": "\n".join(f"int x{i};" for i in range(9)) + SOURCE})
    judged = [entry(1, ok(2.0)), (large, verdict), entry(3, ok(1.9))]
    picked = {each.candidate.number for seed in range(99) if (each := following(judged).verified(random.Random(seed)))}
    assert picked == {1, 2}


def test_what_nobody_could_run_is_no_failure_to_mend() -> None:
    nowhere = Verdict(outcome=Outcome.NO_DEVICE, stage="build", feedback="12 registers")
    workspace = following([entry(1, nowhere)])
    assert workspace.failed(random.Random(1)) is None and "1 no_device" in workspace.tell()
