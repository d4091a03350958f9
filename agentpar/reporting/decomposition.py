"""How a task was taken apart: the shares of its functions, what each part came to, and what can be gained at most."""

from agentpar.evaluation.statistics import amdahl
from agentpar.ledger import Ledger
from agentpar.reporting.words import lines_of
from agentpar.verdict import Frozen


class PartResult(Frozen):
    """One subtask: its share of the work, and its best version's measured gain on its own, if it has one.

    `lines` are, of a loop nest that was cut out, its first and last line in the user's source.
    """

    function: str
    lines: tuple[int, int] | None = None
    share: float
    depends_on: tuple[str, ...]
    speedup: float | None
    strategy: str
    judged: int
    ended: str


class LeftOut(Frozen):
    """A function, or a loop nest with its lines, that was left alone."""

    function: str
    lines: tuple[int, int] | None = None
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
    plan, results = notes["plan"]["plan"], notes.get("results", {})
    parts = []
    for each in plan["subtasks"]:
        judged = ledger.judged(each["id"])
        gains = [(v.measurement.speedup, c.strategy) for c, v in judged if v.is_improvement and v.measurement]
        speedup, strategy = max(gains, default=(None, ""))
        parts.append(
            PartResult(
                function=each["entry"],
                lines=each.get("lines"),
                share=each["share"],
                depends_on=tuple(each["depends_on"]),
                speedup=speedup,
                strategy=strategy,
                judged=len(judged),
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
        left_alone=tuple(LeftOut.model_validate(each) for each in plan["left_alone"]),
    )


def summary(found: Decomposition, reached: float | None) -> str:
    """The bound, and how near the result came to it, in one line."""
    line = (
        f"{found.covered:.1%} of the work is in {len(found.parts)} subtasks ({found.topology}): "
        f"at most {found.bound:.2f}× at {found.threads} threads (Amdahl)"
    )
    return line + (f", reached {reached:.2f}×" if reached else "")


def part_lines(found: Decomposition) -> list[str]:
    """A line for each subtask and for each function that was left alone."""
    lines = []
    for part in found.parts:
        after = f", after {', '.join(part.depends_on)}" if part.depends_on else ""
        gain = f"{part.speedup:.2f}×: {part.strategy}" if part.speedup else _without_gain(part)
        lines.append(f"{part.share:.1%}  {part.function}{lines_of(part.lines)}{after}  {gain}")
    for each in found.left_alone:
        lines.append(f"{each.share:.1%}  {each.function}{lines_of(each.lines)}  left alone: {each.reason}")
    return lines


def _without_gain(part: PartResult) -> str:
    """What is said of a subtask that has no faster version, or none so far."""
    return f"no faster version; {part.ended}" if part.ended else "no faster version yet"
