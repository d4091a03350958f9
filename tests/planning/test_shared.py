from pathlib import Path

from agentpar.candidate import Proposal
from agentpar.ledger import Ledger
from agentpar.planning.shared import MOST_CHARACTERS, told_by_others
from agentpar.verdict import Outcome, Verdict
from tests.planning.workshop import NAMES, SOURCE, a_plan, changed, the_task
from tests.search.doubles import failed, ok

HELPER = "static double half(double x) {\n    return x / 2.0;\n}\n"


def judge(ledger: Ledger, name: str, mark: int, verdict: Verdict, helper: str = "") -> None:
    source = helper + changed(SOURCE, name, mark)
    proposal = Proposal(source=source, proposer="marks", strategy=f"{name} {mark}", pattern="p")
    candidate = ledger.record_candidate(proposal, subtask=name, fingerprint=source, seen=0)
    ledger.record_verdict(candidate, verdict)


def test_a_subtask_is_told_what_the_others_learnt_and_not_its_own(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", the_task(tmp_path)) as ledger:
        judge(ledger, "alpha", 2, failed(Outcome.RACE))
        judge(ledger, "alpha", 3, ok(2.5), HELPER)
        judge(ledger, "beta", 4, ok(1.5))
        told = told_by_others(a_plan(), "beta", ledger, known=3)
        assert "right, 2.50×: alpha 3" in told and "failed: alpha 2: race: x[3] is 6, not 4" in told
        assert f"brings along: {HELPER.strip()}" in told and "beta" not in told
        assert "alpha 3" not in told_by_others(a_plan(), "beta", ledger, known=1)
        assert told_by_others(a_plan(), "beta", ledger, known=0) == ""
        assert told_by_others(a_plan(), "alpha", ledger, known=3).count("right") == 1


def test_what_is_told_is_bounded(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", the_task(tmp_path)) as ledger:
        for name in NAMES:
            judge(ledger, name, 2, ok(2.0), f"static int long_one() {{\n    return {'1 + ' * 500} 1;\n}}\n")
            crash = Verdict(outcome=Outcome.CRASH, stage=failed().stage, feedback="no " * 5000)
            judge(ledger, name, 3, crash)
        assert 1000 < len(told_by_others(a_plan(NAMES), "alpha", ledger, known=8)) <= MOST_CHARACTERS
