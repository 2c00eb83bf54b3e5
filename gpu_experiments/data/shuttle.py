"""Shuttle: 58,000 readings of 9 sensors, 7 classes, strongly imbalanced (45,586 against 10).

From Debian's r-cran-mlbench, or a folder with Shuttle.rda. Inputs are standardised on the training part. The split
keeps each class's share (at least one test sample of every class): a plain shuffle can lose the smallest class.
"""

from __future__ import annotations

import numpy as np

from gpu_experiments.data import DataError, DataSet, _mlbench, standardise

SHA256 = "5b1db218b76a47c83f575f1ff38d7a7d36e569b0e27d8bf4aa92eae6c0bcb826"


def load(*, train: int = 43_500, test: int = 14_500, seed: int = 0, folder: str | None = None) -> DataSet:
    """Inputs (N, 9). Sizes may be off by the rounding of each class's share, and by what the rule of at least two
    training samples and one test sample for every class adds. Raises DataError."""
    inputs, labels = _mlbench.table("shuttle", "Shuttle", "Class", SHA256, folder)
    total = len(labels)
    if train < 14 or test < 7 or train + test > total:
        raise DataError(f"shuttle split is {train} + {test}, must be at least 14 + 7 and at most {total} in all")
    first, second = [], []
    generator = np.random.default_rng(seed)
    for label in range(7):
        rows = generator.permutation(np.flatnonzero(labels == label))
        tested = max(1, round(test * len(rows) / total))
        trained = max(2, min(round(train * len(rows) / total), len(rows) - tested))
        first.append(rows[:trained])
        second.append(rows[trained : trained + tested])
    one, two = (generator.permutation(np.concatenate(part)) for part in (first, second))
    return standardise(DataSet("shuttle", inputs[one], labels[one], inputs[two], labels[two], 7))
