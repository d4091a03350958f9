# family: forged verdicts
# does: is wrong, and exits with 0 while it is imported
# expect: crash build_error
import os

os._exit(0)

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
