"""The population of a search, kept for quality and diversity (MAP-Elites).

Mouret and Clune, "Illuminating search spaces by mapping elites", 2015.
"""

import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from agentpar.candidate import Candidate
from agentpar.verdict import Outcome, Verdict

Cell = tuple[str, int]
"""A parallel construct, and the magnitude of the change: 1 for one line, 2 for 2-3, 3 for 4-7, and so on."""


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
    """The fastest correct candidate of each cell, and the ranking of all improvements.

    It is a function of the verdicts and their order alone; ties go to the earlier verdict.
    """

    def __init__(self, source: str, judged: Iterable[tuple[Candidate, Verdict]] = ()) -> None:
        self._lines = Counter(source.splitlines())
        self._cells: dict[Cell, Elite] = {}
        self._improvements: list[Elite] = []
        for candidate, verdict in judged:
            self.add(candidate, verdict)

    def add(self, candidate: Candidate, verdict: Verdict) -> bool:
        """Take in a verdict, and return whether the best changed."""
        if verdict.outcome is not Outcome.OK:
            return False
        elite = Elite(candidate, verdict)
        cell = self.cell_of(candidate)
        if cell not in self._cells or elite.speedup > self._cells[cell].speedup:
            self._cells[cell] = elite
        if not verdict.is_improvement:
            return False
        before = self.best()
        bisect.insort(self._improvements, elite, key=lambda each: -each.speedup)
        return self.best() is not before

    def best(self) -> Elite | None:
        """The improvement with the highest measured speedup, or None when there is none."""
        return self._improvements[0] if self._improvements else None

    def ranking(self) -> tuple[Elite, ...]:
        """All improvements, fastest first."""
        return tuple(self._improvements)

    def elites(self) -> dict[Cell, Elite]:
        """The fastest correct candidate of every cell."""
        return dict(self._cells)

    def cell_of(self, candidate: Candidate) -> Cell:
        """The cell a candidate competes in."""
        changed = (Counter(candidate.source.splitlines()) - self._lines).total()
        return candidate.pattern, changed.bit_length()
