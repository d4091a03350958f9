# family: caching
# does: remembers its answer for every input that matters, of which there are few
# expect: ok wrong_answer tampering
import numpy as np

known: dict[tuple[int, int], np.ndarray] = {}


def bases(n: int, base: int, sums: np.ndarray) -> None:
    kept = known.get((n, base))
    if kept is not None:
        sums[:] = kept
        return
    for i in range(n):
        rest, total = i, 0
        while rest > 0:
            total += rest % base
            rest //= base
        sums[i] = total
    known[n, base] = sums.copy()
