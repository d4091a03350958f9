"""A container or runner is killed under agentpar: the candidate is judged in another one, and is not blamed."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.errors import SandboxError
from agentpar.evaluation import measure
from agentpar.evaluation import prepare as preparation
from agentpar.evaluation.cascade import Cascade
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.reference import understand
from agentpar.evaluation.session import Failed
from agentpar.sandbox.base import Exit, Identity, Sandbox, Session
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from bench.chaos import SANDBOXES
from bench.remains import kill_sandbox
from tests.evaluation.courtroom import KINDS, cheapest_kind, why_not

pytestmark = pytest.mark.sandbox

KERNEL = Path(__file__).parents[2] / "bench" / "empty.cpp"
SIZES = Sizes(edges=((0,), (1,)), refused=(), generic=((7,), (31,), (64,)), benchmark=(64,), baseline_ms=1.0)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    if reason := why_not(request.param):
        pytest.skip(reason)
    return SANDBOXES[SANDBOXES.index(request.param)]


@asynccontextmanager
async def court(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Cascade, Pool]]:
    """A judge with two sandboxes, both open and idle."""
    monkeypatch.setattr(measure, "_QUIET_LOAD", float("inf"))  # no gain is asserted, so nobody waits for silence
    task = load_task(f"{KERNEL}::empty", {"pairs": 6})
    pool = Pool(kind, size=2)
    try:
        prepared = await prepare(understand(task), pool, known=SIZES, say=lambda _: None)
        async with pool.sandbox(), pool.sandbox():
            pass
        yield Cascade(prepared, pool, threads=(1,), noise_floor=0.05), pool
    finally:
        await pool.close()


def version(number: int, *, builds_for_long: bool = False) -> Candidate:
    """The kernel itself. One that builds for long is still being built when we strike."""
    header = '#include <regex>\nstd::regex slow_to_compile("a+b");\n' if builds_for_long else ""
    source = f"{header}{KERNEL.read_text()}// {number}\n"
    return as_candidate(
        Proposal(source=source, proposer="test", strategy="", pattern=""), number=number, subtask="empty"
    )


async def test_a_sandbox_killed_under_an_evaluation_costs_nobody_a_verdict(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with court(kind, monkeypatch) as (cascade, pool):
        judging = asyncio.create_task(cascade.evaluate(version(1, builds_for_long=True)))
        await asyncio.sleep(0.3)
        assert not judging.done()
        assert await asyncio.to_thread(kill_sandbox, kind, os.getpid(), everyone=True) == 2
        verdict = await judging
        assert verdict.outcome is Outcome.OK, verdict.feedback
        assert pool.replaced >= 1


async def test_sandboxes_that_died_while_idle_cost_nobody_a_verdict(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with court(kind, monkeypatch) as (cascade, pool):
        assert await asyncio.to_thread(kill_sandbox, kind, os.getpid(), everyone=True) == 2
        for number in (1, 2):
            verdict = await cascade.evaluate(version(number))
            assert verdict.outcome is Outcome.OK, verdict.feedback
        assert pool.replaced == 2


def strike(monkeypatch: pytest.MonkeyPatch, *, whom: Callable[[], bool] = lambda: True) -> list[str]:
    """Have sandboxes killed when they are to judge; tells which were."""
    struck: list[str] = []
    judge = Sandbox.judge

    async def killed(self: Sandbox, **session: Any) -> Session:
        if whom():
            struck.append(self.name)
            await self._stream.close()
        return await judge(self, **session)

    monkeypatch.setattr(Sandbox, "judge", killed)
    return struck


async def test_where_the_untouched_source_fails_too_nobody_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with court(cheapest_kind(), monkeypatch) as (cascade, _):
        struck = strike(monkeypatch)
        with pytest.raises(SandboxError, match=r"do not work here any more: the untouched source .*agentpar doctor"):
            await cascade.evaluate(version(1))
        assert len(struck) == 3


async def test_who_takes_every_sandbox_down_is_blamed_where_the_untouched_source_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with court(cheapest_kind(), monkeypatch) as (cascade, pool):
        used, is_innocent = {sandbox.name for sandbox in pool._idle}, False
        innocent = cascade._judge_identity

        async def noted(sandbox: Sandbox) -> Failed | None:
            nonlocal is_innocent
            assert sandbox.name not in used
            is_innocent = True
            failed = await innocent(sandbox)
            is_innocent = False
            return failed

        monkeypatch.setattr(cascade, "_judge_identity", noted)
        struck = strike(monkeypatch, whom=lambda: not is_innocent)
        verdict = await cascade.evaluate(version(1))
        assert (verdict.outcome, len(struck)) == (Outcome.TAMPERING, 3)


async def test_a_sandbox_that_breaks_while_the_ceiling_is_measured_is_nobodys_accident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with court(cheapest_kind(), monkeypatch) as (cascade, pool):
        run = Sandbox.run

        async def killed(self: Sandbox, identity: Identity, arguments: Sequence[str], **more: Any) -> Exit:
            if arguments[0] == "./ceiling":
                await self._stream.close()
            return await run(self, identity, arguments, **more)

        monkeypatch.setattr(Sandbox, "run", killed)
        attempts = AsyncMock(wraps=cascade._judge)
        monkeypatch.setattr(cascade, "_judge", attempts)
        verdict = await cascade.confirm(version(1))
        assert verdict.outcome is Outcome.OK, verdict.feedback
        assert verdict.measurement is None or verdict.measurement.ceiling is None  # none on a busy machine
        assert (attempts.await_count, pool.replaced) == (1, 1)


async def test_a_harness_that_a_busy_machine_cannot_build_in_time_is_no_fault_of_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_BUILD_S", 0.01)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # else it may have been built before
    with pytest.raises(SandboxError, match=r"takes more than 0.01 s: this machine is too busy"):
        async with court(cheapest_kind(), monkeypatch):
            pass
