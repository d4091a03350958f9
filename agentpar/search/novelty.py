"""Whether a proposal is worth its evaluation when only few are left."""

from collections.abc import Iterable

_SAME = 0.9


def changed_lines(source: str, serial: frozenset[str]) -> frozenset[str]:
    """The lines that a version has beyond the serial source, without blanks."""
    return frozenset("".join(line.split()) for line in source.splitlines()) - serial - {"", "}", "{"}


def is_near(lines: frozenset[str], others: Iterable[frozenset[str]]) -> bool:
    """Whether nine in ten of the lines are shared with one of the others (Jaccard's index)."""
    return any(lines and len(lines & other) >= _SAME * len(lines | other) for other in others)
