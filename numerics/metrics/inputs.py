"""What the metrics accept, checked once: features (N, d), labels (N,) of class indices, weight (K, d), bias (K,).

Every mistake of the caller becomes a MetricError whose message names the value and the way out. Non-finite features
are not searched for: the row norms that every metric needs anyway reveal them, and only then are they counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import is_array_api_obj

from numerics.metrics.arrays import Array, host, is_torch, namespace
from theory.errors import UsersMistake

SYMBOLS = {"features": "(samples, dimension)", "weight": "(classes, dimension)"}


class MetricError(UsersMistake):
    """Input from which a metric cannot be measured; the message names the value and the way out."""


def plain(array: Any) -> Array:
    """A NumPy array as it is, a tensor detached, anything else as NumPy makes it.

    A full-precision tensor in main memory is seen through NumPy without a copy: blocks of a few megabytes gain nothing
    from torch's threads and lose much where cores are shared.
    """
    if not is_array_api_obj(array):
        return np.asarray(array)
    if not is_torch(array):
        return array
    array = array.detach()
    return array.numpy() if array.device.type == "cpu" and array.dtype.itemsize >= 4 else array


def matrix(array: Any, name: str, columns: int | None = None) -> Array:
    """A non-empty real matrix. Raises MetricError for another shape, a complex, boolean or object dtype, no entry, and
    a number of columns other than `columns`."""
    array = plain(array)
    shape = tuple(array.shape)
    if len(shape) != 2:
        raise MetricError(f"{name} has shape {shape}, must be {SYMBOLS[name]}; flatten tokens and pixels into rows")
    if 0 in shape:
        raise MetricError(f"{name} has shape {shape}, must hold at least one row and one column; the loader gave none")
    if not _is_real(array):
        raise MetricError(f"{name} has dtype {array.dtype}, must be real numbers; convert it to float32 or float64")
    if columns is not None and shape[1] != columns:
        raise MetricError(f"{name} has {shape[1]} columns, must have {columns}; keep to one layer and its own head")
    return array


def _is_real(array: Array) -> bool:
    if isinstance(array, np.ndarray):
        return array.dtype.kind in "fiu"
    return namespace(array).isdtype(array.dtype, ("real floating", "integral"))


def class_indices(labels: Any, samples: int, classes: int | None = None) -> np.ndarray:
    """The labels as an int64 array of shape (samples,) on the host.

    Raises MetricError for one-hot or float labels, a wrong number of them, and labels outside 0 .. classes - 1.
    """
    labels = plain(labels)
    shape, dtype = tuple(labels.shape), labels.dtype
    labels = np.asarray(labels.cpu() if is_torch(labels) else labels)
    if len(shape) != 1:
        raise MetricError(f"labels has shape {shape}, must be (samples,); turn one-hot rows into labels.argmax(1)")
    if labels.dtype.kind not in "iu":
        raise MetricError(f"labels has dtype {dtype}, must be integer class indices; convert with labels.astype(int)")
    if len(labels) != samples:
        raise MetricError(f"labels has {len(labels)} entries, must be {samples}, one for each row of features")
    labels = labels.astype(np.int64, copy=False)
    if len(labels) and labels.min() < 0:
        raise MetricError(f"labels holds {labels.min()}, must be at least 0; drop or map the ignored samples first")
    if classes is not None and len(labels) and labels.max() >= classes:
        raise MetricError(f"labels holds {labels.max()}, must be below {classes}, the number of classes; count from 0")
    return labels


def head(weight: Any, bias: Any = None, dimension: int | None = None) -> tuple[Array, np.ndarray]:
    """The head's weight as given (checked) and its bias in float64 on the host (zeros when there is none)."""
    weight = matrix(weight, "weight")
    classes, columns = weight.shape
    if dimension is not None and columns != dimension:
        turned = "; pass weight.T" if classes == dimension else "; pass the head that reads these features"
        raise MetricError(f"weight has shape {tuple(weight.shape)}, must be (classes, {dimension}){turned}")
    if classes < 2:
        raise MetricError("weight has 1 row, must have at least 2 classes; give a logistic head a second row of zeros")
    bias = np.zeros(classes) if bias is None else host(plain(bias))
    if bias.shape != (classes,):
        raise MetricError(f"bias has shape {bias.shape}, must be ({classes},), one entry for each row of weight")
    finite = namespace(weight).isfinite(weight)
    if not bool(finite.all()) or not np.isfinite(bias).all():
        count = int((~finite).sum()) + int((~np.isfinite(bias)).sum())
        raise MetricError(f"the head holds {count} NaN or infinite entries, must be finite; the training has diverged")
    return weight, bias


def refuse_non_finite(features: Array, name: str = "features", rows: int = 4096) -> None:
    """Raise MetricError if `features` holds NaN or infinite entries: how many, and the first row that does."""
    wrong, first = 0, None
    for start in range(0, features.shape[0], rows):
        block = features[start : start + rows, :]
        bad = ~namespace(block).isfinite(block)
        bad = np.asarray(bad.cpu() if is_torch(bad) else bad)
        wrong += int(bad.sum())
        if first is None and bad.any():
            first = start + int(np.argmax(bad.any(axis=1)))
    if wrong:
        raise MetricError(
            f"{name} holds {wrong} NaN or infinite entries (first in row {first}), must be finite; "
            "drop those samples or look where the network overflows"
        )


def present_classes(counts: np.ndarray, needed: int = 2) -> None:
    """Raise MetricError unless every class has a sample and there are at least `needed` classes."""
    if len(counts) >= needed and counts.all():
        return
    absent = np.flatnonzero(counts == 0)
    if len(absent):
        names = ", ".join(map(str, absent[:5])) + (", ..." if len(absent) > 5 else "")
        raise MetricError(
            f"{len(absent)} of {len(counts)} classes have no sample (class {names}), must have at least one each; "
            "add samples, renumber the labels, or drop the absent classes with moments.present()"
        )
    if len(counts) < needed:
        raise MetricError(
            f"labels holds {len(counts)} class, must hold at least {needed}; between classes nothing varies"
        )
