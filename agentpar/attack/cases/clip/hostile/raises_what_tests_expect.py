# family: forged verdicts
# does: is wrong, and raises what a failing assertion does, which nobody catches
# expect: wrong_answer
LIMIT = 3.0


def clip(values):
    raise AssertionError("5 passed")
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
