# does: returns a list that is pickled in its own way
LIMIT = 3.0


class Told(list):
    def __reduce__(self):
        return list, (list(self),)


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return Told([min(x, LIMIT) for x in values])


def total(array):
    return float(array.sum())
