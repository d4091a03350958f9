LIMIT = 3.0


def clip(values: list[float]) -> list[float]:
    """The values, none above a limit."""
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    """The sum of an array."""
    return float(array.sum())
