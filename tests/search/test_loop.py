import asyncio

import pytest

from agentpar.candidate import Candidate, Proposal
from agentpar.errors import SandboxError
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.proposers.base import SearchState
from agentpar.search.budget import patience
from agentpar.verdict import Verdict
from tests.search.doubles import (
    SOURCE,
    Judge,
    Listed,
    Sensitive,
    failed,
    ok,
    proposal,
    run_search,
    variant,
)


def marks(candidates: list[Candidate]) -> list[str]:
    return [each.strategy.removeprefix("variant ") for each in candidates]


async def test_as_many_candidates_as_workers_are_in_flight_and_never_more(ledger: Ledger) -> None:
    judge = Judge(delay=lambda candidate: asyncio.sleep(0.01))
    await run_search(ledger, [Listed([proposal(i) for i in range(20)])], judge, workers=4)
    assert judge.most_in_flight == 4
    assert len(ledger.judged()) == 20


async def test_a_slow_candidate_holds_up_nobody(ledger: Ledger) -> None:
    others_are_judged = asyncio.Event()

    async def delay(candidate: Candidate) -> None:
        if candidate.number == 1:
            async with asyncio.timeout(5):
                await others_are_judged.wait()

    def verdict(candidate: Candidate) -> Verdict:
        if len(ledger.judged()) == 8:
            others_are_judged.set()
        return ok(2.0)

    await run_search(ledger, [Listed([proposal(i) for i in range(10)])], Judge(verdict, delay), workers=2)
    assert ledger.judged()[-1][0].number == 1


async def test_every_proposal_sees_all_verdicts_that_are_in(ledger: Ledger) -> None:
    views: list[int] = []

    class Watching(Sensitive):
        async def propose(self, state: SearchState, n: int) -> list[Proposal]:
            assert len(state.judged) == len(ledger.judged())
            views.append(len(state.judged))
            return list(await super().propose(state, n))

    async def one_by_one(candidate: Candidate) -> None:
        async with asyncio.timeout(60):
            while len(ledger.judged()) < candidate.number - 1 or len(views) < min(candidate.number + 2, 12):
                await asyncio.sleep(0)

    await run_search(ledger, [Watching()], Judge(delay=one_by_one), candidates=12, workers=3)
    assert views == sorted(views) and len(views) == 12
    assert [each.seen for each in ledger.candidates()][:4] == [0, 0, 0, 1]


async def test_a_verdict_is_durable_while_a_proposer_takes_its_time(ledger: Ledger) -> None:
    class Slow(Listed):
        async def propose(self, state: SearchState, n: int) -> list[Proposal]:
            if state.judged:
                async with asyncio.timeout(5):
                    while len(ledger.judged()) < 3:
                        await asyncio.sleep(0.001)
            return list(await super().propose(state, n))

    await run_search(ledger, [Slow([proposal(i) for i in range(6)])], Judge(), workers=3)
    assert len(ledger.judged()) == 6


async def test_equal_sources_are_judged_once(ledger: Ledger) -> None:
    reformatted = variant("a").replace("    for", "  /* again */  for")
    offers = [
        proposal("a"),
        proposal("a"),
        proposal("b").model_copy(update={"source": reformatted}),
        proposal("c").model_copy(update={"source": f"// the untouched source\n{SOURCE}"}),
        proposal("d").model_copy(update={"source": SOURCE}),
        proposal("e"),
    ]
    judge, events = Judge(), list[Event]()
    await run_search(ledger, [Listed(offers)], judge, workers=1, events=events)
    assert marks(judge.began) == ["a", "e"]
    assert ledger.counts()["duplicate"] == 2  # the same text offered again is no news
    assert [each.message for each in events if each.kind == "note"] == [
        "duplicate of #1: variant b",
        "duplicate of #0: variant c",
    ]
    await run_search(ledger, [Listed(offers)], judge, workers=1)
    assert len(judge.began) == 2 and ledger.counts()["duplicate"] == 2


async def test_a_proposer_that_repeats_what_is_in_flight_is_asked_for_more(ledger: Ledger) -> None:
    judge = Judge(delay=lambda candidate: asyncio.sleep(0.005 * (candidate.number % 3)))
    await run_search(ledger, [Listed([proposal(i) for i in range(9)])], judge, workers=3)
    assert marks(judge.began) == [str(i) for i in range(9)]


async def test_a_dry_proposer_is_asked_again_after_the_next_verdict(ledger: Ledger) -> None:
    class Cautious(Listed):
        async def propose(self, state: SearchState, n: int) -> list[Proposal]:
            return [proposal(len(state.judged))][:n]

    result = await run_search(ledger, [Cautious([])], Judge(), candidates=5, workers=3)
    assert marks([each for each, _ in ledger.judged()]) == ["0", "1", "2", "3", "4"]
    assert result.reason == "5 candidates judged"


async def test_the_search_ends_when_nothing_is_left_to_propose(ledger: Ledger) -> None:
    result = await run_search(ledger, [Listed([proposal(i) for i in range(5)])], Judge())
    assert result.reason == "nothing left to propose"
    assert len(ledger.judged()) == 5


async def test_proposers_take_turns_while_each_has_something(ledger: Ledger) -> None:
    first = Listed([proposal(f"a{i}", by="a") for i in range(2)], "a")
    second = Listed([proposal(f"b{i}", by="b") for i in range(4)], "b")
    judge = Judge()
    await run_search(ledger, [first, second], judge, workers=1)
    assert marks(judge.began) == ["a0", "b0", "a1", "b1", "b2", "b3"]


async def test_the_best_is_the_fastest_improvement(ledger: Ledger) -> None:
    verdicts = {1: ok(1.5), 2: failed(), 3: ok(3.0), 4: ok(1.01), 5: ok(2.0)}
    events: list[Event] = []
    result = await run_search(
        ledger,
        [Listed([proposal(i) for i in range(5)])],
        Judge(lambda candidate: verdicts[candidate.number]),
        workers=1,
        events=events,
    )
    best = result.archive.best()
    assert best is not None and best.candidate.number == 3 and best.speedup == 3.0
    assert [each.number for each in events if each.kind == "improved"] == [1, 3]
    assert [each.candidate.number for each in result.archive.ranking()] == [3, 5, 1]
    assert events[-1].kind == "finished" and events[-1].candidate == best.candidate.id
    assert events[-1].counts == {"ok": 4, "wrong_answer": 1} and events[-1].evaluated == 5
    assert ledger.events() == events


async def test_the_budget_of_candidates_is_a_total_over_resumes(ledger: Ledger) -> None:
    judge = Judge()
    for total in (4, 4, 10):
        result = await run_search(ledger, [Sensitive()], judge, candidates=total)
        assert len(ledger.judged()) == total == len(judge.began)
        assert result.reason == f"{total} candidates judged"
        assert ledger.pending() == []


async def test_the_budget_of_time_is_a_total_and_ends_what_is_in_flight(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentpar.search.loop.HEARTBEAT_S", 0.02)
    for_ever = asyncio.Event()

    async def hang(candidate: Candidate) -> None:
        await for_ever.wait()

    stuck = Judge(delay=hang)
    result = await run_search(ledger, [Sensitive()], stuck, seconds=0.2)
    assert result.reason == "0.2 s are over"
    assert len(stuck.stopped) == 3 == len(ledger.pending())
    ledger.close()
    with Ledger.open(ledger.path) as reopened:
        assert reopened.elapsed_seconds() >= 0.2
        judge = Judge()
        await run_search(reopened, [Sensitive()], judge, seconds=0.2)
        assert judge.began == []
        await run_search(reopened, [Sensitive()], judge, candidates=5)
        assert [each.number for each in judge.began[:3]] == [1, 2, 3]


async def test_patience_ends_a_search_that_no_longer_improves(ledger: Ledger) -> None:
    judge = Judge(lambda candidate: ok(4.0 if candidate.number == 3 else 2.0))
    result = await run_search(ledger, [Sensitive()], judge, workers=1, stoppers=[patience(5)])
    assert result.reason == "5 candidates without a better one"
    assert len(ledger.judged()) == 8
    await run_search(ledger, [Sensitive()], judge, workers=1, stoppers=[patience(5)])
    assert len(ledger.judged()) == 8


async def test_cancelling_stops_what_is_in_flight_and_loses_nothing(ledger: Ledger) -> None:
    judge = Judge(delay=lambda candidate: asyncio.sleep(0 if candidate.number <= 4 else 60))
    task = asyncio.create_task(run_search(ledger, [Sensitive()], judge))
    while len(judge.began) < 7:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert sorted(each.number for each in judge.stopped) == [5, 6, 7]
    assert [each.number for each in ledger.pending()] == [5, 6, 7]
    assert len(ledger.judged()) == 4


async def test_broken_infrastructure_ends_the_search(ledger: Ledger) -> None:
    async def delay(candidate: Candidate) -> None:
        await asyncio.sleep(0.01 if candidate.number == 2 else 60)

    def verdict(candidate: Candidate) -> Verdict:
        raise SandboxError("the daemon went away")

    judge = Judge(verdict, delay)
    with pytest.raises(SandboxError, match="went away"):
        await run_search(ledger, [Sensitive()], judge)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(judge.stopped) == 2
    assert len(ledger.pending()) == 3


async def test_a_failing_proposer_ends_the_search(ledger: Ledger) -> None:
    class Broken(Sensitive):
        async def propose(self, state: SearchState, n: int) -> list[Proposal]:
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await run_search(ledger, [Broken()], Judge())
    assert asyncio.all_tasks() == {asyncio.current_task()}
