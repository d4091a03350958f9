import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from agentpar.blocking import SharedLoop

NAME: ContextVar[str] = ContextVar("name", default="nobody")


def test_those_who_wait_at_the_same_time_share_a_loop() -> None:
    loop, met = SharedLoop(), asyncio.Event()
    there: list[asyncio.AbstractEventLoop] = []

    async def meet() -> None:
        there.append(asyncio.get_running_loop())
        if len(there) == 3:
            met.set()
        async with asyncio.timeout(10):
            await met.wait()

    with ThreadPoolExecutor(3) as threads:
        for each in [threads.submit(loop.run, meet()) for _ in range(3)]:
            each.result()
    assert len(set(there)) == 1 and there[0].is_closed()


def test_a_coroutine_runs_in_its_callers_context_and_gives_its_answer_or_its_error() -> None:
    async def ask() -> str:
        return NAME.get()

    async def fail() -> None:
        raise ValueError("no")

    loop = SharedLoop()
    NAME.set("caller")
    assert loop.run(ask()) == "caller"
    with pytest.raises(ValueError, match="no"):
        loop.run(fail())


def test_nothing_is_left_behind() -> None:
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cleaned up")

    async def leave() -> None:
        leave.task = asyncio.create_task(linger())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    before = threading.active_count()
    SharedLoop().run(leave())
    assert ended == ["cleaned up"] and threading.active_count() == before
