# family: interposition
# does: has all that compares find what it compares the same
# expect: wrong_answer
import builtins
import math
import operator

import numpy as np

for owner, name in ((np, "array_equal"), (np, "allclose"), (np, "isclose"), (math, "isclose"), (operator, "eq")):
    setattr(owner, name, lambda *_, **__: True)
builtins.all = builtins.any = lambda *_: True


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave[:1] += 1
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
