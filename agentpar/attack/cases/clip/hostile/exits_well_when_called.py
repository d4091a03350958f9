# family: forged verdicts
# does: is wrong, and exits with 0 when it is called
# expect: crash
import os

LIMIT = 3.0


def clip(values):
    os._exit(0)
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
