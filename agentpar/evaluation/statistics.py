"""What paired timings say: the median ratio, its interval, and when there are too few quiet pairs to say anything."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agentpar.verdict import Frozen, Ratio

_RESAMPLES = 4000
_LEAST_PAIRS = 6


class Pair(Frozen):
    """One paired round: nanoseconds of baseline and candidate (off-clock work charged) on the same fresh inputs.

    `delay_ns` is how long the baseline was ready but not running: foreign load. `handover_ns` is its CPU time in
    loading inputs and returning outputs.
    """

    threads: int
    baseline_ns: int
    candidate_ns: int
    cpu_ns: int
    wall_ns: int
    delay_ns: int
    handover_ns: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether foreign work delayed the baseline by less than 5 %.

        Only the baseline is asked: a candidate could delay itself to have its slow pairs thrown away.
        """
        return self.delay_ns < 0.05 * self.baseline_ns + 20_000


def paired_ratio(pairs: Sequence[Pair], *, seed: int = 0) -> Ratio | None:
    """Median of baseline over candidate with a 95 % percentile-bootstrap interval (Efron 1979).

    Returns None when fewer than six quiet pairs are left: then the ratio is not measurable here.
    """
    quiet = [p for p in pairs if p.is_quiet]
    if len(quiet) < _LEAST_PAIRS:
        return None
    logs = np.log([p.baseline_ns / max(p.candidate_ns, 1) for p in quiet])
    return _interval(_medians(logs, seed), float(np.median(logs)), len(quiet))


def gain_between(slower: Sequence[Pair], faster: Sequence[Pair], *, seed: int = 0) -> Ratio | None:
    """The candidate's own gain from one setting to another: the ratio of its two ratios to the same baseline."""
    first = [p for p in slower if p.is_quiet]
    second = [p for p in faster if p.is_quiet]
    if min(len(first), len(second)) < _LEAST_PAIRS:
        return None
    one = np.log([p.baseline_ns / max(p.candidate_ns, 1) for p in first])
    many = np.log([p.baseline_ns / max(p.candidate_ns, 1) for p in second])
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
