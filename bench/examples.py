"""The ten examples through the public library: what was found, how it was measured, what it cost.

python -m bench.examples [--only NAME ...] [--candidates N] [--seconds S] [--sandbox KIND] [--json FILE]
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
from rich.table import Table

import agentpar
from agentpar import Result
from bench.conditions import conditions, print_conditions

EXAMPLES = Path(__file__).parent.parent / "examples"

# Entry and options beyond the defaults. The inferred range of Mandelbrot's limit is 1 to 8: too few steps to tell
# points inside the set from points outside.
KERNELS: dict[str, tuple[str, dict[str, Any]]] = {
    "matmul": ("matmul", {}),
    "jacobi": ("jacobi", {}),
    "spmv": ("spmv", {}),
    "histogram": ("histogram", {}),
    "prefix_sum": ("prefix_sum", {}),
    "mandelbrot": ("mandelbrot", {"ranges": {"limit": (256, 256)}}),
    "nbody": ("nbody", {}),
    "kmeans": ("kmeans_assign", {}),
    "racy": ("count_distinct", {}),
    "recurrence": ("recurrence", {}),
}
TRAPS = {"racy", "recurrence"}


async def solve(name: str, folder: Path, sandbox: str, **budget: Any) -> dict[str, Any]:
    """One example's row. An error of agentpar's is a row too: one kernel does not end the campaign."""
    entry, options = KERNELS[name]
    try:
        result = await agentpar.asolve(
            f"{EXAMPLES / name}.cpp::{entry}", run_dir=folder / name, sandbox=sandbox, **options, **budget
        )
    except agentpar.AgentparError as error:
        return {"kernel": name, "status": type(error).__name__, "why": str(error), "as_expected": False}
    return row(name, result)


def row(name: str, result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kernel": name,
        "status": result.status,
        "as_expected": (result.status == "improved") != (name in TRAPS),
        "counts": result.counts,
        "evaluated": result.evaluated,
        "seconds": result.seconds,
        "why": result.why,
        "noise_floor": result.evidence.get("noise_floor"),
        "sizes": result.evidence.get("sizes", {}).get("benchmark"),
        "compiler": result.evidence.get("compiler"),
        "sandbox": result.evidence.get("sandbox"),
        "race_gate": result.evidence.get("race_gate"),
    }
    if result.best is not None:
        measured = result.best.measurement
        found |= {
            "ceiling": measured.ceiling.model_dump() if measured.ceiling else None,
            "winner": result.best.strategy,
            "threads": measured.best.threads,
            "ratio": measured.best.ratio.model_dump(),
            "serial_gain": measured.scaling[0].ratio.model_dump(),
            "parallel_gain": measured.parallel_gain.model_dump(),
            "threads_seen": measured.best.threads_seen,
            "baseline_ms": measured.best.baseline_ms,
            "candidate_ms": measured.best.candidate_ms,
            "dropped_pairs": measured.dropped_pairs,
            "unchecked": result.best.unchecked,
            "evaluations_to_winner": 1 + [c.id for c in result.candidates].index(result.best.id),
        }
    return found


def _interval(ratio: dict[str, float] | None) -> str:
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})" if ratio else ""


def table(rows: Sequence[dict[str, Any]]) -> Table:
    shown = Table()
    for column in ("kernel", "status", "winner"):
        shown.add_column(column, overflow="fold")
    for column in ("ratio (95 %)", "serial gain", "parallel gain", "threads seen", "verdicts", "to winner", "s"):
        shown.add_column(column, justify="right", overflow="fold")
    for found in rows:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in found.get("counts", {}).items())
        shown.add_row(
            found["kernel"],
            found["status"] if found["as_expected"] else f"[red]{found['status']}[/red]",
            found.get("winner", ""),
            _interval(found.get("ratio")),
            _interval(found.get("serial_gain")),
            _interval(found.get("parallel_gain")),
            f"{found['threads_seen']:.2f}" if "threads_seen" in found else "",
            counts,
            f"{found['evaluations_to_winner']}/{found['evaluated']}" if "winner" in found else "",
            f"{found.get('seconds', 0):.0f}",
        )
    return shown


def _ceilings(rows: Sequence[dict[str, Any]]) -> str:
    """The range of what this machine allowed, over the runs: each run measures its own."""
    kinds = []
    for kind in ("arithmetic", "memory"):
        seen = [found["ceiling"][kind] for found in rows if found.get("ceiling")]
        if seen:
            kinds.append(f"{kind} {min(seen):.2f}–{max(seen):.2f}")
    return ", ".join(kinds) or "not measured"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=KERNELS, metavar="NAME", help="may be given several times")
    parser.add_argument("--candidates", type=int, default=40, help="budget of verdicts for each kernel")
    parser.add_argument("--seconds", type=float, default=600.0, help="budget of wall seconds for each kernel")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 180, highlight=False)

    named = conditions(budget=f"{chosen.candidates} verdicts, {chosen.seconds:g} s a kernel")
    rows = []
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        for name in chosen.only or KERNELS:
            print(f"{name} …", file=sys.stderr, flush=True)
            found = asyncio.run(
                solve(name, Path(folder), chosen.sandbox, candidates=chosen.candidates, seconds=chosen.seconds)
            )
            rows.append(found)
            if chosen.json:  # after each kernel: an interrupted campaign keeps what it has
                chosen.json.write_text(json.dumps({"conditions": named, "rows": rows}, indent=2) + "\n")
    named |= {
        key: ", ".join(sorted({found[key] for found in rows if found.get(key)}))
        for key in ("compiler", "sandbox", "race_gate")
    }
    named["ceiling of the parallel gain"] = _ceilings(rows)
    if chosen.json:
        chosen.json.write_text(json.dumps({"conditions": named, "rows": rows}, indent=2) + "\n")

    console.print(table(rows))
    for found in rows:
        if found["why"]:
            expected = ", as expected of this trap" if found["as_expected"] else ""
            console.print(f"  {found['kernel']}: {found['status']}{expected}: {found['why']}", markup=False)
        for gap in found.get("unchecked", ()):
            console.print(f"  {found['kernel']}: not checked: {gap}", markup=False)
    console.print(
        "  ratio: serial baseline over winner at its best thread count; serial gain: the same at one thread; "
        "parallel gain: the winner's own one thread over its most; all from the winner's re-test",
        markup=False,
    )
    print_conditions(console, named)
    return 0 if all(found["as_expected"] for found in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
