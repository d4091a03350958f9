"""Plans again with what was learnt: subtasks that failed are left alone, and what waited for them is tried without."""

from agentpar.ledger import Ledger
from agentpar.planning.board import RESULTS, Found, forget_failures, keep_plan
from agentpar.planning.plan import Plan, atomic_plan


def replan(plan: Plan, ledger: Ledger) -> Plan:
    """The plan to go on with, kept in the ledger; the same one where nothing would be tried again.

    A subtask that failed of itself is left alone when others failed only because they needed it. These then begin with
    its serial version. Where nothing but one such subtask is left, or every subtask failed, the whole is searched. Each
    new plan has fewer subtasks, so this comes to an end.
    """
    results: dict[str, Found] = ledger.notes().get(RESULTS, {})
    failed = {each.id for each in plan.subtasks if each.id in results and results[each.id]["failed"]}
    roots = {each.id for each in plan.subtasks if each.id in failed and not failed & set(each.depends_on)}
    is_over = failed == {each.id for each in plan.subtasks}
    if plan.is_atomic or not (failed - roots or (failed and is_over)):
        return plan
    alone = plan
    for name in sorted(roots)[: len(plan.subtasks) - 1]:
        alone = alone.without({name}, f"failed: {results[name]['reason']}"[:500])
    why = "every subtask failed" if is_over else "one subtask alone is left"
    is_enough = len(plan.subtasks) - len(roots) > 1
    new = alone if is_enough else atomic_plan(ledger.task, alone.left_alone, reason=why)
    forget_failures(ledger)
    keep_plan(ledger, new)
    return new


def untried(plan: Plan, ledger: Ledger) -> list[str]:
    """The subtasks that have no result yet, in order."""
    results = ledger.notes().get(RESULTS, {})
    return [each.id for each in plan.order() if each.id not in results]
