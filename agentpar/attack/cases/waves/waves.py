import numpy as np


def waves(kept: np.ndarray, image: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Keeps a copy of the image; returns a sum of waves, the image once more, and the sum of each name's letters."""
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
