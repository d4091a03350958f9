import asyncio
import random
from collections.abc import Sequence

import pytest

from agentpar.candidate import Candidate, Proposal
from agentpar.errors import ModelError, ModelExhausted
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.models.base import Message, Reply, Sampling, Usage
from agentpar.models.scripted import ScriptedModel
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.proposer import ModelProposer, Style
from agentpar.search.ahead import AT_ONCE, MOST_FRUITLESS
from agentpar.search.archive import Archive
from agentpar.search.replies import Remembered
from agentpar.verdict import Verdict
from tests.search.doubles import SOURCE, Judge, Listed, ok, proposal, run_search, varied_delay


class Thinking:
    """Takes its time; what it offers depends on its turn and on every verdict that it is shown."""

    def __init__(self, name: str = "thinking", *, delay_s: float = 0.01, width: int = 3) -> None:
        self.name = name
        self.delay_s = delay_s
        self.width = width
        self.states: list[SearchState] = []
        self.at_once = self.most_at_once = 0

    def applies(self, state: SearchState) -> bool:
        return True

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        self.states.append(state)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.at_once -= 1
        return self.offers(state)

    def offers(self, state: SearchState) -> list[Proposal]:
        chance = random.Random(f"{state.turn} {[(c.id, v.outcome) for c, v in state.judged]}")
        return [proposal(chance.random(), by=self.name) for _ in range(self.width)]


async def test_evaluations_and_a_slow_model_do_not_wait_for_each_other(ledger: Ledger) -> None:
    busy = {"both": 0}
    thinker = Thinking(delay_s=0.03, width=1)

    async def delay(candidate: Candidate) -> None:
        await asyncio.sleep(0.01)
        busy["both"] += thinker.at_once > 0

    judge = Judge(delay=delay)
    await run_search(ledger, [], judge, thinkers=[thinker], candidates=30, workers=2)
    assert judge.most_in_flight == 2 and busy["both"] > 10
    assert thinker.most_at_once == AT_ONCE


async def test_rewrites_are_judged_while_the_model_thinks(ledger: Ledger) -> None:
    judged = asyncio.Event()

    class Patient(Thinking):
        async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
            async with asyncio.timeout(10):
                await judged.wait()
            return await super().propose(state, n)

    def verdict(candidate: Candidate) -> Verdict:
        if candidate.number == 5:
            judged.set()
        return ok(1.5)

    quick = Listed([proposal(i) for i in range(5)])
    await run_search(ledger, [quick], Judge(verdict), thinkers=[Patient()], candidates=8)
    assert {each.candidate.proposer for each in ledger.candidates()} == {"list", "thinking"}


async def test_what_waits_is_bounded_and_no_more_is_asked_than_the_budget_needs(ledger: Ledger) -> None:
    thinker = Thinking(delay_s=0.0, width=2)
    most = 0

    async def delay(candidate: Candidate) -> None:
        nonlocal most
        await asyncio.sleep(0.01)
        most = max(most, 2 * len(thinker.states) - len(ledger.candidates()))

    await run_search(ledger, [], Judge(delay=delay), thinkers=[thinker], candidates=20, workers=2)
    assert 0 < most <= 2 + AT_ONCE * 2 + 2
    assert len(ledger.judged()) == 20 and ledger.pending() == [] and len(thinker.states) <= 13


async def test_every_proposal_follows_from_its_turn_as_it_is_recorded(ledger: Ledger) -> None:
    thinker = Thinking()
    await run_search(ledger, [], Judge(delay=varied_delay), thinkers=[thinker], candidates=40)
    judged, offered = ledger.judged(), dict[str, int]()
    for turn in ledger.turns("scale"):
        state = SearchState(SOURCE, "scale", "openmp", 7, tuple(judged[: turn.seen]), turn.number)
        offered |= {each.source: turn.seen for each in thinker.offers(state)}
    recorded = ledger.candidates()
    assert len(recorded) == 40 and all(offered[each.candidate.source] == each.seen for each in recorded)
    assert {turn.seen for turn in ledger.turns("scale")} != {0}


async def test_turns_begin_with_the_newest_verdicts(ledger: Ledger) -> None:
    class Watching(Thinking):
        async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
            assert len(state.judged) == len(ledger.judged())
            return await super().propose(state, n)

    async def delay(candidate: Candidate) -> None:
        # So many rounds of the event loop: verdicts also come in between a turn's being scheduled and its beginning.
        for _ in range(candidate.number % 7):
            await asyncio.sleep(0)

    await run_search(ledger, [], Judge(delay=delay), thinkers=[Watching(delay_s=0)], candidates=40)


async def test_who_sees_no_verdicts_is_shown_none(ledger: Ledger) -> None:
    thinker = Thinking()
    await run_search(ledger, [], Judge(), thinkers=[thinker], sees_verdicts=False, candidates=20)
    assert all(state.judged == () for state in thinker.states)


async def test_a_recording_that_ends_ends_the_search_with_what_it_said(ledger: Ledger) -> None:
    class Ending(Thinking):
        async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
            if state.turn > 2:
                raise ModelExhausted("there is no more")
            return await super().propose(state, n)

    events: list[Event] = []
    result = await run_search(ledger, [], Judge(), thinkers=[Ending()], events=events)
    assert len(ledger.judged()) == 6 and result.reason == "nothing left to propose: there is no more"
    assert sum("there is no more" in event.message for event in events) == 1


async def test_a_model_that_fails_ends_the_search(ledger: Ledger) -> None:
    class Broken(Thinking):
        async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
            raise ModelError("the server went away")

    with pytest.raises(ModelError, match="went away"):
        await run_search(ledger, [], Judge(), thinkers=[Broken()])
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_model_that_never_says_anything_usable_is_given_up(ledger: Ledger) -> None:
    thinker = Thinking(delay_s=0.0, width=0)
    result = await run_search(ledger, [], Judge(), thinkers=[thinker])
    assert MOST_FRUITLESS <= len(thinker.states) <= MOST_FRUITLESS + AT_ONCE
    assert "brought nothing new" in result.reason and ledger.judged() == []


async def test_near_duplicates_of_what_failed_are_passed_over_when_the_budget_is_tight(ledger: Ledger) -> None:
    lines = "\n".join(f"int helper_{i};" for i in range(30))

    class Repeating(Thinking):
        def offers(self, state: SearchState) -> list[Proposal]:
            near = [proposal(f"{state.turn} {i}").model_copy(update={"proposer": self.name}) for i in range(3)]
            return [each.model_copy(update={"source": f"{lines}\n{each.source}"}) for each in near]

    result = await run_search(ledger, [], Judge(lambda _: ok(0.5)), thinkers=[Repeating()], candidates=20)
    assert len(ledger.judged()) == 15 and "brought nothing new" in result.reason


class Paid:
    """A model whose replies cost ten tokens and two seconds each, and that counts what it answers."""

    name = "paid"

    def __init__(self, *, dies_after: int = 10**9) -> None:
        self.answered: list[tuple[str, int | None]] = []
        self.dies_after = dies_after

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        if len(self.answered) >= self.dies_after:
            raise ModelError("killed")
        await asyncio.sleep(0.001)
        clauses = [f"schedule(static, {1 + (sampling.seed or 0) % 10**6 + i})" for i in range(sampling.n)]
        given = ScriptedModel(
            f"```\nvoid scale(double* x, int n) {{\n#pragma omp parallel for {each}\n"
            "    for (int i = 0; i < n; ++i) x[i] *= 2.0;\n}\n```"
            for each in clauses
        )
        reply = await given.sample(messages, sampling, task=task)
        self.answered.append((messages[-1].content, sampling.seed))
        return reply.model_copy(update={"usage": Usage(prompt_tokens=4, completion_tokens=6, seconds=2.0)})

    async def close(self) -> None:
        """Nothing was opened."""


def asking(model: Paid, ledger: Ledger) -> list[ModelProposer]:
    style = Style(samples=2)
    remembered = Remembered(model, ledger)
    return [
        ModelProposer(remembered, operation, temperature=0.5, task="scale", style=style)
        for operation in ("sample", "improve", "repair")
    ]


async def test_the_budget_of_tokens_is_a_total_over_resumes(ledger: Ledger) -> None:
    model = Paid()
    result = await run_search(ledger, [], Judge(), thinkers=asking(model, ledger), tokens=60)
    assert result.reason == "nothing left to propose: 60 tokens are used"
    assert ledger.spent().tokens == 10 * len(model.answered) and 60 <= ledger.spent().tokens <= 60 + 10 * (AT_ONCE - 1)
    ledger.close()
    with Ledger.open(ledger.path) as again:
        assert again.spent().replies == len(model.answered)
        await run_search(again, [], Judge(), thinkers=asking(model, again), tokens=60)
        assert again.spent().replies == len(model.answered) <= 7


async def test_the_budget_of_the_models_seconds_lets_rewrites_go_on(ledger: Ledger) -> None:
    quick = Listed([proposal(i) for i in range(30)])
    model = Paid()
    await run_search(ledger, [quick], Judge(), thinkers=asking(model, ledger), gpu_seconds=4.0)
    assert len(model.answered) <= 2 + AT_ONCE - 1
    assert sum(each.candidate.proposer == "list" for each in ledger.candidates()) == 30


async def test_a_resumed_run_asks_nothing_twice_and_repeats_its_open_turns(ledger: Ledger) -> None:
    first = Paid(dies_after=9)
    with pytest.raises(ModelError, match="killed"):
        await run_search(ledger, [], Judge(delay=varied_delay), thinkers=asking(first, ledger), candidates=40)
    open_turns = [each for each in ledger.turns("scale") if each.admitted is None]
    before = [each.candidate.id for each in ledger.candidates()]
    ledger.close()
    second = Paid()
    with Ledger.open(ledger.path) as again:
        await run_search(again, [], Judge(delay=varied_delay), thinkers=asking(second, again), candidates=40)
        assert not set(first.answered) & set(second.answered)
        assert len(again.judged()) == 40 and len({each.id for each, _ in again.judged()}) == 40
        assert [each.candidate.id for each in again.candidates()][: len(before)] == before
        ended = {each.number: each for each in again.turns("scale")}
        assert all(ended[each.number].admitted is not None for each in open_turns)
        assert again.spent().replies == len(first.answered) + len(second.answered)
        judged = again.judged()
        for each in again.candidates():
            assert each.seen <= len(judged)
        assert Archive(judged).best() is not None


async def test_recorded_replies_and_turns_make_the_same_proposals_again(ledger: Ledger) -> None:
    model = Paid()
    await run_search(ledger, [], Judge(delay=varied_delay), thinkers=asking(model, ledger), candidates=24)
    asked = len(model.answered)
    by_name = {each.name: each for each in asking(model, ledger)}
    judged, offered = ledger.judged(), set[str]()
    for turn in ledger.turns("scale"):
        state = SearchState(SOURCE, "scale", "openmp", 7, tuple(judged[: turn.seen]), turn.number)
        if turn.admitted is not None:
            offered |= {each.source for each in await by_name[turn.proposer].propose(state, turn.wanted)}
    assert len(model.answered) == asked
    ended = sum(turn.admitted or 0 for turn in ledger.turns("scale"))
    assert len(offered & {each.candidate.source for each in ledger.candidates()}) >= ended > 10


async def test_what_was_paid_for_before_a_kill_is_judged_though_the_tokens_are_used(ledger: Ledger) -> None:
    model = Paid()
    turn = ledger.begin_turn(subtask="scale", proposer="model sample 0.5", seen=0, wanted=64)
    state = SearchState(SOURCE, "scale", "openmp", 7, (), turn.number)
    await asking(model, ledger)[0].propose(state, turn.wanted)
    result = await run_search(ledger, [], Judge(), thinkers=asking(model, ledger), tokens=10)
    assert len(ledger.judged()) == 2 and len(model.answered) == 1
    assert result.reason == "nothing left to propose: 10 tokens are used"
