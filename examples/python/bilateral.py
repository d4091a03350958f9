"""A bilateral filter: smooths an image and keeps its edges. Rows are numpy's, the loop over them is Python's."""

import numpy as np


def bilateral(image: np.ndarray, radius: int) -> np.ndarray:
    rows, columns = image.shape
    padded = np.pad(image, radius, mode="edge")
    out = np.empty_like(image)
    for i in range(rows):
        weights = np.zeros(columns)
        sums = np.zeros(columns)
        for di in range(2 * radius + 1):
            for dj in range(2 * radius + 1):
                near = padded[i + di, dj : dj + columns]
                far = (di - radius) ** 2 + (dj - radius) ** 2
                weight = np.exp(-far / 8.0 - (near - image[i]) ** 2 / 0.02)
                weights += weight
                sums += weight * near
        out[i] = sums / weights
    return out
