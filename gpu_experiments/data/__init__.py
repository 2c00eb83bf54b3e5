"""Data sets: one file per set, found by its stem; each exposes `load(...) -> DataSet`.

names() -> ("cifar10", "digits", ...)
load("mnist_5k", train=1000, test=4000, seed=0) -> DataSet
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from theory.errors import UsersMistake, near


class DataError(UsersMistake):
    """Data that are missing, damaged or do not have the size that was asked for."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Inputs float32 (N, ...) or int64 tokens, labels int64 (N,) in 0..classes-1, in a training and a test part."""

    name: str
    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    classes: int

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            inputs, labels = getattr(self, f"{part}_inputs"), getattr(self, f"{part}_labels")
            if len(inputs) != len(labels):
                raise DataError(f"{self.name} has {len(inputs)} {part} inputs, must equal its {len(labels)} labels")
            if len(labels) and not 0 <= labels.min() <= labels.max() < self.classes:
                raise DataError(f"{self.name} has a label outside 0..{self.classes - 1}; the file is damaged")

    @property
    def features(self) -> int:
        """Numbers per input, flattened."""
        return int(np.prod(self.train_inputs.shape[1:]))


def names() -> tuple[str, ...]:
    """The stems of the files here, sorted; names that start with an underscore are not data sets."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def load(name: str, **settings: Any) -> DataSet:
    """The data set called `name`. Raises DataError where it is unknown, missing or damaged."""
    if name not in names():
        raise DataError(f"data set is {name!r}, must be one of {', '.join(names())}{near(name, names())}")
    return importlib.import_module(f"{__name__}.{name}").load(**settings)


def cache_folder() -> Path:
    """Where downloads and unpacked copies live: $TIGHTFRAME_CACHE, else the user's cache folder."""
    base = os.environ.get("TIGHTFRAME_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tightframe"
    )
    return Path(base)


def split(name: str, inputs: np.ndarray, labels: np.ndarray, classes: int, train: int, test: int, seed: int) -> DataSet:
    """Shuffle by `seed`, take the first `train` for training and the next `test` for testing. Raises DataError."""
    if train < 1 or test < 1 or train + test > len(labels):
        raise DataError(f"{name} split is {train} + {test}, must be positive and at most {len(labels)} in all")
    order = np.random.default_rng(seed).permutation(len(labels))
    first, second = order[:train], order[train : train + test]
    return DataSet(name, inputs[first], labels[first], inputs[second], labels[second], classes)


def subsets(
    name: str,
    train_part: tuple[np.ndarray, np.ndarray],
    test_part: tuple[np.ndarray, np.ndarray],
    classes: int,
    train: int,
    test: int,
    seed: int,
) -> DataSet:
    """The first `train` of the shuffled training part, the first `test` of the shuffled test part. Raises DataError."""
    chosen = []
    for (inputs, labels), count, part in ((train_part, train, "training"), (test_part, test, "test")):
        if not 1 <= count <= len(labels):
            raise DataError(f"{name} {part} size is {count}, must be between 1 and {len(labels)}")
        order = np.random.default_rng(seed).permutation(len(labels))[:count]
        chosen += [inputs[order], labels[order]]
    return DataSet(name, *chosen, classes)


def standardise(loaded: DataSet) -> DataSet:
    """Each input coordinate shifted and scaled to mean 0, deviation 1 of the training part (constant ones become 0)."""
    mean, deviation = loaded.train_inputs.mean(0), loaded.train_inputs.std(0)
    scale = np.where(deviation > 0, deviation, 1).astype(np.float32)
    parts = ((part - mean) / scale for part in (loaded.train_inputs, loaded.test_inputs))
    train, test = (np.ascontiguousarray(part, dtype=np.float32) for part in parts)
    return DataSet(loaded.name, train, loaded.train_labels, test, loaded.test_labels, loaded.classes)


def long_tailed(loaded: DataSet, ratio: float) -> DataSet:
    """Keep the first n_0 ratio^(-c/(K-1)) training samples of class c, n_0 the size of the smallest class.

    The test part stays balanced. Raises DataError where ratio < 1 or a class would be left with fewer than two samples.
    """
    counts = np.bincount(loaded.train_labels, minlength=loaded.classes)
    if ratio < 1 or counts.min() / ratio < 2:
        raise DataError(f"imbalance ratio is {ratio}, must be between 1 and {counts.min() / 2:g} for this training set")
    kept = np.rint(counts.min() * ratio ** (-np.arange(loaded.classes) / max(loaded.classes - 1, 1))).astype(int)
    rows = np.concatenate([np.flatnonzero(loaded.train_labels == c)[: kept[c]] for c in range(loaded.classes)])
    rows.sort()
    train = (loaded.train_inputs[rows], loaded.train_labels[rows])
    return DataSet(loaded.name, *train, loaded.test_inputs, loaded.test_labels, loaded.classes)
