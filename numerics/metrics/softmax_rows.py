"""What the softmax of one row of logits says about a head, without cancellation at any confidence.

    tr Cov_p(w) = (1/2) sum_{s,t} p_s p_t ||w_s - w_t||^2          (only positive terms)
    1 - p_y     = sum_{s != y} e_s / sum_s e_s,   e_s = exp(z_s - max z)
    1 - ||p||^2 = (2 r + r^2 - sum_{s != a} e_s^2) / (1 + r)^2,   r = sum_{s != a} e_s,  a the largest class

The textbook form sum p ||w||^2 - ||sum p w||^2 loses every digit at collapse. Below 1e-280 the sums are taken again in
log space, so that a result underflows only where its true value does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numerics.metrics.arrays import Array, namespace, product

TINY = 1e-280


@dataclass(frozen=True, slots=True)
class SoftmaxRows:
    """Per sample (m,): the largest class `top`, tr Cov_p(w) as `variance`, 1 - ||p||^2 as `impurity`, and, where
    labels were given, 1 - p_y as `wrong`, -log p_y as `loss`, z_y - max_{s != y} z_s as `margin` and
    sum_s p_s ||w_s - w_y||^2 as `pull`."""

    top: Array
    variance: Array
    impurity: Array
    wrong: Array | None = None
    loss: Array | None = None
    margin: Array | None = None
    pull: Array | None = None


def softmax_rows(logits: Array, distances: Array, labels: Array | None = None) -> SoftmaxRows:
    """From logits (K, m), one column per sample, and squared distances (K, K) between the head's rows.

    `logits` is kept. `labels` (m,) are class indices on the same device.
    """
    xp = namespace(logits)
    columns = xp.arange(logits.shape[1], device=None if isinstance(logits, np.ndarray) else logits.device)
    top = xp.argmax(logits, axis=0)
    peak = logits[top, columns]
    powers = xp.exp(logits - peak)
    pulls = product(distances, powers)
    pull = None if labels is None else pulls[labels, columns]
    pulls *= powers
    pairs = xp.sum(pulls, axis=0) / 2
    powers[top, columns] = 0.0
    rest = xp.sum(powers, axis=0)
    total = 1.0 + rest
    behind = None if labels is None else logits[labels, columns] - peak
    own = None if labels is None else powers[labels, columns]
    powers *= powers
    impurity = (2 * rest + rest * rest - xp.sum(powers, axis=0)) / total**2
    if labels is None:
        return SoftmaxRows(top, pairs / total**2, impurity)
    hit = top == labels
    wrong = xp.where(hit, rest, total - own) / total
    logits[top, columns] = -float("inf")
    margin = xp.where(hit, peak - xp.max(logits, axis=0), behind)
    logits[top, columns] = peak
    return SoftmaxRows(top, pairs / total**2, impurity, wrong, xp.log1p(rest) - behind, margin, pull / total)


def softmax_variance(logits: Array, distances: Array) -> Array:
    """tr Cov_p(w) alone, (m,), from logits (K, m) and squared distances (K, K)."""
    xp = namespace(logits)
    powers = xp.exp(logits - xp.max(logits, axis=0))
    pulls = product(distances, powers)
    pulls *= powers
    return xp.sum(pulls, axis=0) / (2 * xp.sum(powers, axis=0) ** 2)


def weighted_sum(weights: Array, values: Array) -> float:
    return float(namespace(values).sum(weights * values))


def log_variance(logits: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """log tr Cov_p(w) of each column of logits (K, m), exact where the variance itself underflows."""
    log_p = logits - log_sum(logits)
    with np.errstate(divide="ignore"):
        log_distances = np.log(distances)
    rows = [log_p[s] + log_sum(log_p + log_distances[:, s, None]) for s in range(len(logits))]
    return log_sum(np.stack(rows)) - np.log(2.0)


def log_impurity(logits: np.ndarray) -> np.ndarray:
    """log(1 - ||p||^2) of each column, the same sum with every distance 2 between different classes."""
    return log_variance(logits, 2.0 * (1.0 - np.eye(len(logits))))


def log_wrong(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log(1 - p_y) of each column."""
    others = logits.copy()
    others[labels, np.arange(len(labels))] = -np.inf
    return log_sum(others) - log_sum(logits)


def log_sum(values: np.ndarray) -> np.ndarray:
    """log sum exp over the first axis; -inf where every entry is."""
    peak = values.max(axis=0)
    safe = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.exp(values - safe).sum(axis=0))


def exponential_sum(log_values: np.ndarray, weights: np.ndarray) -> float:
    """sum weights exp(log_values), underflowing only if the sum does."""
    with np.errstate(divide="ignore", under="ignore"):
        return float(np.exp(log_sum(log_values + np.log(weights))))
