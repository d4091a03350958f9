"""Live progress on standard error, and verdicts as text."""

import json
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agentpar.events import Event
from agentpar.reporting.decomposition import part_lines, summary
from agentpar.reporting.result import Best, Result
from agentpar.reporting.words import counted, evidence, instructions, interval, target_gains
from agentpar.verdict import Measurement, Outcome, Verdict

_HEADLINES = {
    "improved": "improved",
    "no_improvement": "no improvement",
    "no_verdict": "no verdict",
    "unfinished": "no answer yet",
}
_WITHOUT = {
    "openmp": "or the pragmas stay comments",
    "cuda": "by nvcc: other compilers know no kernels",
    "mpi": "by mpicxx or mpicc; every rank calls the function, after MPI_Init",
    "mpi+openmp": "by mpicxx or mpicc; every rank calls the function, after MPI_Init_thread with MPI_THREAD_FUNNELED",
}
_STATES = {"finished": "", "running": "going on", "review": "waiting for you", "interrupted": "interrupted"}


class Progress:
    """Listens to a run's events. On a terminal one line is kept up to date; elsewhere only news is printed.

    `has_parts` says of a run that goes on that it was taken apart; of a new one, its events do.
    """

    def __init__(self, *, quiet: bool = False, has_parts: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._subtasks: set[str] = set()
        self._has_parts = has_parts
        self._latest: dict[str, Event] = {}
        self._noted: set[str] = set()
        self._live: Live | None = None
        if self._console.is_terminal and not quiet:
            self._live = Live(console=self._console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self._subtasks |= {event.subtask} - {""}
        # With one subtask its name says nothing; a note names its own.
        self._has_parts |= len(self._subtasks) > 1
        of = f"{event.subtask}: " if event.subtask and self._has_parts else ""
        message = escape(of + event.message)
        if event.kind == "note" and event.message:
            if event.message not in self._noted:
                self._console.print(f"[dim]·[/dim] {escape(event.message)}")
            # What several subtasks have to say alike, such as that the model is asked no more, is said once.
            self._noted |= {event.message} if event.subtask else set()
        elif event.kind == "improved":
            number = f"#{event.number}" if event.number else ""
            what = f"{number} {message} [dim]{event.seconds:.1f} s[/dim]"
            self._console.print(f"[green]{event.speedup or 0:.2f}×[/green] {what}")
        elif event.kind == "finished":
            self._console.print(f"[dim]·[/dim] {message}")
        elif event.kind == "judged":
            what = f": {message}"
            if event.outcome is Outcome.OK:
                what = (
                    f" {of}{event.speedup:.2f}×" if event.speedup else ", not timed: other work kept this machine busy"
                )
            self._console.print(f"[dim]  #{event.number} {event.outcome}{what}[/dim]")
        if event.kind in ("judged", "improved", "proposed", "finished"):
            self._latest = {name: told for name, told in self._latest.items() if name != event.subtask}
            self._latest[event.subtask] = event
            if self._live:
                self._live.update(Text(status_line(list(self._latest.values())), style="dim"))


def status_line(latest: Sequence[Event]) -> str:
    """How far a run is, by the latest event of each of its subtasks, the newest last."""
    event, tried = latest[-1], sum((Counter(each.counts) for each in latest), Counter[str]())
    counts = ", ".join(f"{n} {outcome}" for outcome, n in tried.items())
    gains = [(each.best_speedup, each.subtask) for each in latest if each.best_speedup]
    names = len(latest) > 1
    best = ", ".join(f"{gain:.2f}×{f' {subtask}' if names else ''}" for gain, subtask in gains)
    best = f"best {best}" if best else "no improvement yet"
    evaluated = sum(each.evaluated for each in latest)
    rate = f"{evaluated / event.seconds:.2f}/s" if event.seconds > 0 else ""
    budget = f"{evaluated}/{event.budget_candidates}" if event.budget_candidates else f"{evaluated}"
    left = f"{max(0.0, event.budget_seconds - event.seconds):.0f} s left" if event.budget_seconds else ""
    return "  ".join(part for part in (best, f"{budget} judged", counts, rate, left) if part)


def print_result(result: Result) -> None:
    """The finding on standard output, for people."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    if result.best is not None:
        _print_best(console, result.best, result)
    if result.reference:
        console.print(f"  serial  {escape(result.reference)}, written by the model; speed-ups are over it")
    if result.targets:
        console.print(f"  target  {result.target}, of {target_gains(result.targets)}")
    if result.decomposition is not None:
        console.print(f"  parts   {summary(result.decomposition, result.best.speedup if result.best else None)}")
        for line in part_lines(result.decomposition):
            console.print(f"          {escape(line)}")
    if result.why:
        console.print(f"[yellow]{_STATES[result.state] or 'no verified improvement'}[/yellow]: {escape(result.why)}")
    if result.model is not None:
        used = result.model
        console.print(
            f"  model   {escape(used.name)}: {used.replies} replies, {used.prompt_tokens} tokens in and "
            f"{used.completion_tokens} out, {counted(used.judged, 'candidate')} judged"
        )
    if result.state in ("review", "interrupted"):
        console.print(f"  go on   agentpar resume {escape(shlex.quote(result.run_dir))}")
    if result.state == "finished" and Path(result.run_dir, "report.md").exists():
        console.print(f"  report  {escape(result.run_dir)}/report.md")


def _print_best(console: Console, best: Best, result: Result) -> None:
    console.print(f"[bold green]{best.speedup:.2f}× faster[/bold green], verified: {escape(best.strategy)}")
    for line in measurement_lines(best.measurement):
        console.print(f"  {line}")
    console.print(f"  the champion's fresh re-test; what chose it was {evidence(best.selection.best.ratio)}")
    for gap in best.unchecked:
        console.print(f"  [yellow]not checked[/yellow]: {escape(gap)}")
    if result.build_flags:
        why = _WITHOUT.get(result.target, "")
        console.print(f"  build with {' '.join(result.build_flags)}{f', {why}' if why else ''}")
    if result.target == "mpi4py":
        console.print("  run with mpirun and mpi4py; every rank calls the function")
    if result.patch:
        console.print(f"  patch   {escape(result.patch)}")


def print_candidates(result: Result) -> None:
    """Every verdict of a run, in a table on standard output."""
    state = _STATES[result.state] or _HEADLINES[result.status]
    console = Console(file=sys.stdout, highlight=False)
    if not result.candidates:
        console.print(escape(f"{result.task}: {state}, nothing is judged yet"))
        return
    table = Table(title=escape(f"{result.task}: {state}, {result.evaluated} judged in {result.seconds:.0f} s"))
    table.add_column("#", justify="right")
    table.add_column("verdict")
    table.add_column("speed-up (95 %)", justify="right", no_wrap=True)
    table.add_column("what")
    for c in result.candidates:
        mark = " ←" if result.best and c.id == result.best.id else ""
        table.add_row(str(c.number), c.outcome, interval(c.ratio) if c.ratio else "", escape(result.what(c)) + mark)
    console.print(table)


def measurement_lines(measured: Measurement) -> list[str]:
    """A measurement in words, a line each."""
    if measured.device:
        point = measured.best
        return [
            f"{evidence(point.ratio)}  {point.baseline_ms:.2f} ms on the host → {point.candidate_ms:.2f} ms",
            f"on {measured.device}, {point.threads_seen:.2f} threads of the host seen working",
        ]
    width = max(len(measured.workers(point)) for point in measured.scaling)
    lines = [
        f"{measured.workers(point):{width}}  {evidence(point.ratio)}  "
        f"{point.baseline_ms:.2f} → {point.candidate_ms:.2f} ms, "
        f"{point.threads_seen:.2f} {measured.worker}s seen working"
        for point in measured.scaling
    ]
    if len(measured.scaling) > 1:
        lines.append(f"the baseline is timed anew beside each number of {measured.worker}s")
    gain = measured.parallel_gain
    line = f"parallel gain {gain.median:.2f} (95 %: {gain.low:.2f}–{gain.high:.2f})"
    if allowed := measured.ceiling:
        line += f", this machine allows {allowed.arithmetic:.2f} for arithmetic, {allowed.memory:.2f} for memory"
    lines.append(line)
    if measured.instructions:
        lines.append(f"instructions of a call at one thread {instructions(measured.instructions)}")
    return lines


def print_verdict(name: str, verdict: Verdict, *, as_json: bool) -> None:
    """The verdict on one version, on standard output: for people, or as a JSON line."""
    if as_json:
        line = {
            "file": name,
            "verdict": verdict.outcome,
            "feedback": verdict.feedback,
            "measurement": verdict.measurement.model_dump(mode="json") if verdict.measurement else None,
            "improvement": verdict.is_improvement,
            "unchecked": verdict.unchecked,
            "stage": verdict.stage,
        }
        print(json.dumps(line), flush=True)
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    colour = "green" if verdict.outcome is Outcome.OK else "red"
    console.print(f"[{colour}]{verdict.outcome}[/{colour}]", end="  ")
    console.print(name, markup=False)
    if verdict.measurement:
        for text in measurement_lines(verdict.measurement):
            console.print(f"  {text}", markup=False)
    else:
        console.print(f"  {verdict.feedback}", markup=False)
    for gap in verdict.unchecked:
        console.print(f"  not checked: {gap}", markup=False)
