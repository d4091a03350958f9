"""What a run's folder says after each way to stop; the judge is a stand-in, all else is real."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agentpar import api
from agentpar.candidate import Candidate
from agentpar.errors import SandboxError
from agentpar.ledger import Ledger
from agentpar.search.base import Emit
from agentpar.search.strategy import Team
from agentpar.task import Task
from tests.search.doubles import Judge, Listed, Work, a_task, ok, proposal

REPORTS = {"result.json", "report.md"}


@pytest.mark.parametrize("end", ["cancelled", "sandbox"])
async def test_a_resumed_run_that_is_stopped_does_not_keep_the_report_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    run_dir, judge = tmp_path / "run", Judge(lambda candidate: ok(2.0))

    @asynccontextmanager
    async def open_session(task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AsyncIterator[Work]:
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            yield Work(ledger, judge, Team([Listed([proposal(mark) for mark in "abcd"])]), workers=1)

    monkeypatch.setattr(api, "open_session", open_session)
    Ledger.create(run_dir / "ledger.sqlite", a_task(candidates=2)).close()
    assert (await api.aresume(run_dir)).state == "finished"
    assert "not ended" not in (run_dir / "report.md").read_text()
    there: list[set[str]] = []

    async def delay(candidate: Candidate) -> None:
        there.append({each.name for each in run_dir.iterdir()})
        if end == "sandbox":
            raise SandboxError("the daemon is gone")
        working.cancel()
        await asyncio.sleep(60)

    judge.delay = delay
    working = asyncio.create_task(api.aresume(run_dir, candidates=4))
    with pytest.raises(SandboxError if end == "sandbox" else asyncio.CancelledError):
        await working
    assert not there[0] & REPORTS and "best.patch" in there[0]  # should it be killed now, nothing false is left
    told = json.loads((run_dir / "result.json").read_text())
    assert (told["state"], told["status"], told["evaluated"], told["in_flight"]) == ("interrupted", "improved", 2, 1)
    assert f"The search has not ended: `agentpar resume {run_dir}`" in (run_dir / "report.md").read_text()
    judge.delay = lambda candidate: asyncio.sleep(0)
    assert (await api.aresume(run_dir)).state == "finished"
    assert json.loads((run_dir / "result.json").read_text())["evaluated"] == 4
