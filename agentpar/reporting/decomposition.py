"""How a task was taken apart: the shares of its functions, what each part came to, and what can be gained at most."""

from typing import Any

from agentpar.evaluation.statistics import amdahl
from agentpar.ledger import Ledger
from agentpar.reporting.words import lines_of
from agentpar.sections import spot
from agentpar.verdict import Frozen, Outcome


class PartResult(Frozen):
    """One subtask: its share of the work, and its best version's measured gain on its own, if it has one.

    `lines` are, of a loop nest that was cut out, its first and last line in the user's source, or in one `file` where
    there are several. `untimed` says that it
    has right versions, of which the machine let none be timed.
    """

    function: str
    lines: tuple[int, int] | None = None
    file: str = ""
    share: float
    depends_on: tuple[str, ...]
    speedup: float | None
    strategy: str
    judged: int
    untimed: bool = False
    ended: str

    @property
    def gain(self) -> str:
        """How much faster it is on its own, in a word or two."""
        if self.speedup:
            return f"{self.speedup:.2f}×"
        if not self.ended:
            return "not yet"
        return "not timed" if self.untimed else "no" if self.judged else "none judged"


class LeftOut(Frozen):
    """A function, or a loop nest with its lines, that was left alone."""

    function: str
    lines: tuple[int, int] | None = None
    file: str = ""
    share: float
    reason: str


class Decomposition(Frozen):
    """The plan of a decomposed run with its results; `bound` is Amdahl's at `threads`."""

    topology: str
    covered: float
    threads: int
    bound: float
    parts: tuple[PartResult, ...]
    left_alone: tuple[LeftOut, ...]


def awaits_review(ledger: Ledger) -> bool:
    """Whether the run's plan waits for somebody to look at it."""
    return ledger.notes().get("reviewed") is False


def read_decomposition(ledger: Ledger) -> Decomposition | None:
    """What the ledger says of a run's subtasks; None of a task that is searched as a whole."""
    notes = ledger.notes()
    if "plan" not in notes or len(notes["plan"]["plan"]["subtasks"]) == 1:
        return None
    plan, results, source = notes["plan"]["plan"], notes.get("results", {}), ledger.task.source
    parts = []
    for each in plan["subtasks"]:
        judged = ledger.judged(each["id"])
        gains = [(v.measurement.speedup, c.strategy) for c, v in judged if v.is_improvement and v.measurement]
        speedup, strategy = max(gains, default=(None, ""))
        right = [v for _, v in judged if v.outcome is Outcome.OK]
        lines, file = spot(each.get("lines"), source)
        parts.append(
            PartResult(
                function=each["entry"],
                lines=lines,
                file=file,
                share=each["share"],
                depends_on=tuple(each["depends_on"]),
                speedup=speedup,
                strategy=strategy,
                judged=len(judged),
                untimed=bool(right) and not any(v.measurement for v in right),
                ended=results.get(each["id"], {}).get("reason", ""),
            )
        )
    threads = max(notes.get("evidence", {}).get("threads", [1]))
    return Decomposition(
        topology=notes["plan"]["topology"],
        covered=plan["covered"],
        threads=threads,
        bound=amdahl(plan["covered"], threads),
        parts=tuple(parts),
        left_alone=tuple(_left_out(each, source) for each in plan["left_alone"]),
    )


def _left_out(each: dict[str, Any], source: str) -> LeftOut:
    lines, file = spot(each.get("lines"), source)
    return LeftOut.model_validate({**each, "lines": lines, "file": file})


def summary(found: Decomposition, reached: float | None) -> str:
    """The bound, and how near the result came to it, in one line."""
    line = (
        f"{found.covered:.1%} of the work is in {len(found.parts)} subtasks ({found.topology}): "
        f"at most {found.bound:.2f}× at {found.threads} threads (Amdahl)"
    )
    if not reached:
        return line
    beyond = ", since shares are of instructions and not of time" if reached > found.bound else ""
    return f"{line}, reached {reached:.2f}×{beyond}"


def part_lines(found: Decomposition) -> list[str]:
    """A line for each subtask and for each function that was left alone."""
    lines = []
    for part in found.parts:
        after = f", after {', '.join(part.depends_on)}" if part.depends_on else ""
        gain = f"{part.gain}: {part.strategy}" if part.speedup else _without_gain(part)
        lines.append(f"{part.share:.1%}  {part.function}{lines_of(part.lines, part.file)}{after}  {gain}")
    for each in found.left_alone:
        lines.append(f"{each.share:.1%}  {each.function}{lines_of(each.lines, each.file)}  left alone: {each.reason}")
    return lines


def _without_gain(part: PartResult) -> str:
    """What is said of a subtask that has no faster version, or none so far."""
    if part.untimed:
        return "right, but not timed: other work kept this machine busy"
    if not part.ended:
        return "no faster version yet"
    return f"{'no faster version' if part.judged else 'no version judged'}; {part.ended}"
