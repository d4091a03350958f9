"""A suite of serial kernels through the public library, beside what compilers do by themselves.

python -m bench.kernels [--only CLASS|NAME ...] [--set main|held-out] [--candidates N] [--seconds S]
                        [--sandbox KIND] [--json FILE] [--list]

With --json, rows are kept after each kernel; run again with the same file, kernels that are in it are not run again.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.conditions import conditions, print_conditions
from bench.kernels.labels import CLASSES, SETS, Kernel, kernels
from bench.kernels.table import Row, print_rows
from bench.kernels.trial import trial

_PASSING = {"SandboxError", "AgentparError", "LedgerError"}
_BUSY = ("not measurable here", "too busy")


def chosen_kernels(of_set: str, only: Sequence[str] | None) -> list[Kernel]:
    """The kernels of a set, or those whose class, name or `class/name` is asked for.

    Raises:
        ValueError: nothing goes by one of these names.
    """
    found = kernels(of_set)
    wanted = set(only or ())
    named = [(k, {k.name, k.family, f"{k.family}/{k.name}"}) for k in found]
    if unknown := wanted.difference(*(names for _, names in named)):
        raise ValueError(f"no kernel or class of the set {of_set}: {', '.join(sorted(unknown))}; see --list")
    return [k for k, names in named if not wanted or names & wanted]


def read_rows(path: Path | None) -> list[Row]:
    """The rows of an earlier run that need not be made again."""
    if path is None or not path.exists():
        return []
    return [row for row in json.loads(path.read_text())["rows"] if not _is_passing(row)]


def _is_passing(row: Row) -> bool:
    """Whether a row says nothing about its kernel, and may be otherwise on a quieter day."""
    is_busy = row["status"] != "improved" and any(words in row["why"] for words in _BUSY)
    has_run_out = row["status"] == "no_verdict" and row.get("in_flight", 0) > 0
    return is_busy or has_run_out or row["status"] in _PASSING


def write(path: Path | None, named: dict[str, Any], rows: Sequence[Row]) -> None:
    if path is not None:
        written = path.with_suffix(f"{path.suffix}.new")
        written.write_text(json.dumps({"conditions": named, "rows": rows}, indent=1) + "\n")
        written.replace(path)  # whole or not at all, whenever a campaign is stopped


def _over_rows(rows: Sequence[Row]) -> dict[str, str]:
    """What was measured or found in each run, over all of them."""
    same = {
        key: ", ".join(sorted({row[key] for row in rows if row.get(key)}))
        for key in ("compiler", "sandbox", "race_gate")
    }
    allowed = []
    for kind in ("arithmetic", "memory"):
        if seen := [row["ceiling"][kind] for row in rows if row.get("ceiling")]:
            allowed.append(f"{kind} {min(seen):.2f}–{max(seen):.2f}")
    return same | {"ceiling of the parallel gain": ", ".join(allowed) or "not measured"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="CLASS|NAME", help="may be given several times")
    parser.add_argument(
        "--set", dest="of_set", default="main", choices=SETS, help="held-out: not looked at by rewrites"
    )
    parser.add_argument("--candidates", type=int, default=24, help="budget of verdicts for each kernel")
    parser.add_argument("--seconds", type=float, default=240.0, help="budget of wall seconds for each search")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep rows there, and take up those that are there")
    parser.add_argument("--list", action="store_true", help="name the kernels and end")
    chosen = parser.parse_args(arguments)
    try:
        selected = chosen_kernels(chosen.of_set, chosen.only)
    except ValueError as error:
        parser.error(str(error))
    if chosen.list:
        for kernel in selected:
            print(f"{kernel.family}/{kernel.name}  {kernel.kind}")
        return 0

    budget = f"{chosen.candidates} verdicts, {chosen.seconds:g} s a kernel"
    named = conditions(set=chosen.of_set, budget=budget)
    rows = read_rows(chosen.json)
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        for kernel in selected:
            name = f"{kernel.family}/{kernel.name}"
            if any(row["kernel"] == name for row in rows):
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            run_dir = Path(folder, kernel.family, kernel.name)
            made = trial(kernel, run_dir, chosen.sandbox, candidates=chosen.candidates, seconds=chosen.seconds)
            rows.append(asyncio.run(made))
            write(chosen.json, named, rows)
    order = [*CLASSES, *SETS]
    rows.sort(key=lambda row: order.index(row["class"]))
    named |= _over_rows(rows)
    write(chosen.json, named, rows)

    console = Console(width=None if sys.stdout.isatty() else 220, highlight=False)
    print_rows(console, rows)
    print_conditions(console, named)
    return 0


if __name__ == "__main__":
    sys.exit(main())
