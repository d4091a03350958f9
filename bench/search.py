"""Whether evolution pays: how many evaluations until the best that is known, by strategy, at the same pool of replies.

python -m bench.search [--example NAME ...] [--seeds N] [--table FILE] [--busy] [--sandbox KIND]

The pool of an example holds versions that source rewrites make of it, good and bad ones, with what models also say:
wrong, racy and cheating versions, and text that is no code. Each is judged once for real, and all searches take their
verdicts from that table; what the machine is too busy to time is left out. A scripted model deals the pool in an order
that is shuffled for each seed. Asked to improve or mend a version, it answers with one of those most like it, as models
do, whatever its speed; asked freely, it deals the next. So both strategies draw from the same pool, and the difference
is what a search makes of its verdicts. Ends with 1 when `evolve` needs more evaluations than `best-of-n`, as a mean
over the seeds.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agentpar.candidate import Candidate, Proposal, as_candidate, content_id
from agentpar.errors import ModelExhausted
from agentpar.evaluation import measure
from agentpar.ledger import Ledger
from agentpar.models.base import Message, Sampling
from agentpar.models.scripted import ScriptedModel
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.extract import source_from
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.search.loop import search
from agentpar.search.novelty import changed_lines
from agentpar.search.replies import Remembered
from agentpar.search.strategy import Team, assemble
from agentpar.session import open_judge
from agentpar.task import Budget, ModelOptions, SearchOptions, Task
from agentpar.task_file import load_task
from agentpar.verdict import Outcome, Verdict
from bench.conditions import conditions, print_conditions
from bench.examples import EXAMPLES, KERNELS

STRATEGIES = ("evolve", "best-of-n")
REWRITES = 24
LIKE = 4
"""Among so many of the most similar versions the model chooses, when it is shown one."""
CLOSE = 0.97
"""The share of the best known speed-up that counts as reaching it."""
_PROSE = "I would divide the outer loop among the threads and keep the rest as it is."


@dataclass(frozen=True)
class Pool:
    """An example's replies, and the verdict on each version that one of them holds, by content id."""

    task: Task
    sources: tuple[str, ...]
    verdicts: dict[str, Verdict]

    @property
    def best(self) -> float:
        """The highest speed-up in the table."""
        return max(v.measurement.speedup for v in self.verdicts.values() if v.measurement)

    def reaches(self, source: str) -> bool:
        measured = self.verdicts[content_id(source)].measurement
        return measured is not None and measured.speedup >= CLOSE * self.best


async def versions_of(task: Task) -> list[str]:
    """Rewrites from over the whole order, and what goes wrong with some of them."""
    state = SearchState(task.source, task.entry, "openmp", 0, ())
    offered = [each.source for each in await RewriteProposer().propose(state, 400)]
    step = max(1, len(offered) // REWRITES)
    good = offered[::step][:REWRITES]
    pragma = re.compile(r"^([ \t]*#pragma omp[^\n]*?)(?: reduction\([^)]*\)| private\([^)]*\))", re.MULTILINE)
    racy = [pragma.sub(r"\1", each, count=1) for each in good[:6]]
    racy += [each.replace("#pragma omp atomic\n", "\n") for each in good[:12] if "#pragma omp atomic" in each][:3]
    wrong = [re.sub(r"\+\+(\w+)\)", r"\1 += 2)", each, count=1) for each in good[:4]]
    cheating = [_cheat(each) for each in good[:3]]
    return list(dict.fromkeys([*good, *racy, *wrong, *cheating]))


def _cheat(version: str) -> str:
    """Does nothing from the second call on."""
    return re.sub(r"\)\s*\{\n", ") {\n    static int calls = 0;\n    if (calls++ > 0) return;\n", version, count=1)


async def judged_pool(name: str, sandbox: str, known: dict[str, Verdict], table: Path | None) -> Pool:
    """Judge what has no verdict yet; the table is kept after each, for the next run."""
    entry, options = KERNELS[name]
    task = load_task(f"{EXAMPLES / name}.cpp::{entry}", {**options, "pairs": 8, "target_ms": 5.0})
    sources = tuple(
        grafted
        for each in await versions_of(task)
        if (grafted := source_from(f"```cpp\n{each}```", serial=task.source, base="", entry=entry)) != task.source
    )
    missing = [each for each in sources if content_id(each) not in known]
    if missing:
        async with open_judge(task, sandbox=sandbox, emit=lambda _: None) as (cascade, _):
            for number, source in enumerate(missing, 1):
                print(f"{name}: judging {number} of {len(missing)} …", file=sys.stderr, flush=True)
                made = Proposal(source=source, proposer="pool", strategy="", pattern="")
                verdict = await cascade.evaluate(as_candidate(made, number=number, subtask=name))
                if verdict.outcome is not Outcome.OK or verdict.measurement is not None:  # else too busy to be timed
                    known[content_id(source)] = verdict
                    _write(table, known)
    judged = tuple(each for each in sources if content_id(each) in known)
    return Pool(task, judged, {content_id(each): known[content_id(each)] for each in judged})


class Dealer:
    """The scripted model of one seed."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self._chance = random.Random(seed)
        self._serial = changed_lines(pool.task.source, frozenset())
        self._lines = {each: changed_lines(each, self._serial) for each in pool.sources}
        self._deck = [*pool.sources, *[_PROSE] * (len(pool.sources) // 5)]
        self._chance.shuffle(self._deck)
        self._dealt = 0

    def __call__(self, messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if sampling.json_schema:
            return [json.dumps({"strategies": [{"title": "", "plan": ""}] * sampling.n})]
        shown = messages[1].content.partition("version of it")[2]
        return [self._like(shown) if shown else self._next() for _ in range(sampling.n)]

    def _next(self) -> str:
        if self._dealt == len(self._deck):
            raise ModelExhausted("the pool is dealt")
        self._dealt += 1
        return _fenced(self._deck[self._dealt - 1])

    def _like(self, shown: str) -> str:
        lines = changed_lines(shown.partition("```cpp\n")[2].partition("```")[0], self._serial)

        def likeness(source: str) -> float:
            own = self._lines[source]
            return len(own & lines) / max(1, len(own | lines))

        by_likeness = sorted(self._lines, key=likeness, reverse=True)
        return _fenced(self._chance.choice(by_likeness[1 : LIKE + 1]))


def _fenced(said: str) -> str:
    return said if said == _PROSE else f"```cpp\n{said}```"


class FromTable:
    """Gives the verdicts of the table."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def evaluate(self, candidate: Candidate) -> Verdict:
        return self._pool.verdicts[candidate.id]

    async def confirm(self, candidate: Candidate) -> Verdict:
        return self._pool.verdicts[candidate.id]


async def evaluations(pool: Pool, strategy: str, seed: int, folder: Path) -> int:
    """How many candidates were judged until one reached the best; all of them and one more, if none did."""
    options = {"search": SearchOptions.model_validate({"strategy": strategy}), "model": ModelOptions(samples=2)}
    task = pool.task.model_copy(update=options)
    with Ledger.create(folder / f"{task.name}-{strategy}-{seed}" / "ledger.sqlite", task) as ledger:
        team = assemble(task, Remembered(ScriptedModel(Dealer(pool, seed)), ledger))
        # The pool is the model's alone: what rewrites and crossovers would add has no verdict in the table.
        team = Team((), team.thinkers, thinkers_see_verdicts=team.thinkers_see_verdicts)
        await search(
            subtask=task.entry, source=task.source, entry=task.entry, target=task.target, team=team,
            evaluator=FromTable(pool), ledger=ledger, budget=Budget(candidates=len(pool.sources)), seed=seed, workers=1,
            emit=lambda _: None, fingerprint=content_id,
        )  # fmt: skip
        judged = [candidate.source for candidate, _ in ledger.judged()]
    return next((place for place, source in enumerate(judged, 1) if pool.reaches(source)), len(pool.sources) + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", action="append", choices=sorted(KERNELS), help="may be given several times")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--table", type=Path, metavar="FILE", help="keep the verdicts there, or take them from there")
    parser.add_argument("--busy", action="store_true", help="time the pool beside other work: rougher, but a table")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    if chosen.busy:
        measure._QUIET_LOAD = float("inf")
    known = _read(chosen.table)
    shown = Table()
    for column in ("example", "pool", "best", "outcomes", *(f"{each}: mean (each seed)" for each in STRATEGIES)):
        shown.add_column(column, overflow="fold")
    pays = True
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        for name in chosen.example or ["matmul", "histogram"]:
            pool = asyncio.run(judged_pool(name, chosen.sandbox, known, chosen.table))
            counts = {
                strategy: [asyncio.run(evaluations(pool, strategy, seed, Path(folder))) for seed in range(chosen.seeds)]
                for strategy in STRATEGIES
            }
            means = {strategy: statistics.mean(each) for strategy, each in counts.items()}
            pays = pays and means["evolve"] <= means["best-of-n"]
            outcomes = [verdict.outcome for verdict in pool.verdicts.values()]
            tally = ", ".join(f"{outcomes.count(o)} {o}" for o in Outcome if o in outcomes)
            cells = [f"{means[each]:.1f} ({' '.join(map(str, counts[each]))})" for each in STRATEGIES]
            shown.add_row(name, str(len(pool.sources)), f"{pool.best:.2f}×", tally, *cells)
    console.print(shown)
    console.print(f"  evaluations until {CLOSE:.0%} of the pool's best speed-up", markup=False)
    print_conditions(console, conditions(seeds=chosen.seeds))
    return 0 if pays else 1


def _write(table: Path | None, known: dict[str, Verdict]) -> None:
    if table is not None:
        table.write_text(json.dumps({key: verdict.model_dump(mode="json") for key, verdict in known.items()}))


def _read(table: Path | None) -> dict[str, Verdict]:
    if table is None or not table.exists():
        return {}
    return {key: Verdict.model_validate(value) for key, value in json.loads(table.read_text()).items()}


if __name__ == "__main__":
    sys.exit(main())
