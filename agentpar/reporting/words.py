"""How counts and ratios read, in every report alike."""

from collections.abc import Sequence

from agentpar.records import Probed
from agentpar.verdict import Instructions, Ratio


def counted(number: int, noun: str) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_one_line(text: str, most: int) -> str:
    """Feedback on one line of at most `most` characters, which says by its end where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def lines_of(lines: tuple[int, int] | None, file: str = "") -> str:
    """The first and the last of some lines, to stand behind a name: ` (lines 15-23)`, of one of several files
    ` (src/b.cpp:15-23)`; nothing of none.
    """
    if lines is None:
        return ""
    first, last = lines
    which = f"{first}" if first == last else f"{first}-{last}"
    return f" ({file}:{which})" if file else f" (line{'s' if first != last else ''} {which})"


def interval(ratio: Ratio) -> str:
    """A ratio with its 95 % interval, where the heading says so: `1.90× (1.85–1.92)`."""
    return f"{ratio.median:.2f}× ({ratio.low:.2f}–{ratio.high:.2f})"


def evidence(ratio: Ratio) -> str:
    """A ratio with its interval and what it rests on: `1.90× (95 %: 1.85–1.92, 39 pairs)`."""
    return f"{ratio.median:.2f}× (95 %: {ratio.low:.2f}–{ratio.high:.2f}, {counted(ratio.pairs, 'pair')})"


def instructions(counted: Instructions) -> str:
    """Instructions of one serial call, before and after: `52.4 → 11.2 million`."""
    return f"{counted.baseline / 1e6:.1f} → {counted.candidate / 1e6:.1f} million"


def target_gains(probes: Sequence[Probed]) -> str:
    """What the targets came to that a run chose among, and which were left out."""
    tried = ", ".join(f"{each.target} {_gain(each)}" for each in probes if not each.refused)
    left_out = ", ".join(each.target for each in probes if each.refused)
    return f"{tried}; left out: {left_out}" if left_out else tried


def _gain(probed: Probed) -> str:
    if probed.speedup:
        return f"{probed.speedup:.2f}×"
    if not probed.judged:
        return "not judged"
    if (ratio := probed.ratio) is None:
        return "no gain"
    return f"no gain ({ratio.median:.2f}×, 95 %: {ratio.low:.2f}–{ratio.high:.2f})"
