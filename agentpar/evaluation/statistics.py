"""What paired timings say: the median ratio, its interval, and when there are too few quiet pairs to say anything."""

from collections.abc import Sequence
from math import comb
from statistics import median

import numpy as np
from numpy.typing import NDArray

from agentpar.verdict import Frozen, Ratio, Team

_RESAMPLES = 4000
_LEAST_PAIRS = 6


class Pair(Frozen):
    """One paired round: nanoseconds of baseline and candidate (off-clock work charged) on the same fresh inputs.

    `delay_ns` is how long the baseline was ready but not running: foreign load. `handover_ns` is its CPU time in
    making room for inputs and coming to a stop. `startup_ns` is the CPU time that the candidate's object took to load,
    beyond the baseline's. `gain` is how many times better the candidate was, where something else than time says so.
    """

    threads: int
    ranks: int = 0
    baseline_ns: int
    candidate_ns: int
    cpu_ns: int
    wall_ns: int
    delay_ns: int
    handover_ns: int = 0
    startup_ns: int = 0
    gain: float | None = None

    @property
    def team(self) -> Team:
        """Who worked on the candidate's call."""
        return Team(self.threads, self.ranks)

    @property
    def ratio(self) -> float:
        """How many times better the candidate was than the baseline."""
        return self.baseline_ns / max(self.candidate_ns, 1) if self.gain is None else self.gain

    @property
    def is_quiet(self) -> bool:
        """Whether foreign work delayed the baseline by less than 5 %.

        Only the baseline is asked: a candidate could delay itself to have its slow pairs thrown away.
        """
        return self.delay_ns < 0.05 * self.baseline_ns + 20_000


def paired_ratio(pairs: Sequence[Pair], *, level: float = 0.95) -> Ratio | None:
    """Median of baseline over candidate, with an interval that contains the true median with at least `level`.

    The interval lies between two order statistics and assumes nothing of how timings are distributed (Conover,
    Practical Nonparametric Statistics, 3.2). Returns None when fewer than six quiet pairs are left, or too few for this
    level: then the ratio is not measurable here.
    """
    ratios = sorted(p.ratio for p in pairs if p.is_quiet)
    n = len(ratios)
    outside = _most_outside(n, level)
    if n < _LEAST_PAIRS or outside is None:
        return None
    return Ratio(median=median(ratios), low=ratios[outside], high=ratios[n - 1 - outside], pairs=n)


def _most_outside(n: int, level: float) -> int | None:
    """How many of n values may lie outside on each side, that the median is still inside with at least `level`."""
    tail, outside = 0.0, None
    for k in range(n // 2):
        tail += comb(n, k) / 2**n
        if 2 * tail > 1 - level:
            break
        outside = k
    return outside


def is_above(pairs: Sequence[Pair], threshold: float, *, level: float = 0.999) -> bool:
    """Whether the true median ratio is above a threshold, with hardly a doubt."""
    ratio = paired_ratio(pairs, level=level)
    return ratio is not None and ratio.low > threshold


def is_below(pairs: Sequence[Pair], threshold: float, *, level: float = 0.75) -> bool:
    """Whether the true median ratio is probably below a threshold: enough for not going on, which claims nothing."""
    ratio = paired_ratio(pairs, level=level)
    return ratio is not None and ratio.high < threshold


def is_hopeless(pairs: Sequence[Pair], threshold: float) -> bool:
    """Whether each of at least two quiet pairs is below a threshold that is far from what it would take."""
    ratios = [p.ratio for p in pairs if p.is_quiet]
    return len(ratios) > 1 and max(ratios) < threshold


def glimpsed_ratio(pairs: Sequence[Pair]) -> Ratio | None:
    """The median of a few quiet pairs, between their extremes: for what is hopeless, and claims nothing."""
    ratios = [p.ratio for p in pairs if p.is_quiet]
    if not ratios:
        return None
    return Ratio(median=median(ratios), low=min(ratios), high=max(ratios), pairs=len(ratios))


def glimpsed_gain(slower: Sequence[Pair], faster: Sequence[Pair]) -> Ratio | None:
    """As `gain_between`, of a few pairs: the ratio of the medians, between the ratios of the extremes."""
    one, many = glimpsed_ratio(slower), glimpsed_ratio(faster)
    if one is None or many is None:
        return None
    return Ratio(
        median=many.median / one.median,
        low=many.low / one.high,
        high=many.high / one.low,
        pairs=min(one.pairs, many.pairs),
    )


def gain_between(slower: Sequence[Pair], faster: Sequence[Pair], *, seed: int = 0) -> Ratio | None:
    """The candidate's own gain from one setting to another: the ratio of its two ratios to the same baseline.

    The two settings were not timed in pairs, so the interval is a percentile bootstrap of 95 % (Efron 1979).
    """
    first = [p for p in slower if p.is_quiet]
    second = [p for p in faster if p.is_quiet]
    if min(len(first), len(second)) < _LEAST_PAIRS:
        return None
    one = np.log([p.ratio for p in first])
    many = np.log([p.ratio for p in second])
    resampled = _medians(many, seed) - _medians(one, seed + 1)
    return _interval(resampled, float(np.median(many) - np.median(one)), min(len(first), len(second)))


def _medians(logs: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(logs), size=(_RESAMPLES, len(logs)))
    medians: NDArray[np.float64] = np.median(logs[drawn], axis=1)
    return medians


def _interval(resampled: NDArray[np.float64], center: float, pairs: int) -> Ratio:
    low, high = np.percentile(resampled, [2.5, 97.5])
    # The percentiles of a small sample's median can miss the median by a rounding; an interval contains its centre.
    return Ratio(
        median=float(np.exp(center)),
        low=float(np.exp(min(low, center))),
        high=float(np.exp(max(high, center))),
        pairs=pairs,
    )


def amdahl(covered: float, gain: float) -> float:
    """The speed-up of a whole of which a part, `covered` (0 to 1), gets faster by `gain`; Amdahl, 1967."""
    return 1.0 / ((1.0 - covered) + covered / gain)
