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

from agentpar.sandbox.bubblewrap import reap
from agentpar.sandbox.docker import LABEL
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
def test_a_killed_host_leaves_no_container_and_no_process(kind: str) -> None:
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
            folders = [Path(p.cmdline()[2]) for p in before if p.name().startswith("runner-")]
            assert len(folders) == (kind == "bubblewrap")
        finally:
            victim.kill()
    if kind == "docker":
        assert eventually(lambda: containers(victim.pid) == [], 10)
    assert eventually(lambda: not any(p.is_running() and p.status() != "zombie" for p in before), 10)
    reap()
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
            reap()
            assert (folder / "work").is_dir()
        finally:
            victim.kill()
    assert eventually(lambda: not runner.is_running(), 10)
    reap()
    assert not folder.exists()
