"""`agentpar model`, with the stand-in for vLLM of tests/models."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agentpar.models.served import served_models
from tests.cli.program import agentpar, says_one_line, started

STANDIN = Path(__file__).parents[1] / "models" / "standin"


@pytest.fixture(autouse=True)
def own_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of its own, so no test sees another's servers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(STANDIN), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PIDS", str(tmp_path / "pids"))
    yield


def test_a_server_is_served_listed_and_stopped(tmp_path: Path) -> None:
    with started("model", "serve", "tiny", "--log-dir", tmp_path) as serving:
        assert serving.stdout is not None
        url = serving.stdout.readline().strip()
        (listed,) = json.loads(agentpar("model", "status", "--json").stdout)
        assert (listed["model"], listed["url"], listed["pid"]) == ("tiny", url, serving.pid)
        assert url in agentpar("model", "status").stdout
        assert says_one_line(agentpar("model", "stop", "other"), 2, "other is not served")
        again = agentpar("model", "serve", "tiny")
        assert says_one_line(again, 2, f"tiny is served at {url} by process {serving.pid}; runs use that one")
        server = psutil.Process(int((tmp_path / "pids").read_text().split()[0]))

        stopped = agentpar("model", "stop", "tiny")
        assert (stopped.returncode, stopped.stdout) == (0, "stopped tiny\n")
        assert serving.wait(30) == 128 + signal.SIGTERM
        assert not psutil.wait_procs([server], timeout=30)[1]
    assert json.loads(agentpar("model", "status", "--json").stdout) == []


def test_a_server_that_was_left_behind_by_a_killed_command_is_not_listed(tmp_path: Path) -> None:
    with started("model", "serve", "tiny", "--log-dir", tmp_path) as serving:
        assert serving.stdout is not None and serving.stdout.readline()
        server = psutil.Process(int((tmp_path / "pids").read_text().split()[0]))
        serving.kill()
        serving.wait(30)
        assert json.loads(agentpar("model", "status", "--json").stdout) == []
        assert not psutil.wait_procs([server], timeout=30)[1]
    assert not list((tmp_path / "cache" / "agentpar" / "models").glob("*.json"))


@pytest.mark.parametrize("pid", [-5, 0, 10**20])
def test_what_is_no_announcement_of_a_server_is_removed(tmp_path: Path, pid: int) -> None:
    folder = tmp_path / "cache" / "agentpar" / "models"
    folder.mkdir(parents=True)
    served = {"model": "tiny", "url": "http://127.0.0.1:1/v1", "log": "x", "pid": pid, "started": 0}
    (folder / "1.json").write_text(json.dumps(served))
    assert served_models() == [] and not list(folder.iterdir())


def test_a_port_that_is_none_is_the_users_error() -> None:
    assert says_one_line(agentpar("model", "serve", "tiny", "--port", "99999"), 2, "--port")


def test_a_server_that_does_not_start_is_an_error_with_the_reason(tmp_path: Path) -> None:
    ran = agentpar("model", "serve", "dies-at-start", "--log-dir", tmp_path)
    assert ran.returncode == 3 and ran.stdout == ""
    assert "ValueError: no such architecture" in ran.stderr.splitlines()[-1]


def test_where_nothing_is_served_the_mend_is_said() -> None:
    assert says_one_line(agentpar("model", "stop"), 2, "no model is served")
    assert "agentpar model serve" in agentpar("model", "status").stderr


def test_each_model_that_is_served_has_a_log_of_its_own(tmp_path: Path) -> None:
    for name in "dies-at-start", "org/dies-at-start-too":
        assert agentpar("model", "serve", name).returncode == 3
    logs = tmp_path / "cache" / "agentpar" / "models" / "logs"
    assert {path.parent.name for path in logs.glob("*/vllm.log")} == {"dies-at-start", "org-dies-at-start-too"}
