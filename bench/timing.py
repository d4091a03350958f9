"""Does the clock tell the truth: work of known ratios, on a quiet machine and beside compilers that keep it busy.

python -m bench.timing [--sandbox KIND] [--times N] [--json FILE]

A reading is right when its 95 % interval, give or take 2 % for where code lies in memory, contains the known ratio;
wrong when it does not. "not measurable" is the answer a busy machine should give instead of a wrong one.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agentpar.calibration import Reading, readings
from bench.conditions import conditions, print_conditions

TRUTHS = (1.00, 1.05, 1.10, 1.5, 2.0)
# Templates and standard headers, so that a compiler is busy for seconds.
BUSY = '#include <regex>\n#include <map>\n#include <iostream>\nstd::regex r("a+b");\nint main() { return 0; }\n'


@contextmanager
def compilers() -> Iterator[None]:
    """Keeps one compiler after the other running, outside of any sandbox and of agentpar's lease."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "busy.cpp")
        source.write_text(BUSY)
        loop = f"while :; do g++ -O2 -c -o {folder}/busy.o {source} || exit 1; done"
        process = subprocess.Popen(["sh", "-c", loop], start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def _read(kind: str, times: int) -> list[Reading]:
    return [reading async for reading in readings(kind, TRUTHS * times)]  # type: ignore[arg-type]


def table(taken: dict[str, list[Reading]]) -> Table:
    shown = Table(caption="median (95 % interval, pairs); several readings: the first, then how many were right")
    shown.add_column("known ratio", justify="right")
    for name in taken:
        shown.add_column(name)
    truths = list(dict.fromkeys(r.truth for readings_ in taken.values() for r in readings_))
    for truth in truths:
        shown.add_row(f"{truth:.3f}", *(_cell([r for r in all_ if r.truth == truth]) for all_ in taken.values()))
    return shown


def _cell(same: Sequence[Reading]) -> str:
    first = same[0].measured
    text = f"{first.median:.3f} ({first.low:.3f}–{first.high:.3f}, {first.pairs})" if first else "not measurable"
    return text + "; " + ", ".join(f"{count} {word}" for word, count in Counter(map(_word, same)).items())


def _word(reading: Reading) -> str:
    if reading.measured is None:
        return "not measurable"
    return "[red]wrong[/red]" if reading.is_wrong else "right"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandbox", choices=["docker", "bubblewrap", "process"], default="docker")
    parser.add_argument("--times", type=int, default=1, help="readings of each ratio")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write readings and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    named = conditions(sandbox=chosen.sandbox, readings=f"{chosen.times} of each ratio")
    taken = {}
    for name, beside in {"quiet": nullcontext(), "beside compilers": compilers()}.items():
        with beside:
            taken[name] = asyncio.run(_read(chosen.sandbox, chosen.times))
    console.print(table(taken))
    print_conditions(console, named)
    if chosen.json:
        rows = {name: [r.model_dump() for r in all_] for name, all_ in taken.items()}
        chosen.json.write_text(json.dumps({"conditions": named, "readings": rows}, indent=2) + "\n")
    return 1 if any(r.is_wrong for all_ in taken.values() for r in all_) else 0


if __name__ == "__main__":
    sys.exit(main())
