# family: greedy
# does: prints a hundred megabytes
# expect: ok
import numpy as np

for _ in range(100):
    print("x" * 1_000_000)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
