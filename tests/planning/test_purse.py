from agentpar.planning.plan import Plan, Subtask
from agentpar.planning.purse import PROBE, Purse
from agentpar.search.budget import Progress
from tests.search.doubles import failed, ok


def purse(total: int, **shares: float) -> Purse:
    subtasks = [Subtask(id=name, entry=name, contract="any", share=share) for name, share in shares.items()]
    return Purse(Plan(subtasks=tuple(subtasks)), total)


def test_the_budget_is_split_by_share_and_a_part_is_kept_for_the_whole() -> None:
    split = purse(33, a=0.6, b=0.3)
    assert (split.limit("a"), split.limit("b")) == (20, 10)


def test_a_subtask_with_a_tiny_share_gets_something() -> None:
    assert purse(8, a=0.98, b=0.001).limit("b") >= 1


def test_what_is_hard_gets_more_than_what_is_easy() -> None:
    split = purse(63, a=0.4, b=0.4)
    assert split.limit("a") == split.limit("b") == 30
    split.fill("a", [failed()] * PROBE)
    split.fill("b", [ok(2.0)] * PROBE)
    assert (split.limit("a"), split.limit("b")) == (40, 20)


def test_only_the_first_candidates_tell_how_hard_it_is() -> None:
    split = purse(63, a=0.4, b=0.4)
    split.fill("a", [ok(2.0)] * PROBE + [failed()] * 9)
    assert split.limit("a") == split.limit("b")


def test_what_is_left_is_given_back() -> None:
    split = purse(63, a=0.4, b=0.2, c=0.2)
    split.fill("a", [ok(2.0)] * 3)
    split.close("a")
    assert split.limit("b") == split.limit("c") == 28


def test_what_was_let_begin_is_let_end_when_the_limit_falls() -> None:
    split = purse(63, a=0.4, b=0.4)
    stop = split.stopper("a")
    assert stop(Progress(judged=29, seconds=0, since_best=0)) is None  # the thirtieth may begin
    split.fill("b", [failed()] * PROBE)
    assert split.limit("a") < 29
    assert stop(Progress(judged=29, seconds=0, since_best=0)) is None
    assert stop(Progress(judged=30, seconds=0, since_best=0)) == (
        "its share of the budget is spent: 30 of the 60 verdicts for parts"
    )
