"""Information about features estimated from samples, with the defects that such estimates have (they are measured in
the tests): for comparison only. The bounds of the ledger need none of them.

Kozachenko-Leonenko (1987):  h = psi(N) - psi(k) + log V_d + (d/N) sum_i log r_k(i), r_k the distance to the k-th
neighbour and V_d the volume of the unit ball; nats. A differential entropy: it is negative for concentrated features
and -inf at exact collapse. Its bias falls with N only like N^(-2/d).

Normalised HSIC (Cortes, Mohri, Rostamizadeh 2012, centred alignment):  <K_c, L_c> / (||K_c|| ||L_c||), K a Gaussian
kernel of the features at their median distance, L that of the classes. In [0, 1]; for independent labels it is not 0
but of the size 1/sqrt(N), and it depends on the width.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln
from sklearn.neighbors import NearestNeighbors

from numerics.metrics.arrays import host
from numerics.metrics.inputs import MetricError, matrix


def nearest_neighbour_entropy(features: Any, neighbours: int = 3) -> float:
    """Kozachenko-Leonenko estimate of h(features), features (N, d), in nats; -inf where `neighbours` coincide."""
    points = np.asarray(host(matrix(features, "features")), dtype=np.float64)
    samples, dimension = points.shape
    if not 1 <= neighbours < samples:
        raise MetricError(f"neighbours is {neighbours}, must be at least 1 and less than the {samples} samples")
    reach = NearestNeighbors(n_neighbors=neighbours + 1).fit(points).kneighbors(points)[0][:, -1]
    if not reach.all():
        return -math.inf
    ball = dimension / 2 * math.log(math.pi) - gammaln(dimension / 2 + 1)
    return float(digamma(samples) - digamma(neighbours) + ball + dimension * np.log(reach).mean())


def normalised_hsic(features: Any, labels: Any, width: float | None = None) -> float:
    """Centred kernel alignment of features (N, d) with the classes (N,); NaN where either does not vary."""
    points, labels = np.asarray(host(matrix(features, "features")), dtype=np.float64), np.asarray(host(labels))
    if labels.shape != points.shape[:1]:
        raise MetricError(f"labels have shape {labels.shape}, must be {points.shape[:1]}; give one for each sample")
    squares = np.square(points).sum(axis=1)
    squares = np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0.0)
    width = width or math.sqrt(float(np.median(squares[np.triu_indices(len(points), 1)]))) or 1.0
    first, second = (_centred(kernel) for kernel in (np.exp(-squares / (2 * width**2)), labels[:, None] == labels))
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.vdot(first, second)) / size if size > 1e-12 else math.nan


def _centred(kernel: np.ndarray) -> np.ndarray:
    rows = kernel - kernel.mean(axis=0)
    return rows - rows.mean(axis=1, keepdims=True)
