"""Kill -9 with three subtasks in flight in real sandboxes, resume, and see that nothing finished is done again.

python -m bench.parts [--kills N] [--sandbox KIND] [--candidates N]

A run of four subtasks, the last of which needs the first, is killed each time when three of them are being judged, and
then gone on with to its end. Ends with 1 when an evaluation that had ended began again, when the dependent subtask did
not begin with the best version of what it needs, or when the run does not come to its end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from agentpar.candidate import WHOLE
from agentpar.errors import LedgerError
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from bench.conditions import conditions, print_conditions
from bench.witness import begun

IN_FLIGHT = 3
NAMES = ("alpha", "beta", "gamma")
_PART = """\
void {name}(std::vector<double>& x) {{
    for (std::size_t i = 0; i < x.size(); ++i) {{
        for (int k = 0; k < {turns}; ++k) x[i] = std::tanh(x[i] + 0.25);
    }}
}}
"""
_REST = """\
void delta(std::vector<double>& x) {
    alpha(x);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sqrt(std::fabs(x[i]));
}
void whole(std::vector<double>& x) {
    delta(x);
    beta(x);
    gamma(x);
}
"""
_OPTIONS = ["--sizes", "x=n", "--benchmark", "n=3000", "--threads", "2", "--pairs", "6", "--seconds", "86400"]
_HANGS_AFTER_S = 600.0
_POLL_S = 0.02


def source() -> str:
    """Functions that are worth a search, but of different lengths: equal ones would be one to the compiler's cache."""
    parts = "".join(_PART.format(name=name, turns=20 + i) for i, name in enumerate(NAMES))
    return f"#include <cmath>\n#include <cstddef>\n#include <vector>\n\n{parts}{_REST}"


def plan() -> str:
    needs = {"delta": ["alpha"]}
    subtasks = [
        {
            "id": name,
            "entry": name,
            "contract": "behaves as the serial one",
            "share": 0.2,
            "depends_on": needs.get(name, []),
        }
        for name in (*NAMES, "delta")
    ]
    return json.dumps({"subtasks": subtasks, "covered": 0.8})


class Run:
    """One run, its commands, and what was wrong with it."""

    def __init__(self, folder: Path, *, sandbox: str, candidates: int) -> None:
        self.run_dir = folder / "run"
        self.problems: list[str] = []
        self._witness = folder / "witness"
        (folder / "task.cpp").write_text(source())
        (folder / "plan.json").write_text(plan())
        self._solve = [
            "solve", f"{folder / 'task.cpp'}::whole", "--plan", str(folder / "plan.json"), "--run-dir",
            str(self.run_dir), "--candidates", str(candidates), "--sandbox", sandbox, *_OPTIONS,
        ]  # fmt: skip
        self._resume = ["resume", str(self.run_dir), "--sandbox", sandbox]

    def kill(self) -> set[str]:
        """Kill a command while three subtasks are in flight; the subtasks, or nothing when it ended before."""
        before = self._judged()
        with self._started() as process:
            deadline = time.monotonic() + _HANGS_AFTER_S
            while process.poll() is None and not self._is_time(before):
                if time.monotonic() > deadline:
                    self.problems.append(f"no moment with {IN_FLIGHT} subtasks in flight within {_HANGS_AFTER_S:.0f} s")
                    break
                time.sleep(_POLL_S)
            process.kill()
        return self._in_flight() if process.returncode == -9 else set()

    def end(self) -> None:
        """Go on to the end, and look at what is there."""
        finished, seen = self._judged(), len(begun(self._witness))
        with self._started() as process:
            code = process.wait(_HANGS_AFTER_S)
        if code not in (0, 1):
            self.problems.append(f"the last command ended with {code}")
        self.problems += self._wrong(finished, seen)

    def _wrong(self, finished: set[str], seen: int) -> Iterator[str]:
        again = {candidate for _, what, candidate in begun(self._witness)[seen:] if what == "evaluate"} & finished
        if again:
            yield f"judged before the kill, and again: {', '.join(sorted(again))}"
        with Ledger.read(self.run_dir / LEDGER) as ledger:
            if ledger.pending():
                yield f"{len(ledger.pending())} candidates were never judged"
            events = [(each.kind, each.subtask) for each in ledger.events()]
            notes, starts = ledger.notes(), ledger.candidates("delta")
            if ("proposed", "delta") not in events or ("finished", "alpha") not in events:
                yield "the dependent subtask never began"
            elif events.index(("proposed", "delta")) < events.index(("finished", "alpha")):
                yield "the dependent subtask began before what it needs had ended"
            best = notes["results"]["alpha"]["best_id"]
            expected = {"alpha": best} if best else {}
            if notes["starts"].get("delta") != expected or not starts:
                yield f"the dependent subtask began with {notes['starts'].get('delta')}, not {expected}"

    def _started(self) -> "subprocess.Popen[bytes]":
        arguments = self._resume if (self.run_dir / LEDGER).exists() else self._solve
        command = [sys.executable, "-m", "bench.witness", str(self._witness), *arguments, "--quiet"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))

    def _is_time(self, before: set[str]) -> bool:
        """Whether a verdict of this command is in, so that it judges, and three subtasks are at it."""
        return len(self._judged()) > len(before) and len(self._in_flight()) >= IN_FLIGHT

    def _judged(self) -> set[str]:
        try:
            with Ledger.read(self.run_dir / LEDGER) as ledger:
                return {candidate.id for candidate, _ in ledger.judged()}
        except LedgerError:
            return set()

    def _in_flight(self) -> set[str]:
        """The subtasks whose candidate began to be judged and has no verdict."""
        began = {candidate for _, _, candidate in begun(self._witness)}
        try:
            with Ledger.read(self.run_dir / LEDGER) as ledger:
                return {each.subtask for each in ledger.pending() if each.id in began} - {WHOLE}
        except LedgerError:
            return set()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=40, help="verdicts of the run")
    parser.add_argument("--sandbox", default="bubblewrap", choices=["docker", "bubblewrap"])
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        run = Run(Path(folder), sandbox=chosen.sandbox, candidates=chosen.candidates)
        for number in range(1, chosen.kills + 1):
            struck = run.kill()
            if len(struck) < IN_FLIGHT:
                run.problems.append(f"kill {number} struck {len(struck)} subtasks in flight, not {IN_FLIGHT}")
            console.print(f"kill {number}: in flight {', '.join(sorted(struck)) or 'nothing'}")
        run.end()
        with Ledger.read(run.run_dir / LEDGER) as ledger:
            judged = ledger.judged()
            wholes = [candidate.strategy for candidate, _ in ledger.judged(WHOLE)]
    console.print(f"{len(judged)} verdicts, each once; composed: {', '.join(wholes) or 'nothing was faster'}")
    for problem in run.problems:
        console.print(f"WRONG: {problem}", markup=False)
    print_conditions(console, conditions(sandbox=chosen.sandbox, kills=str(chosen.kills)))
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
