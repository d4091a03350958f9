"""Whether decomposition finds a known structure, and what it gains: examples composed into new tasks.

python -m bench.compose [--only STRUCTURE ...] [--candidates N] [--plans] [--busy] [--sandbox KIND] [--json FILE]

Each structure is built of the functions of `examples/` by an operator, so it is known which of them are worth a search
of their own: all that are called (sequence, parallel), those of the branch that is taken (select), or none, since one
loop surrounds all of the work (reduce-over): there a decomposition would lose, and the plan should say so. Prints the
subtasks that were found, and, unless `--plans` asks for no more, the speed-up and the wall time of a decomposed run and
of one search of the whole with the same budget of verdicts. Ends with 1 where the plan is not the known one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import agentpar
from agentpar import session
from agentpar.api import aplan
from agentpar.evaluation import measure
from agentpar.languages.cpp import find_function
from agentpar.planning.plan import Plan
from bench.conditions import conditions, print_conditions
from bench.examples import EXAMPLES

ENTRY = "composed"


@dataclass(frozen=True)
class Part:
    """A verified example: its source, and its function's parameters as (type, name)."""

    name: str
    source: str
    parameters: tuple[tuple[str, str], ...]

    def call(self, given: Mapping[str, str] | None = None) -> str:
        """A call of it, each parameter by its own name unless another is given for it."""
        return f"{self.name}({', '.join((given or {}).get(name, name) for _, name in self.parameters)});"


def part(name: str) -> Part:
    path = EXAMPLES / f"{name}.cpp"
    source = path.read_text()
    function = find_function(source, name, path=path)
    return Part(name, source, tuple((each.type, each.name) for each in function.parameters))


def _program(parts: Sequence[Part], parameters: Sequence[tuple[str, str]], body: str, returns: str = "void") -> str:
    declared = ", ".join(f"{kind} {name}" for kind, name in parameters)
    sources = "\n".join(each.source for each in parts)
    return f"{sources}\n{returns} {ENTRY}({declared}) {{\n{body}}}\n"


def parallel(*names: str) -> str:
    """Functions with nothing in common, one after the other."""
    parts = [part(name) for name in names]
    calls = "".join(f"    {each.call()}\n" for each in parts)
    return _program(parts, [each for p in parts for each in p.parameters], calls)


def sequence(first: str, second: str, feeds: Mapping[str, str]) -> str:
    """Two functions, the second fed by the first: its parameters by the names of the first's."""
    one, other = part(first), part(second)
    parameters = [*one.parameters, *(each for each in other.parameters if each[1] not in feeds)]
    return _program([one, other], parameters, f"    {one.call()}\n    {other.call(feeds)}\n")


def select(always: str, yes: str, no: str) -> str:
    """One function, and then one of two others."""
    parts = [part(always), part(yes), part(no)]
    first, one, other = (each.call() for each in parts)
    body = f"    {first}\n    if (choice > 0) {{\n        {one}\n    }} else {{\n        {other}\n    }}\n"
    return _program(parts, [*(each for p in parts for each in p.parameters), ("int", "choice")], body)


def reduce_over(name: str, rows: int) -> str:
    """The sum of a function's last result over the rows of a matrix."""
    one = part(name)
    body = f"""\
    const std::size_t length = in.size() / {rows};
    double total = 0.0;
    for (std::size_t row = 0; row < {rows}; ++row) {{
        std::vector<double> values(in.begin() + row * length, in.begin() + (row + 1) * length), sums(length);
        {one.call({"in": "values", "out": "sums"})}
        total += length > 0 ? sums[length - 1] : 0.0;
    }}
    return total;
"""
    return _program([one], [("const std::vector<double>&", "in")], body, "double")


@dataclass(frozen=True)
class Structure:
    """A composed task: how it is built, what is known of it, and the options that make its parts weigh alike."""

    build: Callable[[], str]
    subtasks: frozenset[str]
    """Empty where the whole should stay one search."""
    options: dict[str, Any] = field(default_factory=dict)


STRUCTURES = {
    "parallel": Structure(
        lambda: parallel("mandelbrot", "nbody", "prefix_sum"),
        frozenset({"mandelbrot", "nbody", "prefix_sum"}),
        {
            "ranges": {"limit": (200, 200)},
            "benchmark": {"width": 160, "height": 120, "n_bodies": 700, "n": 200_000},
            "sizes": {"bodies": "n_bodies", "in": "n", "out": "n"},
        },
    ),
    "sequence": Structure(
        lambda: sequence("prefix_sum", "histogram", {"samples": "out"}),
        frozenset({"prefix_sum", "histogram"}),
        {"benchmark": {"n": 300_000, "n_bins": 64}, "sizes": {"in": "n", "out": "n", "bins": "n_bins"}},
    ),
    "select": Structure(
        lambda: select("prefix_sum", "mandelbrot", "nbody"),
        frozenset({"prefix_sum", "mandelbrot"}),
        {
            "ranges": {"limit": (200, 200), "choice": (1, 1)},
            "benchmark": {"width": 160, "height": 120, "n_bodies": 50, "n": 200_000},
            "sizes": {"bodies": "n_bodies", "in": "n", "out": "n"},
        },
    ),
    "reduce-over": Structure(
        lambda: reduce_over("prefix_sum", 256), frozenset(), {"benchmark": {"n": 300_000}, "sizes": {"in": "n"}}
    ),
}  # fmt: skip


async def trial(name: str, folder: Path, *, candidates: int, plans_only: bool, sandbox: str) -> dict[str, Any]:
    """One structure's row."""
    structure = STRUCTURES[name]
    file = folder / f"{name}.cpp"
    file.write_text(structure.build())
    task = f"{file}::{ENTRY}"
    plan, _ = await aplan(task, sandbox=sandbox, **structure.options)
    found = frozenset[str]() if plan.is_atomic else frozenset(each.id for each in plan.subtasks)
    row: dict[str, Any] = {
        "structure": name,
        "expected": sorted(structure.subtasks),
        "found": sorted(found),
        "topology": plan.topology,
        "bound": plan.bound(2),
        "as_expected": found == structure.subtasks,
    }
    for how in () if plans_only else ("decomposed", "one search"):
        row[how] = await _solved(task, folder / f"{name} {how}", plan, how, candidates, sandbox, structure.options)
    return row


async def _solved(
    task: str, run_dir: Path, plan: Plan, how: str, candidates: int, sandbox: str, options: dict[str, Any]
) -> dict[str, Any]:
    given: dict[str, Any] = {"plan": plan} if how == "decomposed" else {"decompose": "never"}
    result = await agentpar.asolve(
        task, run_dir=run_dir, sandbox=sandbox, candidates=candidates, seconds=1e6, **given, **options
    )
    ratio = result.best.measurement.best.ratio.model_dump() if result.best else None
    return {"ratio": ratio, "seconds": result.seconds, "evaluated": result.evaluated, "why": result.why}


def _cell(solved: dict[str, Any] | None) -> str:
    if solved is None:
        return ""
    ratio = solved["ratio"]
    gain = f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})" if ratio else "no improvement"
    return f"{gain}, {solved['seconds']:.0f} s, {solved['evaluated']} judged"


def table(rows: Sequence[dict[str, Any]]) -> Table:
    shown = Table(caption="speed-up of the re-tested champion (95 %), wall seconds of the run, verdicts")
    for column in ("structure", "known subtasks", "found", "decomposed", "one search, equal budget"):
        shown.add_column(column)
    for row in rows:
        found = ", ".join(row["found"]) or "atomic"
        shown.add_row(
            row["structure"],
            ", ".join(row["expected"]) or "atomic",
            found if row["as_expected"] else f"{found}: NOT AS KNOWN",
            _cell(row.get("decomposed")),
            _cell(row.get("one search")),
        )
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=STRUCTURES, help="may be given several times; default: all")
    parser.add_argument("--candidates", type=int, default=24, help="verdicts of each run")
    parser.add_argument("--plans", action="store_true", help="make the plans alone")
    parser.add_argument(
        "--busy", action="store_true", help="wait for no quiet machine: to see that it works, not figures"
    )
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    if chosen.busy:
        measure._QUIET_LOAD, session.PAUSES_S = float("inf"), ()
    rows = []
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        for name in chosen.only or STRUCTURES:
            limits = {"candidates": chosen.candidates, "plans_only": chosen.plans, "sandbox": chosen.sandbox}
            rows.append(asyncio.run(trial(name, Path(folder), **limits)))
            print(f"{name}: {', '.join(rows[-1]['found']) or 'atomic'}", file=sys.stderr, flush=True)
    console.print(table(rows))
    named = conditions(candidates=str(chosen.candidates), sandbox=chosen.sandbox)
    print_conditions(console, named)
    if chosen.json:
        chosen.json.write_text(json.dumps({"conditions": named, "rows": rows}, indent=2) + "\n")
    return 0 if all(row["as_expected"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
