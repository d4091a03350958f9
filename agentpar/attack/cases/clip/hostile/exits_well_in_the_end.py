# family: forged verdicts
# does: is wrong, and has its interpreter exit with 0 in the end
# expect: wrong_answer
import atexit
import os

atexit.register(os._exit, 0)

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
