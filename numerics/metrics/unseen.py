"""A bound on the error on unseen data from the margins of a held-out sample: the claim unseen_error, measured.

    T   = z_y - max_{k != y} z_k                          `margins` or `logit_margins`, of `numerics.metrics`
    X   = min(max(T/t_0, 0), 2)                           t_0 > 0 chosen without the held-out sample
    T_n = mean over the held-out sample of (X - 1)^2
    P[error] <= (c + sqrt(c^2 + T_n))^2,  c = 1/(2 sqrt(n delta)),  with probability 1 - delta over the n samples

The samples must be independent and from the law of which the error is meant; the network must not have seen them. A tie
of the right class with another one counts as an error.
"""

from __future__ import annotations

import numpy as np

from numerics.metrics.inputs import MetricError
from theory.statements.unseen_error import error_bound

SCALES = 64


def contraction(values: np.ndarray, scale: float) -> float:
    """T_n, the mean of (X - 1)^2 over margins (n,); in [0, 1]."""
    return float(np.square(np.clip(values / scale, 0.0, 2.0) - 1).mean())


def margin_scale(values: np.ndarray) -> float:
    """The t_0 of SCALES quantiles of the positive margins (n,) at which T_n is least; 1 where none is positive.

    To be taken from samples other than those that the bound is made from, the training samples for one."""
    positive = values[values > 0]
    if not len(positive):
        return 1.0
    return min(np.quantile(positive, np.linspace(0, 1, SCALES)), key=lambda scale: contraction(values, scale)).item()


def unseen_error_bound(values: np.ndarray, scale: float, delta: float = 0.05) -> float:
    """(c + sqrt(c^2 + T_n))^2 from held-out margins (n,); beyond 1 it says nothing.

    Raises MetricError for an empty sample, a scale that is not positive and finite, and delta outside (0, 1)."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise MetricError(f"margins have shape {values.shape}, must be (n,) with n >= 1, all of them finite")
    if not (0 < scale < np.inf):
        raise MetricError(f"scale is {scale}, must be > 0 and finite; margin_scale chooses one from training samples")
    if not 0 < delta < 1:
        raise MetricError(f"delta is {delta}, must lie between 0 and 1: the probability that the bound may fail")
    return float(error_bound(contraction(values, scale), len(values), delta))
