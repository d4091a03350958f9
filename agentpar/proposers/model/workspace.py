"""What the model is told of the search so far: bounded, distilled from the best and from the failures.

After each round of parallel attempts only a distillate is carried on, not the attempts (Madaan et al., "Rethinking
Thinking Tokens: LLMs as Improvement Operators", 2025, call it parallel-distill-refine). Here it costs no tokens.
"""

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from agentpar.candidate import Candidate
from agentpar.proposers.cells import Cell, cell_of
from agentpar.proposers.model.feedback import headline
from agentpar.verdict import Outcome, Verdict

MOST_CHARACTERS = 3000
MODEL = "model "
"""How the names of proposers begin that ask a model."""
_ELITES = 6
_FAILURES = 24
_LESSONS = 8
_MENDS = 2
"""So many times a failed candidate is given to the model to mend."""


@dataclass(frozen=True)
class Entry:
    """A candidate with its verdict."""

    candidate: Candidate
    verdict: Verdict

    @property
    def speedup(self) -> float:
        """The measured speedup, 0 when it was not timed."""
        return self.verdict.measurement.speedup if self.verdict.measurement else 0.0


class Workspace:
    """A digest of what was judged. It is a function of the verdicts and their order; `follow` takes in new ones."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._count, self._last = 0, ""
        self._elites: dict[Cell, Entry] = {}
        self._failures: deque[Entry] = deque(maxlen=_FAILURES)
        self._outcomes: Counter[Outcome] = Counter()
        self._of_models: Counter[bool] = Counter()
        self._children: Counter[str] = Counter()

    def follow(self, judged: Sequence[tuple[Candidate, Verdict]], serial: str) -> None:
        """Come to the state after `judged`: by the new verdicts alone where it continues the last state.

        `serial` is the source that all of them are versions of.
        """
        continues = self._count <= len(judged) and (not self._count or judged[self._count - 1][0].id == self._last)
        if not continues:
            self._clear()
        for place in range(self._count, len(judged)):
            self._take_in(Entry(*judged[place]), serial)
        self._count = len(judged)
        self._last = judged[-1][0].id if judged else ""

    def _take_in(self, entry: Entry, serial: str) -> None:
        self._outcomes[entry.verdict.outcome] += 1
        self._children.update(entry.candidate.parents)
        if entry.verdict.outcome is Outcome.NO_DEVICE:  # neither right nor wrong: nobody could run it
            return
        if entry.candidate.proposer.startswith(MODEL):
            self._of_models[entry.verdict.outcome is Outcome.OK] += 1
        if entry.verdict.outcome is not Outcome.OK:
            self._failures.append(entry)
            return
        cell = cell_of(entry.candidate, serial)
        if cell not in self._elites or entry.speedup > self._elites[cell].speedup:
            self._elites[cell] = entry
            ranked = sorted(self._elites.items(), key=lambda item: -item[1].speedup)
            self._elites = dict(ranked[:_ELITES])

    @property
    def is_mending_worth_it(self) -> bool:
        """Whether models' versions fail more often than not; else a new one is as likely right as a mended one."""
        return self._of_models[False] > self._of_models[True] or not self._of_models[True]

    def verified(self, chance: random.Random) -> Entry | None:
        """A right version to start from: the fastest of each cell, the faster the likelier."""
        elites = list(self._elites.values())
        if not elites:
            return None
        # By rank, so that one outlier does not end diversity; who has had many children gives way.
        weights = [1 / ((rank + 1) * (1 + self._children[e.candidate.id])) for rank, e in enumerate(elites)]
        return chance.choices(elites, weights)[0]

    def fastest(self) -> Entry | None:
        """The fastest right version."""
        return next(iter(self._elites.values()), None)

    def failed(self, chance: random.Random) -> Entry | None:
        """A failed version that has not been mended too often yet, the later the likelier."""
        entries = [e for e in self._failures if self._children[e.candidate.id] < _MENDS]
        if not entries:
            return None
        return chance.choices(entries, [place + 1 for place in range(len(entries))])[0]

    def tell(self) -> str:
        """What paid and what failed, in at most `MOST_CHARACTERS` characters; empty when nothing was judged."""
        if not self._count:
            return ""
        lines = [
            f"{e.candidate.strategy} ({e.candidate.pattern}): {headline(e.verdict)}" for e in self._elites.values()
        ]
        failed = [*dict.fromkeys(self._lesson(entry) for entry in reversed(self._failures))][:_LESSONS]
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes.items()))
        parts = [f"Judged so far: {counts}."]
        if lines:
            parts.append("Right, fastest first:\n" + "\n".join(f"- {line}" for line in lines))
        if failed:
            parts.append("Failed:\n" + "\n".join(f"- {line}" for line in failed))
        told = "\n".join(parts)
        return told if len(told) <= MOST_CHARACTERS else told[:MOST_CHARACTERS].rpartition("\n")[0]

    def _lesson(self, entry: Entry) -> str:
        return f"{entry.candidate.strategy[:100]} ({entry.candidate.pattern}): {headline(entry.verdict)}"
