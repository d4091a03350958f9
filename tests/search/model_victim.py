"""A search with a model in a process of its own, to be killed: `model_victim.py LEDGER CANDIDATES ASKED`.

Every request that the model answers is written into the file ASKED before anybody else knows of the answer.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from agentpar.ledger import Ledger
from agentpar.models.base import Message, Reply, Sampling, Usage
from agentpar.models.scripted import ScriptedModel
from agentpar.proposers.model.proposer import ModelProposer, Operation, Style
from agentpar.search.replies import Remembered, request_key
from tests.search.doubles import Judge, best_id, run_search, varied_delay

VERSION = """\
void scale(double* x, int n) {{
#pragma omp parallel for schedule(static, {})
    for (int i = 0; i < n; ++i) x[i] *= 2.0;
}}
"""
OPERATIONS: tuple[Operation, ...] = ("sample", "improve", "repair")


class Noting:
    """Gives versions that follow from the sampling's seed alone."""

    name = "noting"

    def __init__(self, asked: Path) -> None:
        self._asked = asked

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        await asyncio.sleep(0.002 + (sampling.seed or 0) % 5 / 1000)
        with self._asked.open("a") as file:
            file.write(f"{request_key(messages, sampling, task)}\n")
        texts = [f"```\n{VERSION.format((sampling.seed or 0) + i)}```" for i in range(sampling.n)]
        given = await ScriptedModel(texts).sample(messages, sampling, task=task)
        return given.model_copy(update={"usage": Usage(completion_tokens=1)})

    async def close(self) -> None:
        """Nothing was opened."""


def asking(ledger: Ledger, asked: Path) -> list[ModelProposer]:
    remembered = Remembered(Noting(asked), ledger)
    style = Style(samples=2)
    return [ModelProposer(remembered, each, temperature=0.5, task="scale", style=style) for each in OPERATIONS]


def main(path: Path, candidates: int, asked: Path) -> None:
    with Ledger.open(path) as ledger:
        result = asyncio.run(
            run_search(ledger, [], Judge(delay=varied_delay), thinkers=asking(ledger, asked), candidates=candidates)
        )
        print(best_id(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
