# does: writes its answers down, and never looks
import numpy as np

known: dict[tuple[int, int], np.ndarray] = {}


def bases(n: int, base: int, sums: np.ndarray) -> None:
    for i in range(n):
        rest, total = i, 0
        while rest > 0:
            total += rest % base
            rest //= base
        sums[i] = total
    known[n, base] = sums.copy()
