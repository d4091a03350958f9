"""The cells of a population that is kept for quality and diversity (MAP-Elites).

Mouret and Clune, "Illuminating search spaces by mapping elites", 2015.
"""

from collections import Counter

from agentpar.candidate import Candidate

Cell = tuple[str, int]
"""A parallel construct, and the magnitude of the change: 1 for one line, 2 for 2-3, 3 for 4-7, and so on."""


def cell_of(candidate: Candidate, serial: str) -> Cell:
    """The cell that a candidate competes in, as a version of the serial source."""
    changed = (Counter(candidate.source.splitlines()) - Counter(serial.splitlines())).total()
    return candidate.pattern, changed.bit_length()
