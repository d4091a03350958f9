"""How many pairs of points lie how far apart, as in a radial distribution. Later points have fewer partners."""

import numpy as np


def pair_counts(points: np.ndarray, bins: int = 32) -> np.ndarray:
    n, axes = points.shape
    counts = np.zeros(bins, dtype=np.int64)
    for i in range(n):
        apart = np.sqrt(np.sum((points[i + 1 :] - points[i]) ** 2, axis=1) / axes)
        counts += np.bincount(np.minimum((apart * bins).astype(np.int64), bins - 1), minlength=bins)
    return counts
