import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentpar.ledger import Ledger
from agentpar.proposers.base import SearchState
from agentpar.search.ahead import AT_ONCE
from agentpar.search.archive import Archive
from tests.search.doubles import SOURCE, Judge, Replay, Sensitive, a_task, best_id, run_search, varied_delay
from tests.search.model_victim import asking

pytestmark = pytest.mark.slow

VICTIM = Path(__file__).parent / "victim.py"
ROOT = VICTIM.parents[2]


def start(path: Path, workers: int, candidates: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(VICTIM), str(path), str(workers), str(candidates)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def kill_after(victim: subprocess.Popen[str], path: Path, verdicts: int, jitter_s: float = 0.0) -> None:
    """Kill -9 a victim when it has added so many verdicts, and a little time has passed."""
    with Ledger.read(path) as ledger:
        enough = len(ledger.judged()) + verdicts
        deadline = time.monotonic() + 20
        while len(ledger.judged()) < enough:
            assert victim.poll() is None and time.monotonic() < deadline
            time.sleep(0.001)
    time.sleep(jitter_s)
    victim.kill()
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL


def finish(victim: subprocess.Popen[str]) -> str:
    """Let it end by itself, and return the winner it tells."""
    winner = victim.communicate(timeout=30)[0].strip()
    assert victim.returncode == 0  # EVALUATED_TWICE if something judged was judged again
    return winner


async def replayed(recorded: Ledger, path: Path, workers: int) -> tuple[list[str], str | None]:
    """What an uninterrupted run proposes, and its winner, when it gets the recorded verdicts."""
    with Ledger.create(path, a_task()) as ledger:
        result = await run_search(
            ledger, [Sensitive()], Replay(recorded), workers=workers, candidates=len(recorded.judged())
        )
        assert ledger.judged() == recorded.judged()
        return [each.candidate.id for each in ledger.candidates()], best_id(result)


@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_run_resumes_as_if_it_had_not_been(tmp_path: Path, seed: int) -> None:
    workers, candidates = 3, 60
    path = tmp_path / "run" / "ledger.sqlite"
    Ledger.create(path, a_task()).close()
    chance = random.Random(seed)
    for _ in range(3):
        kill_after(start(path, workers, candidates), path, chance.randint(1, 12), jitter_s=chance.random() / 100)
    winner = finish(start(path, workers, candidates))

    with Ledger.read(path) as recorded:
        judged = recorded.judged()
        assert len(judged) == candidates == len({each.id for each, _ in judged})
        assert recorded.pending() == []
        assert recorded.sessions() == 5 and recorded.elapsed_seconds() > 0
        best = Archive(judged).best()
        assert best is not None and winner == best.candidate.id
        proposed = [each.candidate.id for each in recorded.candidates()]
        assert await replayed(recorded, tmp_path / "again" / "ledger.sqlite", workers) == (proposed, winner)


async def test_with_one_worker_a_killed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    path = tmp_path / "run" / "ledger.sqlite"
    Ledger.create(path, a_task()).close()
    for verdicts in (3, 8):
        kill_after(start(path, 1, 30), path, verdicts)
    finish(start(path, 1, 30))
    with Ledger.read(path) as killed, Ledger.create(tmp_path / "whole" / "ledger.sqlite", a_task()) as whole:
        await run_search(whole, [Sensitive()], Judge(), workers=1, candidates=30)
        assert killed.judged() == whole.judged()


async def test_recorded_verdicts_make_the_same_proposals_and_winner(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "first" / "ledger.sqlite", a_task()) as recorded:
        result = await run_search(recorded, [Sensitive()], Judge(delay=varied_delay), workers=4, candidates=40)
        proposed = [each.candidate.id for each in recorded.candidates()]
        again = await replayed(recorded, tmp_path / "second" / "ledger.sqlite", 4)
        assert again == (proposed, best_id(result))


async def test_every_proposal_follows_from_the_verdicts_its_proposer_had_seen(ledger: Ledger) -> None:
    await run_search(ledger, [Sensitive()], Judge(delay=varied_delay), workers=3, candidates=20)
    judged = ledger.judged()
    for each in ledger.candidates():
        state = SearchState(SOURCE, "scale", "openmp", 7, judged[: each.seen])
        offers = await Sensitive().propose(state, 3)
        assert each.candidate.source in [offer.source for offer in offers]


@pytest.mark.parametrize("seed", range(2))
async def test_a_killed_run_asks_its_model_nothing_again_that_was_answered(tmp_path: Path, seed: int) -> None:
    path, asked, candidates, kills = tmp_path / "run" / "ledger.sqlite", tmp_path / "asked", 40, 3
    Ledger.create(path, a_task()).close()
    command = [sys.executable, str(VICTIM.with_name("model_victim.py")), str(path), str(candidates), str(asked)]
    chance = random.Random(seed)
    for _ in range(kills):
        victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        kill_after(victim, path, chance.randint(1, 8), jitter_s=chance.random() / 100)
    winner = finish(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT))

    answered = asked.read_text().split()
    with Ledger.open(path) as ledger:
        judged, turns = ledger.judged(), ledger.turns("scale")
        assert len(judged) == candidates == len({each.id for each, _ in judged})
        # What was answered but not recorded when the process was killed is all that may be asked again.
        assert len(answered) - len(set(answered)) <= kills * AT_ONCE
        assert ledger.spent().replies == len(set(answered))
        best = Archive(judged).best()
        assert best is not None and winner == best.candidate.id

        # Every candidate follows from its turn as it is recorded, and from the recorded replies.
        proposers = {each.name: each for each in asking(ledger, tmp_path / "asked-again")}
        offered: dict[str, int] = {}
        for turn in turns:
            if turn.admitted is not None:
                state = SearchState(SOURCE, "scale", "openmp", 7, tuple(judged[: turn.seen]), turn.number)
                offers = await proposers[turn.proposer].propose(state, turn.wanted)
                offered |= {each.source: turn.seen for each in offers}
        known = [each for each in ledger.candidates() if each.candidate.source in offered]
        assert all(offered[each.candidate.source] == each.seen for each in known)
        assert len(known) >= sum(turn.admitted or 0 for turn in turns) > candidates // 2
        assert not (tmp_path / "asked-again").exists()
