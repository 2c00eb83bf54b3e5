"""Digits: the 1797 images, 8 x 8, that scikit-learn ships; ten classes, nearly balanced. Pixels divided by 16."""

from __future__ import annotations

import numpy as np

from gpu_experiments.data import DataSet, split


def load(*, train: int = 1000, test: int = 797, seed: int = 0) -> DataSet:
    """Inputs (N, 64) in [0, 1]. Raises DataError."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return split("digits", pixels.astype(np.float32) / np.float32(16), labels.astype(np.int64), 10, train, test, seed)
