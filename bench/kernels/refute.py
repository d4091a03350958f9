"""The champions of a campaign judged again, many times as long: whether one was let pass that is wrong after all.

python -m bench.kernels.refute ROWS [--only CLASS|NAME ...] [--times N] [--sandbox KIND] [--json FILE]

ROWS is what `bench.kernels --json` wrote. Values and races are judged N times (10 unless given), each time at other
sizes, seeds and numbers of threads, and nothing is timed. Ends with 1 when a champion is refuted, or could not be
judged. With --json, what was found is kept after each kernel; run again with the same file, it is not looked for again.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

import agentpar
from agentpar.candidate import Proposal, as_candidate, content_id
from agentpar.evaluation.examination import examine
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.reference import understand
from agentpar.sandbox.kinds import choose
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Outcome
from bench.conditions import conditions, print_conditions
from bench.kernels.__main__ import chosen_kernels, write
from bench.kernels.labels import Kernel
from bench.kernels.table import Row

_LONGEST_S = 1800.0


async def judged_again(kernel: Kernel, source: str, sandbox: str, *, times: int) -> Row:
    """What a longer look says of a champion. An error of agentpar's is a row too: it says nothing of the champion."""
    row: Row = {"kernel": name_of(kernel), "champion": content_id(source), "times": times, "runs": 0, "unchecked": []}
    if not source:
        return row | {"outcome": "no source", "feedback": "the campaign did not keep it", "wall_seconds": 0.0}
    proposal = Proposal(source=source, proposer="bench", strategy="champion", pattern="champion")
    pool, begun = Pool(choose(sandbox), size=1), time.monotonic()
    try:
        async with asyncio.timeout(_LONGEST_S):
            prepared = await prepare(understand(kernel.task()), pool, known=None, say=lambda message: None)
            candidate = as_candidate(proposal, number=1, subtask=kernel.name)
            verdicts = await examine(prepared, pool, candidate, times=times)
        last = verdicts[-1]
        row |= {"runs": len(verdicts), "outcome": str(last.outcome), "feedback": last.feedback}
        row["unchecked"] = sorted({reason for verdict in verdicts for reason in verdict.unchecked})
    except (agentpar.AgentparError, TimeoutError) as error:
        row |= {"outcome": type(error).__name__, "feedback": str(error) or "took too long"}
    finally:
        await pool.close()
    return row | {"wall_seconds": round(time.monotonic() - begun, 1)}


def is_judged(row: Row) -> bool:
    """Whether a row says something of its champion."""
    return row["outcome"] in set(Outcome)


def is_refuted(row: Row) -> bool:
    return is_judged(row) and row["outcome"] != Outcome.OK


def champions_in(path: Path, only: Sequence[str] | None) -> list[tuple[Kernel, str]]:
    """The kernels of a campaign that have a champion, and its source; empty where the campaign did not keep it.

    Raises:
        ValueError: the file is none that a campaign wrote, or there is no such kernel.
    """
    try:
        told = json.loads(path.read_text())
        found = {row["kernel"]: row.get("source", "") for row in told["rows"] if row["status"] == "improved"}
        selected = chosen_kernels(told["conditions"]["set"], only)
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no rows of bench.kernels: {error!r}") from error
    return [(kernel, found[name_of(kernel)]) for kernel in selected if name_of(kernel) in found]


def name_of(kernel: Kernel) -> str:
    return f"{kernel.family}/{kernel.name}"


def known_rows(path: Path | None, champions: Sequence[tuple[Kernel, str]], times: int) -> list[Row]:
    """What an earlier run found in as long a look, but of champions that are others now or could not be judged."""
    if path is None or not path.exists():
        return []
    now = {name_of(kernel): content_id(source) for kernel, source in champions}
    return [
        row
        for row in json.loads(path.read_text())["rows"]
        if is_judged(row) and row["times"] == times and now.get(row["kernel"], row["champion"]) == row["champion"]
    ]


def table(rows: Sequence[Row]) -> Table:
    shown = Table()
    for column in ("kernel", "runs", "s", "refuted", "feedback, or what could not be checked"):
        shown.add_column(column, justify="right" if column in ("runs", "s") else "left", overflow="fold")
    for row in rows:
        refuted = row["outcome"] if is_refuted(row) else "no" if is_judged(row) else f"not judged: {row['outcome']}"
        told = "; ".join(row["unchecked"]) if row["outcome"] == Outcome.OK else row["feedback"]
        shown.add_row(row["kernel"], f"{row['runs']}", f"{row['wall_seconds']:.0f}", refuted, told)
    return shown


def total(rows: Sequence[Row]) -> str:
    """The count that matters, in one line."""
    judged, refuted = sum(map(is_judged, rows)), sum(map(is_refuted, rows))
    words = f"{judged} champions judged again in {sum(row['runs'] for row in rows)} runs, {refuted} refuted"
    missing = [row["kernel"] for row in rows if not is_judged(row)]
    return f"{words}; not judged: {', '.join(missing)}" if missing else words


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ROWS", help="what bench.kernels --json wrote")
    parser.add_argument("--only", action="append", metavar="CLASS|NAME", help="may be given several times")
    parser.add_argument("--times", type=int, default=10, help="how often each champion is judged")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep rows there, and take up those that are there")
    chosen = parser.parse_args(arguments)
    try:
        champions = champions_in(chosen.rows, chosen.only)
    except ValueError as error:
        parser.error(str(error))

    named = conditions(rows=chosen.rows.name, times=chosen.times, sandbox=choose(chosen.sandbox))
    rows = known_rows(chosen.json, champions, chosen.times)
    known = {row["kernel"] for row in rows}
    for kernel, source in champions:
        if name_of(kernel) in known:
            continue
        print(f"{name_of(kernel)} …", file=sys.stderr, flush=True)
        rows.append(asyncio.run(judged_again(kernel, source, named["sandbox"], times=chosen.times)))
        write(chosen.json, named, rows)

    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table(rows))
    console.print(total(rows), markup=False)
    print_conditions(console, named)
    return 0 if all(row["outcome"] == Outcome.OK for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
