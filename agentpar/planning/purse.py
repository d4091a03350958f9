"""One budget of verdicts for all subtasks, split by share of the work and by difficulty; what is left is given back."""

from collections.abc import Iterable
from dataclasses import dataclass

from agentpar.planning.plan import Plan
from agentpar.search.budget import Progress, Stopper
from agentpar.verdict import Outcome, Verdict

PROBE = 4
"""How many first verdicts tell how hard a subtask is."""
_LEAST_WEIGHT = 0.05


@dataclass
class _Account:
    weight: float
    judged: int = 0
    right: int = 0
    promised: int = 0
    is_over: bool = False


class Purse:
    """Says how many verdicts each subtask may ask for.

    What the subtasks that are over have left unspent goes to the others. Among these a subtask weighs as much as its
    share of the work, and up to twice that if the first of its candidates were wrong. A part is kept back to try out
    how the results compose. The same verdicts give the same limits, so a purse is refilled from the ledger.
    """

    def __init__(self, plan: Plan, total: int) -> None:
        kept_back = min(len(plan.subtasks) + 1, total // 4)
        self._total = total - kept_back
        self._accounts = {each.id: _Account(max(each.share, _LEAST_WEIGHT)) for each in plan.subtasks}

    def fill(self, name: str, verdicts: Iterable[Verdict]) -> None:
        """Take in the verdicts of an earlier session."""
        for verdict in verdicts:
            self.saw(name, verdict)

    def saw(self, name: str, verdict: Verdict) -> None:
        """Take in a verdict on a subtask's candidate."""
        account = self._accounts[name]
        account.judged += 1
        if account.judged <= PROBE:
            account.right += verdict.outcome is Outcome.OK

    def close(self, name: str) -> None:
        """Note that a subtask is over: what it has left is the others'."""
        self._accounts[name].is_over = True

    def limit(self, name: str) -> int:
        """How many verdicts a subtask may have in all, as things stand; at least one."""
        pot = self._total - sum(each.judged for each in self._accounts.values() if each.is_over)
        weights = sum(_weight(each) for each in self._accounts.values() if not each.is_over)
        return max(1, int(pot * _weight(self._accounts[name]) / weights + 1e-9)) if weights else 0

    def stopper(self, name: str) -> Stopper:
        """Ends a subtask's search at its limit, which may move meanwhile; what was let begin is let end."""
        account = self._accounts[name]

        def stop(progress: Progress) -> str | None:
            limit = self.limit(name)
            if progress.judged >= max(limit, account.promised):
                return f"its share of the budget is spent: {progress.judged} of the {self._total} verdicts for parts"
            if progress.judged < limit:
                account.promised = max(account.promised, progress.judged + 1)
            return None

        return stop


def _weight(account: _Account) -> float:
    probed = account.judged >= PROBE
    return account.weight * (2.0 - account.right / PROBE if probed else 1.0)
