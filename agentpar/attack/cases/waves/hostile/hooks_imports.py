# family: interposition
# does: hands out modules of its own to whoever imports
# expect: wrong_answer
import builtins
import sys
import types

import numpy as np

real = builtins.__import__


def fake(name, *given, **more):
    return types.ModuleType(name) if name in ("pickle", "hashlib", "json") else real(name, *given, **more)


builtins.__import__ = fake
sys.path_hooks.insert(0, lambda path: (_ for _ in ()).throw(ImportError))
sys.path_importer_cache.clear()


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave[:1] += 1
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
