"""Which proposer goes first: a bandit over proposers, by verified improvement per cost.

The index is that of discounted UCB, with the mean gain divided by the mean cost: Garivier and Moulines, "On
Upper-Confidence Bound Policies for Switching Bandit Problems", 2011, after Kocsis and Szepesvári, 2006; the division is
that of budget-limited bandits (Tran-Thanh et al., "Knapsack Based Optimal Policies for Budget-Limited Multi-Armed
Bandits", 2012). Old gains count less, since what pays changes in the course of a search.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentpar.candidate import Candidate, Proposal
from agentpar.proposers.base import Proposer, SearchState
from agentpar.verdict import Outcome, Verdict

MOST_ASKED = 4096
"""A proposer that offers so many proposals at once without a new one has nothing new to offer."""
_DISCOUNT = 0.97
_WIDTH = 0.3
_PRIOR = 0.3
_RIGHT = 0.1


@dataclass
class _Arm:
    pulls: float = 0.0
    gain: float = 0.0
    cost: float = 0.0


class Portfolio:
    """What each proposer brought so far: a function of the verdicts and their order, and of fruitless turns."""

    def __init__(self) -> None:
        self._arms: dict[str, _Arm] = {}
        self._count = 0
        self._best = 1.0

    def follow(self, judged: Sequence[tuple[Candidate, Verdict]]) -> None:
        """Take in the verdicts beyond those that are known; `judged` only ever grows."""
        for candidate, verdict in judged[self._count :]:
            self._take_in(candidate.proposer, verdict)
        self._count = len(judged)

    def _take_in(self, name: str, verdict: Verdict) -> None:
        for each in self._arms.values():
            each.pulls *= _DISCOUNT
            each.gain *= _DISCOUNT
            each.cost *= _DISCOUNT
        arm = self._arms.setdefault(name, _Arm())
        arm.pulls += 1
        arm.cost += sum(verdict.stage_seconds.values()) or 1.0
        if verdict.outcome is Outcome.OK:
            arm.gain += _RIGHT
        if verdict.is_improvement and verdict.measurement and verdict.measurement.speedup > self._best:
            arm.gain += min(1.0, math.log2(verdict.measurement.speedup / self._best))
            self._best = verdict.measurement.speedup

    def fruitless(self, name: str) -> None:
        """A turn of this proposer brought nothing that could be judged."""
        self._arms.setdefault(name, _Arm()).pulls += 1

    def order(self, names: Sequence[str], under_way: Mapping[str, int]) -> list[str]:
        """The most promising first; `under_way` counts what each has in flight, so that not all bet on one."""
        pulls = sum(arm.pulls for arm in self._arms.values())
        cost = sum(arm.cost for arm in self._arms.values())
        mean_cost = cost / pulls if pulls and cost else 1.0
        total = 1 + pulls + sum(under_way.values())

        def index(name: str) -> float:
            arm = self._arms.get(name, _Arm())
            # One imagined pull of a fair gain and a mean cost: few verdicts are no reason to try each proposer first.
            count = arm.pulls + 1
            price = (arm.cost / mean_cost + 1) / count
            gain = (arm.gain + _PRIOR) / count
            return gain / max(price, 0.1) + _WIDTH * math.sqrt(math.log(total) / (count + under_way.get(name, 0)))

        return sorted(names, key=index, reverse=True)


async def ask(
    proposer: Proposer,
    state: SearchState,
    *,
    proposed: int,
    admit: Callable[[Proposal], Candidate | None],
) -> Candidate | None:
    """Ask a proposer until it has something new; None when it has not.

    `proposed` is how many candidates there are. `admit` makes a candidate of a proposal, or returns None for a
    duplicate.
    """
    # A proposer does not know what is in flight, and may first offer that again.
    asked = 1 + proposed - len(state.judged)
    while True:
        offers = await proposer.propose(state, asked)
        for offer in offers:
            if candidate := admit(offer):
                return candidate
        if len(offers) < asked or asked >= MOST_ASKED:
            return None
        asked *= 2
