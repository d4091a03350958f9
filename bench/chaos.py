"""Kill -9 at random moments of real runs, resume them, and count what was lost.

python -m bench.chaos [--kills N] [--sandbox KIND ...] [--seed N] [--json FILE]

Each run is `agentpar solve` of a small kernel with many wrong candidates. It is struck down by SIGKILL while it starts,
prepares, evaluates, re-tests and writes its report, and gone on with by `agentpar resume` each time; now and then its
sandboxes are struck instead. Nothing that was finished may be lost or done again, and nobody may be left behind.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from agentpar import AgentparError
from agentpar.sandbox.kinds import Kind
from bench.conditions import conditions, print_conditions
from bench.record import Record, differs_from_replay, read_record
from bench.remains import Containers, abandoned_folders, adopting, descendants, kill_sandbox, wait_until
from bench.strikes import STAGES, Session, Strike, deal
from bench.witness import begun

ROOT = Path(__file__).parent.parent
SANDBOXES: tuple[Kind, ...] = ("docker", "bubblewrap")
KILLS_PER_RUN = 10
GONE_WITHIN_S = 5.0
_HANGS_AFTER_S = 900.0
_MOST_MISSED = 12

_HEAD = """\
#include <cmath>
#include <cstddef>
#include <vector>

void chain(std::vector<double>& x, std::vector<double>& y) {
    const std::size_t n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        double s = y[i];
        for (int k = 0; k < 32; ++k) s = std::tanh(s + 0.25);
        y[i] = s;
    }
"""
# Sharing this loop out is wrong, and most often found to be so within a fifth of a second.
_STEP = "    for (std::size_t i = 1; i < n; ++i) x[i] = 0.5 * x[i] + 0.{} * x[i / 2];\n"
OPTIONS = ["--sizes", "x=n,y=n", "--benchmark", "n=2000", "--threads", "2", "--pairs", "12", "--seconds", "86400"]

# No candidate is hostile, so these verdicts would blame one for what was done to its sandbox.
FALSE_VERDICTS = {"tampering", "out_of_memory", "crash", "timeout", "deadlock", "build_error", "screened", "no_device"}
_ENDINGS = (0, 1, 5)
_FILES = {"ledger.sqlite", "ledger.lock", "result.json", "report.md", "best.cpp", "best.patch"}


def kernel(candidates: int) -> str:
    """A function `chain` for which at least about so many candidates are proposed, nearly all of them wrong."""
    return _HEAD + "".join(_STEP.format(101 + k) for k in range(candidates)) + "}\n"


@dataclass
class Tally:
    """What came of all runs in one kind of sandbox. `kills` counts strikes by stage; problems are (what, words)."""

    sandbox: Kind
    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    sandbox_kills: int = 0
    at_risk: int = 0
    verdicts: int = 0
    slowest_end_s: float = 0.0
    seconds: float = 0.0
    is_cut: bool = False
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def all_kills(self) -> int:
        return self.kills.total() + self.sandbox_kills

    def count(self, what: str) -> int:
        return sum(problem == what for problem, _ in self.problems)


# What must not happen, and what it is called at the head of a column.
LOST, TWICE, ORPHAN, LEFT, TOTALS, BLAMED, ENDED = (
    "finished evaluations lost", "judged twice", "alive after 5 s", "left behind", "other totals", "falsely blamed",
    "wrong ending",
)  # fmt: skip


class Run:
    """One run's folder, and the commands that work on it until it ends by itself."""

    def __init__(self, folder: Path, tally: Tally, *, candidates: int, say: Callable[[str], None]) -> None:
        self.run_dir = folder / "run"
        self._tally = tally
        self._say = say
        self._folder = folder
        self._witness = folder / "witness"
        self._source = folder / "chain.cpp"
        self._source.write_text(kernel(candidates))
        self._candidates = candidates
        self._environment = {
            **os.environ,
            **{name: str(folder / name.lower()) for name in ("TMPDIR", "XDG_CACHE_HOME")},
        }
        for name in ("TMPDIR", "XDG_CACHE_HOME"):
            Path(self._environment[name]).mkdir()
        self._containers = Containers()
        self._pids: list[int] = []
        self._abandoned: set[Path] = set()
        self._records: list[Record] = [Record()]
        self._missed = 0

    def strike(self, strikes: Iterator[Strike]) -> None:
        """Begin the run and strike it down by each strike in turn; then let it end by itself, and look at it."""
        self._tally.runs += 1
        waiting = next(strikes, None)
        while waiting is not None:
            before = self._tally.all_kills
            waiting = self._session(waiting, strikes)
            self._missed = 0 if self._tally.all_kills > before else self._missed + 1
            if self._missed == _MOST_MISSED:
                self._fail(ENDED, f"{_MOST_MISSED} commands in turn ended before they could be struck in {waiting}")
                break
        self._session(None, strikes)
        self._examine()

    def _session(self, strike: Strike | None, strikes: Iterator[Strike]) -> Strike | None:
        """One command, until it is killed or ends; returns the next strike to make."""
        others = descendants()
        is_hurt = False
        with Session(self._command(), environment=self._environment, folder=ROOT) as session:
            self._pids.append(session.pid)
            while strike is not None and session.comes_to(strike, within_s=_HANGS_AFTER_S):
                stage = session.stage
                if strike.target == "agentpar":
                    self._look_for_containers(running=True)
                    if session.kill():
                        self._tally.kills[stage] += 1
                        strike = next(strikes, None)
                    self._after_kill(session, others, stage)
                    return strike
                if kill_sandbox(self._tally.sandbox, session.pid, everyone=strike.target == "all sandboxes"):
                    self._tally.sandbox_kills += 1
                    self._say(f"{self._tally.sandbox}: {strike.target} struck in {stage}")
                    is_hurt = is_hurt or stage in ("start", "preparation")
                strike = next(strikes, None)
            code = session.ends(within_s=_HANGS_AFTER_S)
            self._ended(session, code, is_hurt=is_hurt)
        self._require_nobody(others)
        self._compare(session)
        # A run that has ended by itself can still be struck while it is looked at again.
        return Strike("preparation", strike.delay_s / 2) if strike else None

    def _command(self) -> list[str]:
        program = [sys.executable, "-m", "bench.witness", str(self._witness)]
        if (self.run_dir / "ledger.sqlite").exists():
            return [*program, "resume", str(self.run_dir), "--sandbox", self._tally.sandbox]
        budget = ["--candidates", str(self._candidates), "--run-dir", str(self.run_dir)]
        return [*program, "solve", f"{self._source}::chain", "--sandbox", self._tally.sandbox, *OPTIONS, *budget]

    def _look_for_containers(self, *, running: bool = False) -> list[str]:
        return self._containers.of(self._pids, running=running) if self._tally.sandbox == "docker" else []

    def _after_kill(self, session: Session, others: set[psutil.Process], stage: str) -> None:
        self._require_nobody(others)
        self._abandoned |= abandoned_folders()
        self._compare(session)
        count = len(self._records[-1].verdicts)
        self._tally.at_risk += count
        self._say(
            f"{self._tally.sandbox}: kill {self._tally.all_kills} in {stage} "
            f"after {session.seconds:.1f} s, {count} verdicts stand"
        )

    def _require_nobody(self, others: set[psutil.Process]) -> None:
        """No process and no container of a command that is over, after a few seconds."""

        def remaining() -> list[str]:
            return [str(each) for each in descendants() - others] + self._look_for_containers(running=True)

        took = wait_until(lambda: not remaining(), GONE_WITHIN_S)
        if took is None:
            for each in remaining():
                self._fail(ORPHAN, each)
        else:
            self._tally.slowest_end_s = max(self._tally.slowest_end_s, took)

    def _compare(self, session: Session) -> None:
        """What stood in the ledger stands still, what was told is there, and nothing of it was judged again."""
        before, now = self._records[-1], read_record(self.run_dir)
        for words in (*now.lacks(before), *now.lacks_told(session.told)):
            self._fail(LOST, words)
        seen = Counter((what, name) for pid, what, name in begun(self._witness) if pid == session.pid)
        for (what, name), times in seen.items():
            done = before.judged if what == "evaluate" else before.confirmed
            if name in done or times > 1:
                self._fail(TWICE, f"{what} {name[:12]}, {times} times, finished before: {name in done}")
        self._records.append(now)

    def _ended(self, session: Session, code: int | None, *, is_hurt: bool) -> None:
        """A run ends with an answer; a preparation whose sandbox was killed may end with a clear error."""
        last = (session.said.splitlines() or [""])[-1]
        is_clear = is_hurt and code == 3 and last.startswith("agentpar: ")
        if code not in _ENDINGS and not is_clear:
            self._fail(ENDED, f"exit code {code}: {last[:300]}")
        if "Traceback" in session.said:
            self._fail(ENDED, session.said[-2000:])

    def _examine(self) -> None:
        """What a run that has ended leaves: its totals, and nothing but its own files."""
        final = self._records[-1]
        self._tally.verdicts += len(final.verdicts)
        if not (self.run_dir / "result.json").exists():
            self._fail(ENDED, "there is no result")
            return
        told = json.loads((self.run_dir / "result.json").read_text())["evaluated"]
        if told != len(final.verdicts) or told > self._candidates:
            self._fail(TOTALS, f"the result tells {told} of {self._candidates}, the ledger {len(final.verdicts)}")
        if difference := differs_from_replay(self.run_dir):
            self._fail(TOTALS, difference)
        for number, outcome in final.outcomes().items():
            if outcome in FALSE_VERDICTS:
                self._fail(BLAMED, f"#{number} {outcome}: {final.feedback(number)}")
        for trace in self._traces():
            self._fail(LEFT, trace)

    def _traces(self) -> list[str]:
        cache = Path(self._environment["XDG_CACHE_HOME"], "agentpar")
        return [
            *(f"container {name}" for name in self._look_for_containers()),
            *self._containers.traces(),
            *(f"folder {folder}" for folder in self._abandoned if folder.exists()),
            *(f"file {path}" for path in Path(self._environment["TMPDIR"]).iterdir()),
            *(f"file {path}" for path in cache.rglob("*") if path.is_file() and not _is_kept(path)),
            *(f"file {path}" for path in self.run_dir.iterdir() if path.name not in _FILES),
        ]

    def _fail(self, what: str, words: str) -> None:
        self._tally.problems.append((what, words))
        self._say(f"{self._tally.sandbox}: {what.upper()}: {words}")


def _is_kept(path: Path) -> bool:
    """Whether a file of the cache is there to stay: the runner, and whole builds."""
    return path.suffix == (".zip" if path.parent.name == "builds" else "") and not path.name.endswith(".tmp")


@contextmanager
def _kept_on_failure(tally: Tally) -> Iterator[Path]:
    """A folder that is removed, unless something went wrong in it."""
    folder, before = Path(tempfile.mkdtemp(prefix="agentpar-chaos-")), len(tally.problems)
    try:
        yield folder
    finally:
        if len(tally.problems) == before:
            shutil.rmtree(folder)


def campaign(
    kind: Kind,
    kills: int,
    *,
    seed: int,
    per_run: int = KILLS_PER_RUN,
    candidates: int = 50,
    say: Callable[[str], None] = lambda line: None,
) -> Tally:
    """So many kills over as many runs as it takes, or those made until Ctrl-C.

    Raises:
        SandboxError: the Docker daemon does not answer.
    """
    tally, chance, since = Tally(kind), random.Random(seed), time.monotonic()
    with adopting():
        try:
            while tally.all_kills < kills and not tally.count(ENDED):
                count = min(per_run, kills - tally.all_kills)
                with _kept_on_failure(tally) as folder:
                    run = Run(folder, tally, candidates=candidates, say=say)
                    run.strike(deal(chance, count, evaluations=candidates))
        except KeyboardInterrupt:
            tally.is_cut = True
    tally.seconds = time.monotonic() - since
    return tally


def table(tallies: Sequence[Tally]) -> Table:
    shown = Table(caption="kills are SIGKILL; at risk: the finished evaluations that stood, summed over the kills")
    shown.add_column("")
    for tally in tallies:
        shown.add_column(tally.sandbox, justify="right")
    shown.add_row("runs", *(str(t.runs) for t in tallies))
    for stage in STAGES:
        shown.add_row(f"kills in {stage}", *(str(t.kills[stage]) for t in tallies))
    shown.add_row("kills of sandboxes", *(str(t.sandbox_kills) for t in tallies))
    shown.add_row("[bold]kills[/bold]", *(f"[bold]{t.all_kills}[/bold]" for t in tallies))
    shown.add_row("verdicts", *(str(t.verdicts) for t in tallies))
    shown.add_row("finished evaluations at risk", *(str(t.at_risk) for t in tallies), end_section=True)
    for what in (LOST, TWICE, ORPHAN, LEFT, TOTALS, BLAMED, ENDED):
        shown.add_row(what, *(f"[red]{t.count(what)}[/red]" if t.count(what) else "0" for t in tallies))
    shown.add_section()
    shown.add_row("slowest end of all, s", *(f"{t.slowest_end_s:.1f}" for t in tallies))
    shown.add_row("seconds", *(f"{t.seconds:.0f}" for t in tallies))
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="in all")
    parser.add_argument("--sandbox", action="append", choices=SANDBOXES, help="may be given twice; default: both")
    parser.add_argument("--seed", type=int, help="of the moments; default: drawn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write counts, problems and conditions there")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: what was started is ended
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    kinds: list[Kind] = chosen.sandbox or list(SANDBOXES)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(2**32)
    named = conditions(seed=seed, kills=f"{chosen.kills}, about {KILLS_PER_RUN} a run")

    tallies, missing = [], []
    for place, kind in enumerate(kinds):
        share = chosen.kills // len(kinds) + (place < chosen.kills % len(kinds))
        try:
            tallies.append(campaign(kind, share, seed=seed + place, say=lambda line: print(line, file=sys.stderr)))
        except AgentparError as error:
            missing.append(f"{kind}: {error}")
        if tallies and tallies[-1].is_cut:
            missing.append("the rest: interrupted; what is counted are whole runs and one cut short")
            break
    console.print(table(tallies))
    for tally in tallies:
        for what, words in tally.problems:
            console.print(f"  {tally.sandbox}: {what}: {words}", markup=False)
    for line in missing:
        console.print(f"  not tried: {line}", markup=False)
    print_conditions(console, named)
    if chosen.json:
        rows = [{**vars(tally), "kills": dict(tally.kills)} for tally in tallies]
        chosen.json.write_text(json.dumps({"conditions": named, "tallies": rows, "missing": missing}, indent=2) + "\n")
    return 1 if missing or any(tally.problems for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
