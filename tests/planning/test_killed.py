"""Kill -9 with several subtasks in flight, in real processes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentpar.candidate import WHOLE
from agentpar.ledger import Ledger
from tests.planning.workshop import NAMES, a_plan, begin

pytestmark = pytest.mark.slow

VICTIM = Path(__file__).parent / "victim.py"
ROOT = VICTIM.parents[2]


def start(run_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.planning.victim", str(run_dir)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def in_flight(run_dir: Path) -> set[str]:
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        return {each.subtask for each in ledger.pending()}


def kill_with_three_in_flight(run_dir: Path, verdicts: int) -> None:
    """Kill a victim when it has added so many verdicts and three subtasks have a candidate without one.

    It may have been stopped while it wrote a verdict, which whoever opens the ledger next finds to be there.
    """
    victim = start(run_dir)
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        enough = len(ledger.judged()) + verdicts
        deadline = time.monotonic() + 60
        while True:
            assert victim.poll() is None and time.monotonic() < deadline
            victim.send_signal(signal.SIGSTOP)  # else it would go on between the look and the kill
            os.waitid(os.P_PID, victim.pid, os.WSTOPPED)
            if len(ledger.judged()) >= enough and len(in_flight(run_dir)) == 3:
                break
            victim.send_signal(signal.SIGCONT)
            time.sleep(0.002)
    victim.kill()
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL


@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_with_three_subtasks_in_flight_repeats_nothing(tmp_path: Path, seed: int) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES, {"delta": ["alpha"]}), candidates=80)
    chance = random.Random(seed)
    for _ in range(2):
        kill_with_three_in_flight(run_dir, chance.randint(1, 5))
    victim = start(run_dir)
    winner = victim.communicate(timeout=120)[0].strip()
    assert victim.returncode == 0  # EVALUATED_TWICE if something judged was judged again
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        judged = ledger.judged()
        assert len({(each.subtask, each.id) for each, _ in judged}) == len(judged) and ledger.pending() == []
        whole = ledger.judged(WHOLE)[0][0]
        assert whole.strategy == "alpha + beta + gamma + delta" and winner == whole.id
        order = [each.subtask for each, _ in judged]
        # The dependent one began after what it needs had ended, and with its best version.
        assert order.index("delta") > max(at for at, name in enumerate(order) if name == "alpha")
        (first, *_) = ledger.candidates("delta")
        best = ledger.notes()["results"]["alpha"]["best_id"]
        assert best == ledger.notes()["starts"]["delta"]["alpha"] and "agent 7" in first.candidate.source
