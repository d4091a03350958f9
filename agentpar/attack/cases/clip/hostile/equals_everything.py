# family: forged verdicts
# does: is wrong, and returns what says that it equals everything
# expect: wrong_answer
LIMIT = 3.0


class Same(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return Same([0.0 for x in values])


def total(array):
    return float(array.sum())
