"""Live progress on standard error, and verdicts as text."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from agentpar.events import Event
from agentpar.reporting.result import Result
from agentpar.verdict import Measurement


class Progress:
    """Listens to a run's events. On a terminal one line is kept up to date; elsewhere only news is printed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
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
        if event.kind == "note" and event.message:
            self._console.print(f"[dim]·[/dim] {escape(event.message)}")
        elif event.kind == "improved":
            number = f"#{event.number}" if event.number else ""
            what = f"{number} {escape(event.message)} [dim]{event.seconds:.1f} s[/dim]"
            self._console.print(f"[green]{event.speedup or 0:.2f}×[/green] {what}")
        elif event.kind == "finished":
            self._console.print(f"[dim]·[/dim] {escape(event.message)}")
        elif event.kind == "judged":
            speed = f" {event.speedup:.2f}×" if event.speedup else ""
            self._console.print(f"[dim]  #{event.number} {event.outcome}{speed}[/dim]")
        if self._live and event.kind in ("judged", "improved", "proposed"):
            self._live.update(Text(_line(event), style="dim"))


def _line(event: Event) -> str:
    counts = ", ".join(f"{n} {outcome}" for outcome, n in event.counts.items())
    best = f"best {event.best_speedup:.2f}×" if event.best_speedup else "no improvement yet"
    rate = f"{event.evaluated / event.seconds:.2f}/s" if event.seconds > 0 else ""
    budget = f"{event.evaluated}/{event.budget_candidates}" if event.budget_candidates else f"{event.evaluated}"
    left = f"{max(0.0, event.budget_seconds - event.seconds):.0f} s left" if event.budget_seconds else ""
    return "  ".join(part for part in (best, f"{budget} judged", counts, rate, left) if part)


def print_result(result: Result) -> None:
    """The finding on standard output, for people."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    ceiling = result.evidence.get("ceiling") or {}
    if result.best is None:
        console.print(f"[yellow]no verified improvement[/yellow]: {escape(result.why)}")
    else:
        best = result.best
        console.print(f"[bold green]{best.speedup:.2f}× faster[/bold green], verified: {escape(best.strategy)}")
        for line in measurement_lines(best.measurement, ceiling):
            console.print(f"  {line}")
        for gap in best.unchecked:
            console.print(f"  [yellow]not checked[/yellow]: {escape(gap)}")
        console.print(f"  build with {' '.join(result.build_flags)}, or the pragmas stay comments")
        console.print(f"  patch   {escape(str(result.patch))}")
    console.print(f"  report  {escape(result.run_dir)}/report.md")


def measurement_lines(measured: Measurement, ceiling: dict[str, float]) -> list[str]:
    """A measurement in words, a line each."""
    lines = [
        f"{point.threads} thread{'s' if point.threads > 1 else ' '}  {point.ratio.median:.2f}× "
        f"(95 %: {point.ratio.low:.2f}–{point.ratio.high:.2f}, {point.ratio.pairs} pairs)  "
        f"{point.baseline_ms:.2f} → {point.candidate_ms:.2f} ms, {point.threads_seen:.2f} threads seen working"
        for point in measured.scaling
    ]
    gain = measured.parallel_gain
    line = f"parallel gain {gain.median:.2f} (95 %: {gain.low:.2f}–{gain.high:.2f})"
    if ceiling:
        line += f", this machine allows {ceiling['arithmetic']:.2f} for arithmetic, {ceiling['memory']:.2f} for memory"
    return [*lines, line]
