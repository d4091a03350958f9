"""Rows as tables, and the counts that sum a campaign up."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

MOST_GAIN = 2.0
"""Gains above it do not raise the mean: one kernel that gains a lot would hide ten that gain nothing."""
FAST, FASTER, NEAR_CEILING = 1.1, 1.5, 0.75

Row = dict[str, Any]


def gain(row: Row | None) -> float:
    """The median ratio of what would be shipped: 1 where nothing was found, since then the user keeps the source."""
    ratio = (row or {}).get("ratio")
    return max(1.0, float(ratio["median"])) if ratio else 1.0


def capped_mean(gains: Iterable[float]) -> float:
    """The geometric mean of gains, each of them between 1 and `MOST_GAIN`; 1 of none."""
    logs = [math.log(min(MOST_GAIN, max(1.0, each))) for each in gains]
    return math.exp(statistics.fmean(logs)) if logs else 1.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least value that at least this share of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """What a group of rows comes to. The compilers' gains are taken as agentpar's are: what loses is not shipped."""
    near = [row["evaluations_to_near"] for row in rows if row.get("evaluations_to_near") is not None]
    names = dict.fromkeys(name for row in rows for name in row.get("comparators") or ())
    return {
        "kernels": len(rows),
        "verified": sum(bool(row.get("verified")) for row in rows),
        "verified_parallel": sum(bool(row.get("verified_parallel")) for row in rows),
        "improved": sum(row["status"] == "improved" for row in rows),
        "fast": sum(gain(row) >= FAST for row in rows),
        "faster": sum(gain(row) >= FASTER for row in rows),
        "near_ceiling": sum((row.get("share_of_ceiling") or 0.0) >= NEAR_CEILING for row in rows),
        "mean": capped_mean(map(gain, rows)),
        "evaluations_median": statistics.median(near) if near else None,
        "evaluations_p90": percentile(near, 0.9),
        "seconds": sum(row.get("wall_seconds", 0.0) for row in rows),
        "comparators": {name: _compared([(row.get("comparators") or {}).get(name) for row in rows]) for name in names},
    }


def _compared(found: Sequence[Row | None]) -> dict[str, Any]:
    return {
        "measured": sum(bool(row and row["status"] == "ok") for row in found),
        "parallel": sum(bool(row and row.get("parallel")) for row in found),
        "threaded": sum(bool(row and row.get("threaded")) for row in found),
        "fast": sum(gain(row) >= FAST for row in found),
        "faster": sum(gain(row) >= FASTER for row in found),
        "mean": capped_mean(map(gain, found)),
    }


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each class, then all that can be parallel, then those that cannot, then all."""
    families = dict.fromkeys(row["class"] for row in rows)
    found = {family: [row for row in rows if row["class"] == family] for family in families}
    serial = [row for row in rows if row["kind"] == "serial"]
    if serial:
        found |= {"parallelisable": [row for row in rows if row["kind"] != "serial"], "serial": serial}
    return found | {"all": list(rows)}


def kernel_table(rows: Sequence[Row]) -> Table:
    """One line a kernel."""
    columns = ("kernel", "kind", "verified", "ratio (95 %)", "parallel gain", "of ceiling", "to 95 %")
    names = list(dict.fromkeys(name for row in rows for name in row.get("comparators") or ()))
    shown = _table((*columns, *names), left=2)
    shown.add_column("winner, or why there is none", overflow="fold")
    for row in rows:
        way = row.get("evaluations_to_near")
        near = f"{way}/{row['evaluated']}, {_number(row['seconds_to_near'], '.0f')} s" if way is not None else ""
        cells = (
            row["kernel"],
            row["kind"],
            "parallel" if row.get("verified_parallel") else "serial" if row.get("verified") else "no",
            _interval(row.get("ratio")),
            _number(row["parallel_gain"]["median"]) if row.get("parallel_gain") else "",
            _number(row.get("share_of_ceiling")),
            near,
        )
        compared = (_comparison((row.get("comparators") or {}).get(name)) for name in names)
        shown.add_row(*cells, *compared, row.get("winner") or f"{row['status']}: {row.get('why', '')[:160]}")
    return shown


def class_table(rows: Sequence[Row]) -> Table:
    """One line a class, and the sums."""
    summaries = {name: summary(members) for name, members in groups(rows).items()}
    names = list(summaries["all"]["comparators"])
    counts = (
        "kernels",
        "verified",
        "in parallel",
        "improved",
        f"≥ {FAST}×",
        f"≥ {FASTER}×",
        "near the ceiling",
    )
    columns = ("class", *counts, "mean", "evaluations to 95 %: median", "p90", "minutes")
    shown = _table((*columns, *(f"{name}: mean, ≥ {FAST}×, parallel, threads" for name in names)), left=1)
    for name, total in summaries.items():
        compared = (total["comparators"].get(each) for each in names)
        shown.add_row(
            name,
            *(str(total[key]) for key in ("kernels", "verified", "verified_parallel", "improved", "fast", "faster")),
            str(total["near_ceiling"]),
            _number(total["mean"]),
            _number(total["evaluations_median"], "g"),
            _number(total["evaluations_p90"], "g"),
            _number(total["seconds"] / 60, ".0f"),
            *(f"{_number(c['mean'])}, {c['fast']}, {c['parallel']}, {c['threaded']}" if c else "" for c in compared),
        )
    return shown


def _table(columns: Sequence[str], *, left: int) -> Table:
    shown = Table()
    for number, column in enumerate(columns):
        shown.add_column(column, justify="left" if number < left else "right", overflow="fold")
    return shown


def _comparison(found: Row | None) -> str:
    if not found:
        return ""
    if found["status"] != "ok":
        return str(found["status"])
    return _number(found["ratio"]["median"]) + (" parallel" if found["parallel"] else "")


def _interval(ratio: dict[str, float] | None) -> str:
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})" if ratio else ""


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else f"{value:{form}}"


def print_rows(console: Console, rows: Sequence[Row]) -> None:
    """Both tables, and what their columns mean."""
    console.print(kernel_table(rows))
    console.print(class_table(rows))
    for line in (
        "ratio: serial baseline over winner at its best thread count; parallel gain: the winner's own one thread over "
        "its most; both from the winner's re-test",
        "of ceiling: the parallel gain over what this machine allowed for work of that kind, measured in the same run; "
        f"near the ceiling: at least {NEAR_CEILING} of it",
        "to 95 %: verdicts, of all there were, and seconds of the search up to 95 % of the final ratio",
        f"mean: geometric, over all kernels; what is not faster counts 1×, gains count up to {MOST_GAIN:g}×",
        "compilers: the untouched source, timed by the same judge at the most threads; parallel: in parallel code; "
        "threads: more than one was seen at work",
    ):
        console.print(f"  {line}", markup=False)
