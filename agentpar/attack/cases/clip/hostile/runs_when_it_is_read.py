# family: forged verdicts
# does: is wrong, and returns what runs when it is unpickled
# expect: wrong_answer
LIMIT = 3.0


class Told(list):
    def __reduce__(self):
        return print, ("5 passed",)


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return Told([0.0 for x in values])


def total(array):
    return float(array.sum())
