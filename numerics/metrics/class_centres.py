"""Relative flatness about the class centres: the claim flatness_from_class_centres, measured on a last layer.

Per class, weights omega = ||phi||^2, centre m = weighted mean, r = softmax(W m + b), x_is = (w_s - w_bar).(phi_i - m):
    centre_flatness      (1/N) sum over classes of A tr Cov_r(w)  kappa of the network with every feature at its centre
    near_collapse_lower  the same, each class times exp(-2J),     J = mean loss - loss at the centre >= 0
    near_collapse_mgf    sum_i omega_i sum_s m_s min(r_s exp(x_is), 1)
    near_collapse_upper  A sum_s r_s m_s G(sigma_s^2, b_s),       b_s = min(max_i x_is, -log r_s)
with m_s = ||w_s - w_bar||^2 and G(v, b) = (b e^(-v/b) + (v/b) e^b)/(b + v/b). All agree with kappa at exact NC1, at any
logit scale. Beyond E||phi||^2 D^2 (1 - 1/K)/2 the upper ones say nothing: so it is before the data are fitted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.metrics.arrays import host
from numerics.metrics.head import Head
from numerics.metrics.inputs import class_indices, matrix, refuse_non_finite

NAMES = ("near_collapse_lower", "centre_flatness", "near_collapse_mgf", "near_collapse_upper")


def class_centre_bounds(weight: Any, features: Any, labels: Any, bias: Any = None) -> dict[str, float]:
    """The four by name, for weight (K, d), features (N, d), labels (N,), bias (K,), in float64 on the host.

    Raises MetricError for malformed or non-finite input. A class without samples or with zero features adds nothing.
    """
    features = matrix(features, "features")
    head = Head.of(weight, bias, features.shape[1])
    labels = class_indices(labels, features.shape[0], head.classes)
    refuse_non_finite(features)
    rows = host(features)
    total = np.zeros(len(NAMES))
    for cls in np.unique(labels):
        total += _class_sums(head, rows[labels == cls])
    return {name: float(value) / len(rows) for name, value in zip(NAMES, total, strict=True)}


def _class_sums(head: Head, features: np.ndarray) -> np.ndarray:
    squares = (features**2).sum(axis=1)
    mass = squares.sum()
    if mass == 0.0:
        return np.zeros(len(NAMES))
    share = squares / mass
    deviations = features - features[0]  # exact where the class has collapsed
    offset = share @ deviations
    deviations -= offset
    log_r = _log_softmax(head.rows @ (features[0] + offset) + head.bias)
    moves, distances = _moves(head.rows, log_r, deviations)
    with np.errstate(divide="ignore", under="ignore"):
        log_weight = log_r + np.log(distances) + np.log(mass)
        at_centre = np.exp(log_weight).sum()
        generating = (share @ np.exp(np.minimum(moves, -log_r) + log_weight)).sum()
        furthest = np.minimum(np.maximum(moves.max(axis=0), 0.0), -log_r)
        bennett = np.exp(log_weight + _log_two_point(share @ moves**2, furthest)).sum()
    excess_loss = max(float(share @ _log_normaliser(log_r, moves)), 0.0)
    return np.array([at_centre * np.exp(-2 * excess_loss), at_centre, generating, bennett])


def _moves(rows: np.ndarray, log_r: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x_is (n, K) and m_s = ||w_s - w_bar||^2 (K,), about the likeliest row, so that nothing cancels."""
    apart = rows - rows[log_r.argmax()]
    apart = apart - np.exp(log_r) @ apart
    return deviations @ apart.T, (apart**2).sum(axis=1)


def _log_normaliser(log_r: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """J_i = log sum_t r_t exp(x_it) (n,), the loss of a sample minus that at the centre, up to a term of mean 0."""
    terms = log_r + moves
    peak = terms.max(axis=1)
    return peak + np.log(np.exp(terms - peak[:, None]).sum(axis=1))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())


def _log_two_point(variance: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """log G(v, b): the largest mean of min(exp(X), e^b) over E X = 0, Var X = v; 0 where the variance is."""
    found = np.zeros_like(variance)
    spread = (variance > 0) & (reach > 0)
    b, a = reach[spread], variance[spread] / reach[spread]
    found[spread] = np.logaddexp(np.log(b) - a, np.log(a) + b) - np.log(a + b)
    return found
