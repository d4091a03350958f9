"""The installed command, run as a user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = (str(Path(sys.executable).with_name("agentpar")),)
# The same where no gain is asserted: nobody waits for a busy machine to become quiet. It is found from the checkout.
IMPATIENT = (sys.executable, "-m", "bench.witness", os.devnull)
WAIT_S = 300


def agentpar(
    *arguments: object,
    program: Sequence[str] = PROGRAM,
    cwd: Path | None = None,
    before: Callable[[], Any] | None = None,
    **environment: str,
) -> "subprocess.CompletedProcess[str]":
    """Run it to the end; `before` runs in its process first."""
    return subprocess.run(
        [*program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
        cwd=cwd,
        preexec_fn=before,
        env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
    )


@contextmanager
def started(
    *arguments: object, program: Sequence[str] = PROGRAM, cwd: Path | None = None
) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def says_one_line(ran: "subprocess.CompletedProcess[str]", code: int, *words: str) -> bool:
    """Whether it failed as it should: this code, one line on standard error with these words, nothing else."""
    lines = ran.stderr.splitlines()
    assert ran.returncode == code, ran
    assert len(lines) == 1 and lines[0].startswith("agentpar: "), ran.stderr
    assert all(word in lines[0] for word in words), (words, lines[0])
    return ran.stdout == ""
