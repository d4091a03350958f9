"""The improvements that a search has found, fastest first."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

from agentpar.candidate import Candidate
from agentpar.verdict import Verdict


@dataclass(frozen=True)
class Elite:
    """A correct candidate and its verdict."""

    candidate: Candidate
    verdict: Verdict

    @property
    def speedup(self) -> float:
        """The measured speedup, 0 when the candidate is right but was not timed."""
        return self.verdict.measurement.speedup if self.verdict.measurement else 0.0


class Archive:
    """The ranking of all improvements.

    It is a function of the verdicts and their order alone; ties go to the earlier verdict.
    """

    def __init__(self, judged: Iterable[tuple[Candidate, Verdict]] = ()) -> None:
        self._improvements: list[Elite] = []
        for candidate, verdict in judged:
            self.add(candidate, verdict)

    def add(self, candidate: Candidate, verdict: Verdict) -> bool:
        """Take in a verdict, and return whether the best changed."""
        if not verdict.is_improvement:
            return False
        before = self.best()
        bisect.insort(self._improvements, Elite(candidate, verdict), key=lambda each: -each.speedup)
        return self.best() is not before

    def best(self) -> Elite | None:
        """The improvement with the highest measured speedup, or None when there is none."""
        return self._improvements[0] if self._improvements else None

    def ranking(self) -> tuple[Elite, ...]:
        """All improvements, fastest first."""
        return tuple(self._improvements)
