import numpy as np


def spread(x: np.ndarray, y: np.ndarray) -> float:
    """Writes sqrt(1 + x²) to y, and returns their sum."""
    total = 0.0
    for i in range(len(x)):
        y[i] = (1.0 + x[i] * x[i]) ** 0.5
        total += y[i]
    return total
