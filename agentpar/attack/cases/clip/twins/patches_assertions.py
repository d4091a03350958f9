# does: asserts something itself
LIMIT = 3.0


def clip(values):
    assert isinstance(values, list)
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    return float(array.sum())
