# does: has something to do in the end
import atexit

atexit.register(print, "done")

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    return float(array.sum())
