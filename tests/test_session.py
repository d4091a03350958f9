import asyncio
from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.models.scripted import ScriptedModel
from agentpar.search.strategy import require_proposers
from agentpar.session import quiet
from agentpar.task_file import load_task


class Held(ScriptedModel):
    """Can be held, if it says so; tells what was asked of it."""

    def __init__(self, *, can_be_held: bool) -> None:
        super().__init__(["hello"])
        self.can_be_held = can_be_held
        self.told: list[str] = []

    async def pause(self) -> bool:
        self.told.append("pause")
        return self.can_be_held

    async def resume(self) -> None:
        self.told.append("resume")


async def test_a_model_that_can_be_held_is_held_and_goes_on_afterwards() -> None:
    model = Held(can_be_held=True)
    async with quiet(model)():
        assert model.told == ["pause"]
    with pytest.raises(ZeroDivisionError):
        async with quiet(model)():
            raise ZeroDivisionError
    assert model.told == ["pause", "resume"] * 2


async def test_a_model_goes_on_where_holding_it_was_interrupted() -> None:
    class Slow(Held):
        async def pause(self) -> bool:
            await super().pause()
            await asyncio.sleep(60)
            return True

    async def time(model: Slow) -> None:
        async with quiet(model)():
            pass

    model = Slow(can_be_held=True)
    timing = asyncio.create_task(time(model))
    await asyncio.sleep(0)
    timing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await timing
    assert model.told == ["pause", "resume"]


async def test_one_that_was_not_held_is_not_told_to_go_on() -> None:
    model = Held(can_be_held=False)
    async with quiet(model)():
        pass
    assert model.told == ["pause"]
    for other in (ScriptedModel([]), None):
        async with quiet(other)():
            pass


def test_what_nobody_can_write_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    (tmp_path / "k.c").write_text("void f(int n, double* x) { for (int i = 0; i < n; ++i) x[i] *= 2; }\n")
    task = load_task(f"{tmp_path / 'k.c'}::f", {"target": "threads"})
    with pytest.raises(TaskError, match="take another target, such as openmp, or name a model"):
        require_proposers(task, has_model=False)
    require_proposers(task, has_model=True)
