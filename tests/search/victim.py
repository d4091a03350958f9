"""A search in a process of its own, to be killed: `victim.py LEDGER WORKERS CANDIDATES`."""

import asyncio
import os
import sys
from pathlib import Path

from agentpar.candidate import Candidate
from agentpar.ledger import Ledger
from tests.search.doubles import Judge, Sensitive, best_id, run_search, varied_delay

EVALUATED_TWICE = 99


def main(path: Path, workers: int, candidates: int) -> None:
    with Ledger.open(path) as ledger:

        async def delay(candidate: Candidate) -> None:
            if ledger.verdict_of(candidate.id) is not None:
                os._exit(EVALUATED_TWICE)
            await varied_delay(candidate)

        result = asyncio.run(
            run_search(ledger, [Sensitive()], Judge(delay=delay), workers=workers, candidates=candidates)
        )
        print(best_id(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
