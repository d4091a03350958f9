"""What the subtasks of one run tell each other: what paid, what failed, and which helpers are verified."""

from collections.abc import Sequence

from agentpar.candidate import Candidate
from agentpar.languages.callgraph import call_graph
from agentpar.ledger import Ledger
from agentpar.planning.plan import Plan, Subtask
from agentpar.proposers.model.feedback import headline
from agentpar.proposers.model.graft import text_of
from agentpar.verdict import Outcome, Verdict

MOST_CHARACTERS = 3000
_FAILURES = 2
_HELPERS = 2
_MOST_HELPER = 600
_MOST_EACH = 1200


def told_by_others(plan: Plan, name: str, ledger: Ledger, known: int) -> str:
    """What the other subtasks had learnt when the run had `known` verdicts, in at most `MOST_CHARACTERS` characters.

    It follows from the ledger alone, so that a turn that is repeated is told the same.
    """
    judged = ledger.judged()[:known]
    parts = []
    for each in plan.subtasks:
        own = [(candidate, verdict) for candidate, verdict in judged if candidate.subtask == each.id]
        if each.id != name and own:
            parts.append(_part(each, own, plan.source or ledger.task.source)[:_MOST_EACH])
    told = "\n".join(["From the other functions of this program, which are searched beside this one:", *parts])
    return told[:MOST_CHARACTERS] if parts else ""


def _part(subtask: Subtask, judged: Sequence[tuple[Candidate, Verdict]], serial: str) -> str:
    timed = [(v.measurement.speedup, c) for c, v in judged if v.outcome is Outcome.OK and v.measurement]
    lines = [f"`{subtask.entry}` ({subtask.contract}):"]
    if timed:
        speedup, best = max(timed, key=lambda each: each[0])
        lines.append(f"- right, {speedup:.2f}×: {best.strategy}")
        lines += [f"- brings along: {helper}" for helper in _helpers(best.source, serial)]
    failed = [(c, v) for c, v in reversed(judged) if v.outcome is not Outcome.OK]
    lines += [f"- failed: {c.strategy[:100]}: {headline(v)}" for c, v in failed[:_FAILURES]]
    return "\n".join(lines)


def _helpers(source: str, serial: str) -> list[str]:
    """The functions that a verified version defines and the serial source does not."""
    known = call_graph(serial)
    new = [name for name in call_graph(source) if name not in known]
    return [text_of(source, name)[:_MOST_HELPER] for name in new[:_HELPERS]]
