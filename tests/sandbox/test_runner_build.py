"""The runner of local sandboxes is built on the host: nothing of that outlives whoever asked for it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from agentpar.sandbox import bubblewrap

BUILD = "from agentpar.sandbox.bubblewrap import build_runner; build_runner()"
COMPILER = """#!/bin/sh
sleep 600 &
echo $$ $! > {told}
wait
"""


def test_a_compiler_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    told, compiler = tmp_path / "pids", tmp_path / "g++"
    os.mkfifo(told)
    compiler.write_text(COMPILER.format(told=told))
    compiler.chmod(0o755)
    root = str(Path(bubblewrap.__file__).parents[2])
    path = f"{tmp_path}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, "-c", BUILD], env=environment) as owner:
        started = [psutil.Process(int(pid)) for pid in told.read_text().split()]
        owner.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(started, timeout=20)
    for process in alive:
        process.kill()
    assert len(started) == 2 and not alive
