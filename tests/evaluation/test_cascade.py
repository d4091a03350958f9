from collections.abc import Sequence
from pathlib import Path

import pytest

from agentpar import asolve
from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.evaluation import measure
from agentpar.evaluation.cascade import Cascade
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.verdict import Outcome, Verdict
from tests.evaluation.courtroom import NOISE_FLOOR, cheapest_kind, courtroom

MATMUL = Path(__file__).parents[2] / "examples" / "matmul.cpp"
NOTE = "#7 is right, but other work keeps this machine busy; timed again in 0.01 s"

pytestmark = pytest.mark.sandbox


async def judged(pauses_s: Sequence[float], *, quiet_after: int) -> tuple[Verdict, list[str]]:
    """The verdict on a right candidate, on a machine that becomes quiet after so many notes, and the notes."""
    told: list[str] = []

    def put_off(candidate: Candidate, words: str) -> None:
        told.append(words)
        if len(told) == quiet_after:
            patch.setattr(measure, "_QUIET_LOAD", float("inf"))

    async with courtroom(cheapest_kind(), MATMUL, "matmul", is_quick=True, pairs=30) as court:
        # Inside, so that it is undone before the courtroom's own.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(measure, "_QUIET_LOAD", -1.0)
            patch.setattr(measure, "_PATIENCE", 1)
            prepared = court.prepared.model_copy(update={"race_unchecked": "races unchecked: not asked for"})
            options = {"noise_floor": NOISE_FLOOR, "pauses_s": pauses_s, "put_off": put_off}
            cascade = Cascade(prepared, court.pool, threads=(1,), **options)
            proposal = Proposal(source=MATMUL.read_text(), proposer="test", strategy="", pattern="")
            verdict = await cascade.evaluate(as_candidate(proposal, number=7, subtask="test"))
    return verdict, told


async def test_a_candidate_that_a_busy_machine_kept_from_being_timed_is_timed_later() -> None:
    verdict, told = await judged([0.01] * 8, quiet_after=2)
    assert verdict.outcome is Outcome.OK and verdict.measurement is not None
    assert 2 <= len(told) < 8 and set(told) == {NOTE}


async def test_on_a_machine_that_stays_busy_the_verdict_says_why_nothing_was_timed() -> None:
    verdict, told = await judged([0.01, 0.01], quiet_after=0)
    assert (verdict.outcome, verdict.measurement) == (Outcome.OK, None)
    assert verdict.feedback == "right; not timed: other work kept this machine busy"
    assert told == [NOTE, NOTE]


async def test_what_is_put_off_when_the_seconds_are_over_is_told_as_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = False

    def hear(event: Event) -> None:
        nonlocal is_over
        is_over |= "is right, but other work" in event.message

    elapsed = Ledger.elapsed_seconds
    monkeypatch.setattr(Ledger, "elapsed_seconds", lambda ledger: 1e6 if is_over else elapsed(ledger))
    monkeypatch.setattr(measure, "_QUIET_LOAD", -1.0)
    monkeypatch.setattr(measure, "_PATIENCE", 1)
    options = {"candidates": 1, "decompose": "never", "pairs": 6, "target_ms": 2.0, "threads": (1, 2)}
    result = await asolve(
        f"{MATMUL}::matmul", run_dir=tmp_path / "run", sandbox=cheapest_kind(), emit=hear, seconds=3600, **options
    )
    assert result.status == "no_verdict" and result.why.startswith("1 version is right and was not timed: ")
    assert "1 version is right and was not timed" in (tmp_path / "run" / "report.md").read_text()
