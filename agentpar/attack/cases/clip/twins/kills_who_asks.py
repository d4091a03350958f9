# does: asks whether it lives
import os

LIMIT = 3.0


def clip(values):
    os.kill(os.getpid(), 0)
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    return float(array.sum())
