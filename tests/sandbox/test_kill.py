import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import docker
import psutil
import pytest
from pytest import MonkeyPatch

from agentpar.sandbox import bubblewrap, kinds
from agentpar.sandbox import docker as sandbox_docker
from agentpar.sandbox.base import Limits
from agentpar.sandbox.docker import LABEL
from agentpar.sandbox.kinds import Kind
from tests.evaluation.courtroom import KINDS, why_not

pytestmark = pytest.mark.sandbox

VICTIM = Path(__file__).parent / "victim.py"
ROOT = VICTIM.parents[2]


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def containers(owner: int) -> list[str]:
    with closing(docker.from_env()) as client:
        return [c.id for c in client.containers.list(all=True, filters={"label": f"{LABEL}={owner}"})]


def inside(owner: int) -> list[psutil.Process]:
    return psutil.Process(owner).children(recursive=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_host_leaves_no_container_and_no_process(kind: Kind) -> None:
    if reason := why_not(kind):
        pytest.skip(reason)
    with subprocess.Popen(
        [sys.executable, str(VICTIM), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as victim:
        try:
            assert victim.stdout is not None and victim.stdout.readline() == "open\n"
            if kind == "docker":
                assert len(containers(victim.pid)) == 1
            else:
                assert eventually(lambda: "sleep" in {p.name() for p in inside(victim.pid)}, 10)
            before = [p for p in inside(victim.pid) if p.status() != "zombie"]
            folders = {
                Path(p.cmdline()[2]) for p in before if p.name().startswith("runner-")
            }  # a child of it has its name at first
            assert len(folders) == (kind == "bubblewrap")
        finally:
            victim.kill()
    if kind == "docker":
        assert eventually(lambda: containers(victim.pid) == [], 10)
    assert eventually(lambda: not any(p.is_running() and p.status() != "zombie" for p in before), 10)
    kinds.reap(kind)
    assert not any(folder.exists() for folder in folders)


def test_a_folder_in_use_is_not_reaped() -> None:
    if reason := why_not("bubblewrap"):
        pytest.skip(reason)
    with subprocess.Popen(
        [sys.executable, str(VICTIM), "bubblewrap"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as victim:
        try:
            assert victim.stdout is not None and victim.stdout.readline() == "open\n"
            runner = psutil.Process(victim.pid).children()[0]
            folder = Path(next(word for word in runner.cmdline() if word.startswith("/dev/shm/")))
            bubblewrap.reap()
            assert (folder / "work").is_dir()
        finally:
            victim.kill()
    assert eventually(lambda: not runner.is_running(), 10)
    bubblewrap.reap()
    assert not folder.exists()


@pytest.mark.docker
@pytest.mark.parametrize("is_killed", [True, False])
def test_a_container_that_was_never_started_goes_when_its_owner_is_gone(
    is_killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)

    def struck_down(*_: object, **__: object) -> None:
        raise KeyboardInterrupt  # as if killed between the two requests, with nobody left to clean

    with closing(sandbox_docker.connect()) as client, subprocess.Popen(["sleep", "60"]) as owner:
        monkeypatch.setattr(os, "getpid", lambda: owner.pid)
        monkeypatch.setattr(client.api, "start", struck_down)
        monkeypatch.setattr(sandbox_docker, "_remove", lambda client, container: None)
        with pytest.raises(KeyboardInterrupt):
            sandbox_docker._create(client, Limits(), "cpp")
        monkeypatch.undo()
        assert len(containers(owner.pid)) == 1
        if is_killed:
            owner.kill()
            owner.wait()
        kinds.reap("docker")
        remaining = containers(owner.pid)
        owner.kill()
        for container in remaining:
            client.api.remove_container(container, force=True)
        assert len(remaining) == (0 if is_killed else 1)


@pytest.mark.docker
def test_a_daemon_that_stops_need_not_wait_for_a_sandbox() -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)
    with closing(sandbox_docker.connect()) as client:
        container, attached = sandbox_docker._create(client, Limits(), "cpp")
        try:
            before = time.monotonic()
            client.api.stop(container, timeout=120)
            assert time.monotonic() - before < 60
        finally:
            sandbox_docker._close(attached)
            sandbox_docker._remove(client, container)


@pytest.mark.parametrize("is_abandoned", [False, True], ids=["closed", "reaped"])
async def test_what_bwrap_leaves_of_a_killed_sandbox_is_ended(is_abandoned: bool, monkeypatch: MonkeyPatch) -> None:
    if reason := why_not("bubblewrap"):
        pytest.skip(reason)
    root, lock = bubblewrap._make_root()
    monkeypatch.setattr(bubblewrap, "_make_root", lambda: (root, lock))
    sandbox = None if is_abandoned else await bubblewrap.open_local("test", Limits(), "bubblewrap")
    # As the half of bwrap that waits for the other, which the runner's end took with it: nobody's child, and asleep.
    command = ["bwrap", "--ro-bind", "/", "/", "--bind", str(root), str(root)]
    command += ["--dev", "/dev", "sh", "-c", "echo up; sleep 60"]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE) as orphan:
        try:
            assert orphan.stdout is not None and orphan.stdout.readline() == b"up\n"
            if sandbox is not None:
                await sandbox.close()
            else:
                os.close(lock)
                bubblewrap.reap()
            assert eventually(lambda: orphan.poll() is not None, 10)
            assert not root.exists()
        finally:
            orphan.kill()
