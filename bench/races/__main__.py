"""The race gate on labelled kernels: races believed, right versions condemned, lines and variables named.

python -m bench.races [--only TASK ...] [--repeat N] [--sandbox KIND] [--json FILE]
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.reference import understand
from agentpar.sandbox.kinds import Kind, choose
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from bench.conditions import conditions, print_conditions
from bench.races.labelled import FOLDER, kernels, tasks
from bench.races.trial import Trial, try_kernel

_MOST_CONDEMNED = 1


async def try_task(name: str, kind: Kind, repeat: int) -> list[Trial]:
    """Every kernel of a task, `repeat` times."""
    pool = Pool(kind, size=1)
    try:
        prepared = await prepare(understand(load_task(str(FOLDER / name))), pool, known=None, say=lambda _: None)
        if prepared.race_unchecked:
            raise SystemExit(prepared.race_unchecked)
        return [await try_kernel(pool, prepared, kernel) for kernel in kernels(name) for _ in range(repeat)]
    finally:
        await pool.close()


def table(trials: Sequence[Trial]) -> Table:
    shown = Table()
    shown.add_column("pattern")
    for column in ("racy", "wrong by value", "caught", "believed", "lines", "variable", "clean", "condemned",
                   "unchecked", "s, median"):  # fmt: skip
        shown.add_column(column, justify="right")
    patterns = sorted({trial.kernel.pattern for trial in trials})
    for pattern in patterns:
        shown.add_row(pattern, *counts([trial for trial in trials if trial.kernel.pattern == pattern]))
    shown.add_section()
    shown.add_row("all", *counts(trials))
    return shown


def counts(trials: Sequence[Trial]) -> list[str]:
    racy = [trial for trial in trials if trial.kernel.is_racy]
    clean = [trial for trial in trials if not trial.kernel.is_racy]
    caught = [trial for trial in racy if trial.is_condemned]
    numbers = [
        len(racy),
        sum(trial.values != "right" for trial in racy),
        len(caught),
        sum(trial.is_believed for trial in racy),
        sum(trial.kernel.has_right_lines(trial.finding.feedback) for trial in caught),
        sum(trial.kernel.has_right_variable(trial.finding.feedback) for trial in caught),
        len(clean),
        sum(trial.is_condemned for trial in clean),
        sum(bool(trial.finding.unchecked) for trial in trials),
    ]
    return [*map(str, numbers), f"{statistics.median(trial.seconds for trial in trials):.2f}"]


def remarks(trials: Sequence[Trial]) -> list[str]:
    """What did not go as labelled, one line each."""
    said = {}
    for trial in trials:
        kernel, finding = trial.kernel, trial.finding
        told = finding.feedback or finding.unchecked
        wrong = None
        if kernel.is_racy and not trial.is_condemned:
            wrong = "believed" if trial.is_believed else f"not seen by the gate, but by values: {trial.values}"
        elif not kernel.is_racy and (trial.is_condemned or finding.unchecked or trial.values != "right"):
            wrong = f"clean: values {trial.values}, gate {finding.outcome or 'unchecked'}"
        elif kernel.is_racy and not kernel.has_right_lines(told):
            wrong = "other lines"
        elif kernel.is_racy and not kernel.has_right_variable(told):
            wrong = f"not named {' or '.join(kernel.variables)}"
        if wrong:
            said[f"{kernel.task}/{kernel.name}: {wrong}: {told}"] = None
    return list(said)


def as_row(trial: Trial) -> dict[str, Any]:
    kernel, finding = trial.kernel, trial.finding
    return {
        "task": kernel.task,
        "kernel": kernel.name,
        "pattern": kernel.pattern,
        "racy": kernel.is_racy,
        "values": trial.values,
        "gate": finding.outcome,
        "feedback": finding.feedback,
        "unchecked": finding.unchecked,
        "seconds": round(trial.seconds, 3),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=tasks(), metavar="TASK", help="may be given several times")
    parser.add_argument("--repeat", type=int, default=1, help="how often each kernel is judged")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every trial and the conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)

    kind = choose(chosen.sandbox)
    named = conditions(sandbox=kind, repeat=chosen.repeat)
    trials: list[Trial] = []
    for name in chosen.only or tasks():
        print(f"{name} …", file=sys.stderr, flush=True)
        trials += asyncio.run(try_task(name, kind, chosen.repeat))
        if chosen.json:  # after each task: an interrupted campaign keeps what it has
            rows = [as_row(trial) for trial in trials]
            chosen.json.write_text(json.dumps({"conditions": named, "rows": rows}, indent=2) + "\n")

    console.print(table(trials))
    for line in remarks(trials):
        console.print(f"  {line}", markup=False)
    print_conditions(console, named)
    believed = sum(trial.is_believed for trial in trials if trial.kernel.is_racy)
    condemned = sum(trial.is_condemned for trial in trials if not trial.kernel.is_racy)
    return 0 if believed == 0 and condemned <= _MOST_CONDEMNED else 1


if __name__ == "__main__":
    sys.exit(main())
