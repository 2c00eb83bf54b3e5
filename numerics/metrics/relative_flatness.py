"""Relative flatness, exact, without a Hessian; and what the loss says about it.

    kappa = sum_{s,s'} <w_s, w_s'> Tr H_{s,s'},   H the Hessian of the empirical risk in the last layer W
    cross-entropy:        H = E[(diag p - p p^T) (x) phi phi^T]   =>   kappa = E[ ||phi||^2 tr Cov_{s~p}(w_s) ]
    mean squared error:   H = scale I_K (x) E[phi phi^T]          =>   kappa = scale ||W||_F^2 E||phi||^2

The definition is Petzka et al. 2021 (Han et al. 2025, Definition 3.2); a small kappa is flat. Shapes everywhere:
weight (K, d), features (N, d), labels (N,), bias (K,). All raise MetricError for malformed or non-finite input.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.metrics.arrays import Array, host
from numerics.metrics.blocks import over_blocks
from numerics.metrics.head import Head
from numerics.metrics.head_stream import HeadStream
from numerics.metrics.inputs import MetricError, class_indices, head, matrix
from numerics.metrics.shifted_sums import measured
from numerics.metrics.softmax_rows import TINY, exponential_sum, log_variance, softmax_variance, weighted_sum

REDUCTIONS = ("mean", "sum", "sample_mean", "half_sample_mean")


def relative_flatness(
    weight: Any, features: Any, bias: Any = None, loss: str = "cross_entropy", reduction: str = "mean"
) -> float:
    """kappa of the last layer under `loss`: "cross_entropy" (softmax, mean over samples) or "mse".

    `reduction` matters for "mse" only and names how the squared error is reduced; see `squared_error_scale`.
    """
    if loss == "mse":
        samples = matrix(features, "features").shape[0]
        classes = matrix(weight, "weight").shape[0]
        return ridge_flatness(weight, features, squared_error_scale(reduction, classes, samples))
    if loss != "cross_entropy":
        raise MetricError(f'loss is {loss!r}, must be "cross_entropy" or "mse"; kappa depends on which')
    features = matrix(features, "features")
    built = Head.of(weight, bias, features.shape[1])
    if not built.dense:
        return _streamed(built, features)["relative_flatness"]
    built.prepare()
    total = 0.0

    def add(part: float) -> None:
        nonlocal total
        total += part

    over_blocks(lambda rows: _block_flatness(built, *measured(features, rows)), features, add)
    return total / features.shape[0]


def _block_flatness(built: Head, block: Array, squares: Array) -> float:
    """sum ||phi||^2 tr Cov_p(w) over one block: what HeadStream sums, without anything beside it."""
    logits = built.logits(block, float(squares.max()) ** 0.5)
    total = weighted_sum(squares, softmax_variance(logits, built.on(logits, "distances")))
    if 0 < total < TINY or (total == 0 and float(squares.max()) > 0):
        return exponential_sum(log_variance(host(logits), built.distances), host(squares))
    return total


def ridge_flatness(weight: Any, features: Any, scale: float) -> float:
    """scale ||W||_F^2 E||phi||^2, the relative flatness under a squared error with Hessian scale I (x) E[phi phi^T]."""
    rows, features = host(head(weight)[0]), matrix(features, "features")
    if features.shape[1] != rows.shape[1]:
        raise MetricError(f"weight has shape {rows.shape}, must be (classes, {features.shape[1]}); pass its own head")
    squares: list[float] = []
    over_blocks(lambda part: float(measured(features, part)[1].sum()), features, squares.append)
    return scale * float(np.einsum("kd,kd->", rows, rows)) * sum(squares) / features.shape[0]


def squared_error_scale(reduction: str, classes: int, samples: int) -> float:
    """The factor of I_K (x) E[phi phi^T] in the Hessian of a squared error, by its reduction over N x K residuals r:

    "mean"              (1/(N K)) sum r^2   torch's mse_loss by default      2/K
    "sum"               sum r^2             torch's reduction="sum"          2 N
    "sample_mean"       (1/N) sum r^2                                        2
    "half_sample_mean"  (1/(2N)) sum r^2    unconstrained-features model     1
    """
    scales = dict(zip(REDUCTIONS, (2 / classes, 2.0 * samples, 2.0, 1.0), strict=True))
    if reduction not in scales:
        raise MetricError(
            f"reduction is {reduction!r}, must be one of {', '.join(REDUCTIONS)}; as the loss was trained"
        )
    return scales[reduction]


def relative_flatness_surrogate(weight: Any, features: Any, bias: Any = None) -> float:
    """||W||_F^2 E[(1 - ||p||^2) ||phi||^2], the published surrogate, equal to ||W||_F^2 Tr H (Walter et al. 2024;
    Han et al. 2025, section 4). Never below kappa; not invariant under W -> W + 1 v^T."""
    return _streamed(weight, features, bias)["relative_flatness_surrogate"]


def flatness_loss_bound(weight: Any, features: Any, labels: Any, bias: Any = None) -> float:
    """E[ ||phi||^2 D_y^2 (1 - p_y) ] with D_y = max_s ||w_s - w_y||: never below kappa, whatever the network."""
    return _streamed(weight, features, bias, labels)["flatness_loss_bound"]


def mean_wrong_probability(weight: Any, features: Any, labels: Any, bias: Any = None) -> float:
    """E[1 - p_y], summed over the wrong classes, so exact when p_y rounds to 1."""
    return _streamed(weight, features, bias, labels)["mean_wrong_probability"]


def margins(weight: Any, features: Any, labels: Any, bias: Any = None) -> np.ndarray:
    """z_y - max_{s != y} z_s of each sample, shape (N,), float64 on the host."""
    features = matrix(features, "features")
    built = Head.of(weight, bias, features.shape[1])
    labels = class_indices(labels, features.shape[0], built.classes)

    def work(rows: slice) -> np.ndarray:
        block, squares = measured(features, rows)
        return logit_margins(host(built.logits(block, float(squares.max()) ** 0.5)).T, labels[rows])

    found: list[np.ndarray] = []
    over_blocks(work, features, found.append)
    return np.concatenate(found)


def logit_margins(logits: Any, labels: Any) -> np.ndarray:
    """z_y - max_{s != y} z_s of logits (N, K), K >= 2, with labels (N,): (N,), float64 on the host.

    Raises MetricError for malformed input and for a single class."""
    z = np.array(host(matrix(logits, "logits")), dtype=np.float64)
    if z.shape[1] < 2:
        raise MetricError(f"logits have {z.shape[1]} column, must have at least 2: a margin is over another class")
    chosen, rows = class_indices(labels, *z.shape), np.arange(len(z))
    own = z[rows, chosen].copy()
    z[rows, chosen] = -np.inf
    return own - z.max(axis=1)


def _streamed(weight: Any, features: Any, bias: Any = None, labels: Any = None) -> dict[str, float]:
    features = matrix(features, "features")
    stream = HeadStream(weight if isinstance(weight, Head) else Head.of(weight, bias, features.shape[1]))
    stream.update(features, labels, "features")
    return stream.value()
