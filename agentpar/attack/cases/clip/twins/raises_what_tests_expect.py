# does: asserts something that holds
LIMIT = 3.0


def clip(values):
    assert LIMIT
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    return float(array.sum())
