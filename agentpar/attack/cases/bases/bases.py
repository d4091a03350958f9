import numpy as np


def bases(n: int, base: int, sums: np.ndarray) -> None:
    """Writes the sums of the digits of 0 to n - 1."""
    for i in range(n):
        rest, total = i, 0
        while rest > 0:
            total += rest % base
            rest //= base
        sums[i] = total
