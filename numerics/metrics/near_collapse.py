"""Two-sided bounds on relative flatness from the head's distances and p_y: the claim near_collapse_flatness, measured.

    flatness_collapse_lower  D_- E[omega p_y (1 - p_y)]
    flatness_collapse_upper  D_+/(2(K-1)) E[omega (1 - p_y)(K - 2 + K p_y)]     kappa itself at exact collapse
    flatness_pair_lower      E[omega p_y S_y],   S_y = sum_{s != y} p_s ||w_s - w_y||^2
    flatness_pair_upper      E[omega S_y]

omega = ||phi||^2, D_- <= ||w_s - w_t||^2 <= D_+ for s != t. Everything goes through the log odds of the wrong classes,
o = log sum_{s != y} exp(z_s - z_y): log p_y = -softplus(o), log(1 - p_y) = -softplus(-o). So nothing cancels at any
confidence, and a value underflows only where the true one does. Exact about kappa whatever the labels are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.metrics.arrays import Array, host, namespace, placed
from numerics.metrics.blocks import over_blocks
from numerics.metrics.head import Head
from numerics.metrics.inputs import MetricError, class_indices, matrix
from numerics.metrics.shifted_sums import measured
from numerics.metrics.softmax_rows import SoftmaxRows

NAMES = ("flatness_collapse_lower", "flatness_collapse_upper", "flatness_pair_lower", "flatness_pair_upper")


def near_collapse_bounds(weight: Any, features: Any, labels: Any, bias: Any = None) -> dict[str, float]:
    """The four bounds by name, for weight (K, d), features (N, d), labels (N,), bias (K,); dense heads only.

    Raises MetricError for malformed or non-finite input and for more than 2048 classes.
    """
    features = matrix(features, "features")
    head = Head.of(weight, bias, features.shape[1])
    if not head.dense:
        raise MetricError(f"weight has {head.classes} rows, must have at most 2048; all pairs of rows are compared")
    labels = class_indices(labels, features.shape[0], head.classes)
    total = np.zeros(len(NAMES))

    def work(rows: slice) -> np.ndarray:
        block, squares = measured(features, rows)
        return bound_sums(head.logits(block, float(squares.max()) ** 0.5), squares, labels[rows], head)

    over_blocks(work, features, total.__iadd__)
    return named(total, features.shape[0])


def named(sums: np.ndarray, samples: int) -> dict[str, float]:
    return {name: float(value) / samples for name, value in zip(NAMES, sums, strict=True)}


def row_sums(rows: SoftmaxRows, squares: Array, head: Head) -> np.ndarray:
    """The sums of `bound_sums` from softmax rows at hand, linear: for blocks in which nothing is about to underflow."""
    xp = namespace(squares)
    right, wrong = xp.exp(-rows.loss), squares * rows.wrong
    spread = (head.classes - 2 + head.classes * right) / (2 * (head.classes - 1))
    closest, furthest = head.extremes
    pull = squares * rows.pull
    sums = closest * _total(wrong * right), furthest * _total(wrong * spread), _total(pull * right), _total(pull)
    return np.asarray(sums)


def bound_sums(logits: Array, squares: Array, labels: np.ndarray, head: Head) -> np.ndarray:
    """Sums over one block of the four bounds, in the order of NAMES: logits (K, m), kept, and ||phi||^2 (m,)."""
    xp = namespace(logits)
    chosen = placed(labels, logits, xp.int64)
    distances = head.on(logits, "distances")
    log_right, log_wrong, reach = _label_side(xp.asarray(logits, copy=True), chosen, distances)
    with np.errstate(divide="ignore"):
        log_weight = xp.log(xp.astype(squares, logits.dtype))
        log_reach = xp.log(reach)
    wrong, right = log_wrong + log_weight, xp.exp(log_right)
    spread = (head.classes - 2 + head.classes * right) / (2 * (head.classes - 1))
    closest, furthest = head.extremes
    with np.errstate(under="ignore"):
        lower, upper = xp.exp(wrong + log_right), xp.exp(wrong) * spread
        pairs = xp.exp(wrong + log_reach), xp.exp(wrong + log_reach + log_right)
        sums = [closest * _total(lower), furthest * _total(upper), _total(pairs[1]), _total(pairs[0])]
    return np.asarray(sums)


def _label_side(logits: Array, labels: Array, distances: Array) -> tuple[Array, Array, Array]:
    """log p_y, log(1 - p_y), and the mean of ||w_s - w_y||^2 over the wrong classes by their odds; logits are spent."""
    xp = namespace(logits)
    columns = xp.arange(logits.shape[1], device=None if isinstance(logits, np.ndarray) else logits.device)
    own = logits[labels, columns]
    logits[labels, columns] = -float("inf")
    peak = xp.max(logits, axis=0)
    with np.errstate(under="ignore"):
        powers = xp.exp(logits - peak)
        total = xp.sum(powers, axis=0)
        reach = xp.sum(xp.take(distances, labels, axis=1) * powers, axis=0) / total
        odds = peak - own + xp.log(total)
        tail = xp.log1p(xp.exp(-xp.abs(odds)))
    zero = xp.zeros_like(odds)
    return -xp.maximum(odds, zero) - tail, -xp.maximum(-odds, zero) - tail, reach


def _total(values: Array) -> float:
    return float(host(values).sum())
