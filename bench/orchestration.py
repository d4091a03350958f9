"""What the search itself costs a candidate: an instant model, an evaluation that does nothing, a real ledger.

python -m bench.orchestration [--candidates N ...]

Prints CPU milliseconds of this process for each candidate; ends with 1 when one is above the limit.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agentpar.candidate import Candidate
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.models.base import Message, Sampling
from agentpar.models.scripted import ScriptedModel
from agentpar.search.loop import search
from agentpar.search.replies import Remembered
from agentpar.search.strategy import assemble
from agentpar.task import Budget, SearchOptions, Task
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict
from bench.conditions import conditions, print_conditions

LIMIT_MS = 3.0
WARM_UP = 20
SOURCE = "void scale(double* x, int n) {\n    for (int i = 0; i < n; ++i) x[i] *= 2.0;\n}\n"
VERSION = """\
void scale(double* x, int n) {{
#pragma omp parallel for schedule(static, {})
    for (int i = 0; i < n; ++i) x[i] *= 2.0;
}}
"""
_MANY = 10**9


def reply(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
    """As many new versions as are asked for."""
    versions = (VERSION.format((sampling.seed or 0) + i) for i in range(sampling.n))
    return [f"```cpp\n{version}```" for version in versions]


def timed(speedup: float) -> Verdict:
    """As of a version that is right and was timed so fast."""
    ratio = Ratio(median=speedup, low=speedup * 0.99, high=speedup * 1.01, pairs=20)
    point = Scaling(threads=2, ratio=ratio, baseline_ms=20.0, candidate_ms=20.0 / speedup, threads_seen=1.9)
    measured = Measurement(sizes={"n": 1000}, scaling=(point,), parallel_gain=ratio, noise_floor=0.02)
    return Verdict(outcome=Outcome.OK, stage=Stage.MEASURE, measurement=measured)


class Instant:
    """Answers at once: a third are wrong, the others gain a little or nothing."""

    async def evaluate(self, candidate: Candidate) -> Verdict:
        chance = int(candidate.id, 16) % 1000
        if chance % 3 == 0:
            return Verdict(outcome=Outcome.WRONG_ANSWER, stage=Stage.VERIFY, feedback="x[3] is 6, not 4")
        return timed(0.8 + chance / 500)

    async def confirm(self, candidate: Candidate) -> Verdict:
        return await self.evaluate(candidate)


async def cpu_ms(count: int, folder: Path) -> float:
    """CPU milliseconds a candidate, over a whole search."""
    task = Task(
        name="scale", root=folder, path=folder / "scale.cpp", source=SOURCE, entry="scale",
        search=SearchOptions(strategy="best-of-n"),
    )  # fmt: skip
    with Ledger.create(folder / f"{count}" / "ledger.sqlite", task) as ledger:
        evolve = task.model_copy(update={"search": SearchOptions(strategy="evolve")})
        team = assemble(evolve, Remembered(ScriptedModel(reply), ledger))
        begun = time.process_time()
        await search(
            subtask="scale", source=SOURCE, entry="scale", target="openmp", team=team, evaluator=Instant(),
            ledger=ledger, budget=Budget(candidates=count, seconds=_MANY), seed=1, workers=4, emit=lambda _: None,
            fingerprint=fingerprint,
        )  # fmt: skip
        spent = time.process_time() - begun
        judged = len(ledger.judged())
    if judged != count:
        raise RuntimeError(f"{judged} of {count} candidates were judged")
    return 1000 * spent / count


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, nargs="+", default=[100, 10_000])
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    is_within = True
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        asyncio.run(cpu_ms(WARM_UP, Path(folder, "warm-up")))  # prompts and parsers are loaded once in a process
        for count in chosen.candidates:
            cost = asyncio.run(cpu_ms(count, Path(folder)))
            is_within = is_within and cost <= LIMIT_MS
            console.print(f"{count:6} candidates: {cost:.2f} ms of CPU each (at most {LIMIT_MS:g})")
    print_conditions(console, conditions(model="instant, 4 versions a turn", strategy="evolve", workers="4"))
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
