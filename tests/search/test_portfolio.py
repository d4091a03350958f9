import random

import pytest

from agentpar.candidate import Candidate, as_candidate
from agentpar.ledger import Ledger
from agentpar.models.scripted import ScriptedModel
from agentpar.search.novelty import changed_lines, is_near
from agentpar.search.portfolio import Portfolio
from agentpar.search.strategy import assemble
from agentpar.task import Task
from agentpar.verdict import Verdict
from tests.search.doubles import SOURCE, Judge, Listed, a_task, failed, ok, proposal, run_search
from tests.search.test_ahead import Thinking

ARMS = ("a", "b", "c")


def pulled(name: str, number: int, verdict: Verdict) -> tuple[Candidate, Verdict]:
    return as_candidate(proposal(number, by=name), number=number, subtask="s"), verdict


def campaign(pays: dict[int, str], count: int = 120) -> list[str]:
    """Which arm is first at each step when, from a step on, another arm improves on the best by a tenth each time."""
    portfolio, judged, chosen, best, payer = Portfolio(), list[tuple[Candidate, Verdict]](), [], 1.0, ""
    for number in range(count):
        payer = pays.get(number, payer)
        name = portfolio.order(ARMS, {})[0]
        chosen.append(name)
        gains = name == payer
        best *= 1.1 if gains else 1.0
        judged.append(pulled(name, number, ok(best) if gains else failed()))
        portfolio.follow(judged)
    return chosen


def test_what_pays_is_chosen_most() -> None:
    chosen = campaign({0: "b"})
    assert chosen.count("b") > 80 and set(chosen) == set(ARMS)


def test_when_something_else_begins_to_pay_the_choice_follows() -> None:
    chosen = campaign({0: "b", 60: "c"}, 200)
    assert chosen[20:60].count("b") > 25 and chosen[-60:].count("c") > 40


def test_of_two_that_gain_alike_the_cheaper_goes_first() -> None:
    portfolio = Portfolio()
    judged = [
        pulled(name, i, ok(1.0).model_copy(update={"stage_seconds": {"measure": 9.0 if name == "a" else 1.0}}))
        for i, name in enumerate("abcabcabc")
    ]
    portfolio.follow(judged)
    assert portfolio.order(ARMS, {})[-1] == "a"


def test_who_has_much_in_flight_or_brought_nothing_gives_way() -> None:
    assert Portfolio().order(ARMS, {}) == list(ARMS)
    assert Portfolio().order(ARMS, {"a": 3}) == ["b", "c", "a"]
    portfolio = Portfolio()
    portfolio.fruitless("a")
    assert portfolio.order(ARMS, {}) == ["b", "c", "a"]


def test_it_is_a_function_of_the_verdicts_and_their_order() -> None:
    chance = random.Random(3)
    judged = [pulled(chance.choice(ARMS), i, ok(1 + chance.random()) if i % 2 else failed()) for i in range(50)]
    at_once, step_by_step = Portfolio(), Portfolio()
    at_once.follow(judged)
    for count in range(0, 51, 10):
        step_by_step.follow(judged[:count])
    assert at_once.order(ARMS, {}) == step_by_step.order(ARMS, {})


async def test_a_proposer_that_pays_gets_more_of_the_budget(ledger: Ledger) -> None:
    def verdict(candidate: Candidate) -> Verdict:
        return ok(1.5 + candidate.number) if candidate.proposer == "thinking" else failed()

    poor = Listed([proposal(i) for i in range(100)])
    await run_search(ledger, [poor], Judge(verdict), thinkers=[Thinking(delay_s=0.0)], candidates=60)
    names = [each.candidate.proposer for each in ledger.candidates()]
    assert names.count("thinking") > 35


def test_a_near_duplicate_shares_most_of_its_changed_lines() -> None:
    serial = changed_lines(SOURCE, frozenset())
    lines = [f"int x{i};" for i in range(30)]
    first = changed_lines("\n".join(lines) + f"\n{SOURCE}", serial)
    near = changed_lines("\n".join([*lines[1:], "int y;"]) + f"\n{SOURCE}", serial)
    far = changed_lines("\n".join(lines[:20]) + f"\n{SOURCE}", serial)
    assert is_near(near, [far, first]) and not is_near(far, [first]) and not is_near(first, [])
    assert not is_near(changed_lines(SOURCE, serial), [first])


@pytest.mark.parametrize(
    ("strategy", "proposers", "operations", "sees"),
    [
        ("evolve", ["rewrite", "recombine"], {"explore", "improve", "repair", "sample"}, True),
        ("best-of-n", [], {"sample"}, False),
        ("refine", [], {"improve", "repair", "sample"}, True),
    ],
)
@pytest.mark.parametrize("target", ["openmp", "multiprocessing", "mpi4py"])
def test_a_strategy_says_who_takes_part(
    strategy: str, proposers: list[str], operations: set[str], sees: bool, target: str
) -> None:
    options = {"search": {"strategy": strategy}, "model": {"temperatures": (0.1, 0.2)}, "target": target}
    task = a_task().model_dump() | options
    team = assemble(Task.model_validate(task), ScriptedModel([]))
    assert [each.name for each in team.proposers] == proposers and team.thinkers_see_verdicts == sees
    assert {each.name for each in team.thinkers} == {f"model {o} {t}" for o in operations for t in (0.1, 0.2)}
    alone = assemble(Task.model_validate(task), None)
    assert [each.name for each in alone.proposers] == ["rewrite"] and alone.thinkers == ()
