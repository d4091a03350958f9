"""The Docker daemon is killed under a run: nothing finished is lost, what to do is said, and `resume` completes it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos import FALSE_VERDICTS, OPTIONS, ROOT, kernel
from bench.record import differs_from_replay, read_record
from bench.remains import wait_until
from bench.strikes import Session, Strike
from bench.witness import begun
from tests.durability.daemon import PrivateDaemon, private_daemon, why_no_daemon
from tests.evaluation.courtroom import why_not

pytestmark = [pytest.mark.sandbox, pytest.mark.docker]

CANDIDATES = 16
WITHIN_S = 300.0


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    if reason := why_not("docker") or why_no_daemon():
        pytest.skip(reason)
    with private_daemon() as daemon:
        yield daemon


class Commands:
    """`agentpar` on one run, with the private daemon as Docker."""

    def __init__(self, folder: Path, daemon: PrivateDaemon) -> None:
        self.run_dir = folder / "run"
        self.witness = folder / "witness"
        self._source = folder / "chain.cpp"
        self._source.write_text(kernel(CANDIDATES))
        self._environment = {**os.environ, "DOCKER_HOST": daemon.address}

    def solve(self) -> Session:
        budget = ["--candidates", str(CANDIDATES), "--run-dir", str(self.run_dir)]
        return self._session("solve", f"{self._source}::chain", *OPTIONS, *budget)

    def resume(self) -> Session:
        return self._session("resume", str(self.run_dir))

    def _session(self, *arguments: str) -> Session:
        program = [sys.executable, "-m", "bench.witness", str(self.witness), *arguments, "--sandbox", "docker"]
        return Session(program, environment=self._environment, folder=ROOT)


def last_line(session: Session) -> str:
    return session.said.splitlines()[-1]


def test_a_killed_daemon_loses_nothing_and_is_named_with_the_mend(daemon: PrivateDaemon, tmp_path: Path) -> None:
    commands = Commands(tmp_path, daemon)
    with commands.solve() as session:
        assert session.comes_to(Strike("evaluation", 0.05, verdicts=4), within_s=WITHIN_S), session.said
        daemon.kill()
        assert session.ends(within_s=60) == 3, session.said
        assert "no Docker daemon answers; start it" in last_line(session)
        assert last_line(session).endswith(f"go on with: agentpar resume {commands.run_dir}")
    stands = read_record(commands.run_dir)
    assert len(stands.verdicts) >= 4 and not list(stands.lacks_told(session.told))

    with commands.resume() as session:  # it is still down
        assert session.ends(within_s=60) == 3
        assert "no Docker daemon answers; start it" in last_line(session)
    assert read_record(commands.run_dir) == stands

    daemon.start()
    # Nobody else could end them: without a daemon, no container hears that its owner is gone.
    assert wait_until(lambda: not daemon.containers(), 30) is not None
    with commands.resume() as session:
        assert session.ends(within_s=WITHIN_S) in (0, 1), session.said
        again = {name for pid, what, name in begun(commands.witness) if pid == session.pid and what == "evaluate"}
    final = read_record(commands.run_dir)
    assert not list(final.lacks(stands)) and not list(final.lacks_told(session.told))
    assert not again & stands.judged
    assert len(final.verdicts) == CANDIDATES and not differs_from_replay(commands.run_dir)
    assert not set(final.outcomes().values()) & FALSE_VERDICTS
    assert wait_until(lambda: not daemon.containers(), 5) is not None


def test_a_daemon_that_is_restarted_is_nobodys_fault(daemon: PrivateDaemon, tmp_path: Path) -> None:
    commands = Commands(tmp_path, daemon)
    with commands.solve() as session:
        assert session.comes_to(Strike("evaluation", 0.05, verdicts=4), within_s=WITHIN_S), session.said
        daemon.kill()
        daemon.start()
        code = session.ends(within_s=WITHIN_S)
    if code == 3:  # asked for while it was down
        with commands.resume() as session:
            code = session.ends(within_s=WITHIN_S)
    assert code in (0, 1), session.said
    outcomes = read_record(commands.run_dir).outcomes()
    assert len(outcomes) == CANDIDATES and not set(outcomes.values()) & FALSE_VERDICTS
