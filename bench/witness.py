"""The command `agentpar` with a witness: every evaluation that begins is a line in a file, whatever becomes of it.

python -m bench.witness FILE ARGUMENTS...

The ledger keeps verdicts; only a witness outside of it can tell that a candidate with a verdict was not judged again.
Here nobody waits for a busy machine to become quiet: what is struck down is the point, not how fast it was. For the
same reason tests give these commands a lease of their own, in the folder that `AGENTPAR_WITNESS_LEASE` names.
"""

import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from agentpar import session
from agentpar.candidate import Candidate
from agentpar.cli import main as command
from agentpar.evaluation import machine, measure
from agentpar.evaluation.cascade import Cascade
from agentpar.sandbox import lease
from agentpar.verdict import Verdict

Judging = Callable[[Cascade, Candidate], Coroutine[Any, Any, Verdict]]


def begun(path: Path) -> list[tuple[int, str, str]]:
    """What the witness saw: (process, `evaluate` or `confirm`, candidate), in the order in which they began."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(pid), what, candidate) for pid, what, candidate in map(str.split, lines)]


def witnessed(judging: Judging, what: str, log: int) -> Judging:
    async def work(cascade: Cascade, candidate: Candidate) -> Verdict:
        # One short write to a file opened for appending is whole or absent, also when we are killed.
        os.write(log, f"{os.getpid()} {what} {candidate.id}\n".encode())
        return await judging(cascade, candidate)

    return work


def main(path: str, arguments: list[str]) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    for what in ("evaluate", "confirm"):
        setattr(Cascade, what, witnessed(getattr(Cascade, what), what, log))
    measure._QUIET_LOAD = float("inf")
    session.PAUSES_S = ()
    machine._PATIENCE = 1
    if folder := os.environ.get("AGENTPAR_WITNESS_LEASE"):
        lease.FOLDERS = (Path(folder),)
    sys.argv = ["agentpar", *arguments]
    command()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
