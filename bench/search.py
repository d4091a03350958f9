"""Whether evolution pays: how many evaluations until the best that is known, by strategy, at the same pool of replies.

python -m bench.search [--example NAME ...] [--pool FILE] [--seeds N] [--table FILE] [--busy] [--sandbox KIND]

The pool of an example is mixed, see `bench.pools`, or with `--pool` what a real model said of it in a run, as recorded
there (`completions.jsonl`). Each version is judged once for real, and all searches take their verdicts from that table;
what the machine is too busy to time is left out. A scripted model deals the pool in an order that is shuffled for each
seed. Asked to improve or mend a version, it answers with one of those most like it, as models do, whatever its speed;
asked freely, it deals the next. So both strategies draw from the same pool, and the difference is what a search makes
of its verdicts.

Ends with 1 when `evolve` needs more evaluations than `best-of-n`, as a mean over the examples and seeds, and with 1
when no pool has a version that is a gain: what is not there cannot be found, and the comparison is void.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agentpar.candidate import Candidate, content_id
from agentpar.errors import ModelExhausted, TaskError
from agentpar.evaluation import measure
from agentpar.ledger import Ledger
from agentpar.models.base import Message, Sampling
from agentpar.models.replay import Recorded, read_recording
from agentpar.models.scripted import ScriptedModel
from agentpar.search.loop import search
from agentpar.search.novelty import changed_lines
from agentpar.search.replies import Remembered
from agentpar.search.strategy import Team, assemble
from agentpar.task import Budget, ModelOptions, SearchOptions
from agentpar.verdict import Outcome, Verdict
from bench.conditions import conditions, print_conditions
from bench.examples import KERNELS
from bench.pools import CLOSE, Judged, Pool, fenced, mixed, recorded, task_of

STRATEGIES = ("evolve", "best-of-n")
LIKE = 4
"""Among so many of the most similar versions the model chooses, when it is shown one."""


class Dealer:
    """The scripted model of one seed."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self._chance = random.Random(seed)
        self._serial = changed_lines(pool.task.source, frozenset())
        self._lines = {each: changed_lines(each, self._serial) for each in pool.sources}
        self._deck = [*map(fenced, pool.sources), *pool.unusable]
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
        return self._deck[self._dealt - 1]

    def _like(self, shown: str) -> str:
        lines = changed_lines(shown.partition("```cpp\n")[2].partition("```")[0], self._serial)

        def likeness(source: str) -> float:
            own = self._lines[source]
            return len(own & lines) / max(1, len(own | lines))

        by_likeness = sorted(self._lines, key=likeness, reverse=True)
        return fenced(self._chance.choice(by_likeness[1 : LIKE + 1] or by_likeness))


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


async def pool_of(name: str, judged: Judged, said: Sequence[Recorded]) -> Pool:
    """An example's pool: what was recorded of it, else a mixed one."""
    task = task_of(name)
    sources, unusable = recorded(task, said) if said else await mixed(task)
    return await judged.pool(task, sources, unusable)


def row(name: str, pool: Pool, counts: dict[str, list[int]]) -> list[str]:
    """The cells of one example; without counts, what there is to say of a pool that is void."""
    outcomes = [verdict.outcome for verdict in pool.verdicts.values()]
    tally = ", ".join(f"{outcomes.count(o)} {o}" for o in Outcome if o in outcomes)
    replies = f"{len(pool.sources)} versions, {len(pool.unusable)} other replies"
    cells = [f"{statistics.mean(each):.1f} ({' '.join(map(str, each))})" for each in counts.values()]
    return [name, replies, f"{pool.best:.2f}×" if pool.best else "none timed", tally, *(cells or ["void"] * 2)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", action="append", choices=sorted(KERNELS), help="may be given several times")
    parser.add_argument("--pool", type=Path, metavar="FILE", help="a recording of a model's replies")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--table", type=Path, metavar="FILE", help="keep the verdicts there, or take them from there")
    parser.add_argument("--busy", action="store_true", help="time the pool beside other work: rougher, but a table")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    if chosen.busy:
        measure._QUIET_LOAD = float("inf")
    try:
        said = read_recording(chosen.pool) if chosen.pool else []
    except TaskError as error:
        parser.error(str(error))
    told = {line.task for line in said}
    names = chosen.example or ["matmul", "histogram"]
    if said and not chosen.example:
        names = [name for name in KERNELS if task_of(name).name in told]
        if not names:
            parser.error(f"{chosen.pool} is about none of the examples, but {', '.join(sorted(told))}")
    judged = Judged(chosen.sandbox, chosen.table, is_rough=chosen.busy)
    shown = Table()
    for column in ("example", "pool", "best", "outcomes", *(f"{each}: mean (each seed)" for each in STRATEGIES)):
        shown.add_column(column, overflow="fold")
    needed: dict[str, list[float]] = {strategy: [] for strategy in STRATEGIES}
    void = list[str]()
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        for name in names:
            pool = asyncio.run(pool_of(name, judged, said))
            if pool.is_void:
                void.append(name)
                shown.add_row(*row(name, pool, {}))
                continue
            counts = {
                strategy: [asyncio.run(evaluations(pool, strategy, seed, Path(folder))) for seed in range(chosen.seeds)]
                for strategy in STRATEGIES
            }
            for strategy, each in counts.items():
                needed[strategy].append(statistics.mean(each))
            shown.add_row(*row(name, pool, counts))
    console.print(shown)
    console.print(f"  evaluations until {CLOSE:.0%} of the pool's best speed-up", markup=False)
    means = [statistics.mean(needed[strategy]) for strategy in STRATEGIES if needed[strategy]]
    if means:
        console.print(f"  over all: {', '.join(f'{m:.1f} with {s}' for m, s in zip(means, STRATEGIES, strict=True))}")
    for name in void:
        console.print(f"  {name}: no version of the pool is a gain, so there is nothing to find: void, not won")
    if chosen.busy:
        console.print("  timed beside other work: the speed-ups are rough, and their medians are believed")
    print_conditions(console, conditions(seeds=chosen.seeds, pool=chosen.pool.name if chosen.pool else "mixed"))
    return 0 if means and means[0] <= means[1] else 1


if __name__ == "__main__":
    sys.exit(main())
