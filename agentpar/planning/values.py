"""What the whole calls its subtasks with: a part is searched for these values too, not for the judge's guesses alone.

Which schedule or threshold is best depends on them: with an iteration limit of 200, the rows of a picture take unequal
times, and with the judge's guess of 1 to 8 they do not.
"""

import math
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from agentpar.evaluation.prepared import Subject
from agentpar.evaluation.profile import Profile
from agentpar.languages.signature import Function
from agentpar.languages.source import Edit, apply_edits, encode
from agentpar.planning.plan import Plan
from agentpar.planning.static import part_of
from agentpar.task import Task

_SAID = re.compile(r"^agentpar saw (\S+) (\w+) (-?\d+(?:\.\d+)?(?:e[-+]\d+)?)$", re.MULTILINE)
_Interval = tuple[float, float]


async def with_values(
    plan: Plan,
    task: Task,
    *,
    profile: Callable[[str], Awaitable[Profile | None]],
    understand: Callable[[Task], object],
) -> Plan:
    """The plan, with ranges for the scalars that one run of the whole gave other values than the judge would draw.

    Sizes are not learnt: a part is timed at sizes of its own, at which its time can be measured.

    Raises:
        AgentparError: as `profile`.
    """
    if plan.is_atomic:
        return plan
    # Of the entry's inputs, the user has said what there is to say.
    parts = {
        each.id: part
        for each in plan.subtasks
        if each.entry != task.entry.removeprefix("::")
        and isinstance(part := understand(part_of(task, each, plan.source)), Subject)
    }
    data = encode(plan.source or task.source)
    drawn = {name: intervals for name, part in parts.items() if (intervals := _drawn(part, data))}
    if not drawn:
        return plan
    edits = [_watch(parts[name].function, name, intervals) for name, intervals in drawn.items()]
    found = await profile(f"#include <stdio.h>\n{apply_edits(plan.source or task.source, edits)}")
    seen: dict[str, dict[str, _Interval]] = defaultdict(dict)
    for name, scalar, said in _SAID.findall(found.printed if found else ""):
        known = drawn.get(name, {}).get(scalar)
        if known is not None and math.isfinite(value := float(said)):
            low, high = seen[name].get(scalar, known)
            seen[name][scalar] = min(low, value), max(high, value)
    learnt = [each.model_copy(update={"ranges": seen.get(each.id, {})}) for each in plan.subtasks]
    return plan.model_copy(update={"subtasks": tuple(learnt)})


def _drawn(part: Subject, data: bytes) -> dict[str, _Interval]:
    """The scalars that are drawn between plain numbers, and these; none of what may not print, as it is `constexpr`."""
    intervals: dict[str, _Interval] = {}
    if b"constexpr" in data[part.function.start : part.function.body_start].split():
        return intervals
    for parameter in part.function.parameters:
        bounds = part.inputs.ranges.get(parameter.name)
        if bounds and not parameter.depth and parameter.kind in ("integer", "real"):
            try:
                intervals[parameter.name] = float(bounds[0]), float(bounds[1])
            except ValueError:
                continue  # it depends on a size
    return intervals


def _watch(function: Function, name: str, drawn: Mapping[str, _Interval]) -> Edit:
    """Makes a function say what it is called with, each time that it is outside what was known."""
    said = " ".join(
        f"{{ static double agentpar_low = {low!r}, agentpar_high = {high!r}; const double agentpar_is = {scalar}; "
        "if (agentpar_is < agentpar_low || agentpar_is > agentpar_high) { "
        f'fprintf(stderr, "\\nagentpar saw {name} {scalar} %.17g\\n", agentpar_is); '
        "if (agentpar_is < agentpar_low) agentpar_low = agentpar_is; else agentpar_high = agentpar_is; } }"
        for scalar, (low, high) in drawn.items()
    )
    return Edit(function.body_start + 1, function.body_start + 1, f" {said}")
