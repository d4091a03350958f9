"""A decomposed run in a process of its own, to be killed: `victim.py RUN`."""

import asyncio
import os
import sys
from pathlib import Path

from agentpar.candidate import Candidate
from agentpar.ledger import Ledger
from agentpar.solver import create_solver
from tests.planning.workshop import context, verdict
from tests.search.doubles import Judge

EVALUATED_TWICE = 99


def main(run_dir: Path) -> None:
    async def delay(candidate: Candidate) -> None:
        with Ledger.read(run_dir / "ledger.sqlite") as ledger:
            if any((each.subtask, each.id) == (candidate.subtask, candidate.id) for each, _ in ledger.judged()):
                os._exit(EVALUATED_TWICE)
        await asyncio.sleep(0.05)

    work = context(Judge(verdict, delay=delay), marks=6)
    result = asyncio.run(create_solver().ainvoke({"options": {"run_dir": str(run_dir)}}, context=work))
    print(result["best_id"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
