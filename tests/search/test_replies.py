import asyncio

from agentpar.ledger import Ledger
from agentpar.models.base import Message, Reply, Sampling
from agentpar.models.replay import Recorded, Replay
from agentpar.models.scripted import ScriptedModel
from agentpar.search.replies import Remembered, request_key

ASKED = [Message(role="user", content="how?")]


async def test_a_request_is_asked_once_and_its_reply_is_kept_before_it_is_used(ledger: Ledger) -> None:
    model = ScriptedModel(["one", "two", "three"])
    remembered = Remembered(model, ledger)
    first = await remembered.sample(ASKED, Sampling(seed=1), task="t")
    assert ledger.reply_to(request_key(ASKED, Sampling(seed=1), "t")) == first
    assert await remembered.sample(ASKED, Sampling(seed=1), task="t") == first
    assert (await remembered.sample(ASKED, Sampling(seed=2), task="t")).completions[0].text == "two"
    ledger.close()
    with Ledger.open(ledger.path) as again:
        assert await Remembered(ScriptedModel([]), again).sample(ASKED, Sampling(seed=1), task="t") == first


async def test_a_resumed_run_goes_on_in_the_recording_where_it_had_come_to(ledger: Ledger) -> None:
    lines = [Recorded(task="t", completions=("one", "one", "two", "three")), Recorded(task="u", completions=("one",))]

    async def asked(model: Remembered, seed: int, task: str = "t") -> list[str]:
        return [each.text for each in (await model.sample(ASKED, Sampling(n=2, seed=seed), task=task)).completions]

    assert await asked(Remembered(Replay(lines, name="replay"), ledger), 1) == ["one", "one"]
    ledger.close()
    with Ledger.open(ledger.path) as again:
        remembered = Remembered(Replay(lines, name="replay"), again)
        assert await asked(remembered, 1) == ["one", "one"]
        assert await asked(remembered, 2) == ["two", "three"]
        assert await asked(remembered, 3, "u") == ["one"]


async def test_a_request_that_was_cancelled_is_not_kept(ledger: Ledger) -> None:
    class Hanging(ScriptedModel):
        async def sample(self, *args: object, **kwargs: object) -> Reply:
            await asyncio.sleep(60)
            raise AssertionError("unreachable")

    asking = asyncio.create_task(Remembered(Hanging([]), ledger).sample(ASKED, Sampling(), task="t"))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert ledger.spent().replies == 0


def test_whatever_changes_the_question_changes_its_key() -> None:
    keys = {
        request_key(ASKED, Sampling(), "t"),
        request_key(ASKED, Sampling(), "u"),
        request_key(ASKED, Sampling(seed=1), "t"),
        request_key(ASKED, Sampling(n=2), "t"),
        request_key(ASKED, Sampling(json_schema={"type": "object"}), "t"),
        request_key([Message(role="system", content="how?")], Sampling(), "t"),
    }
    assert len(keys) == 6 and request_key(list(ASKED), Sampling(), "t") in keys
