# does: removes a folder of its own
import shutil
import tempfile

shutil.rmtree(tempfile.mkdtemp())

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in values]


def total(array):
    return float(array.sum())
