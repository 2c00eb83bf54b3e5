"""Information about features estimated from samples, with the defects that such estimates have (they are measured in
the tests): for comparison only. The bounds of the ledger need none of them.

Kozachenko-Leonenko (1987):  h = psi(N) - psi(k) + log V_d + (d/N) sum_i log r_k(i), r_k the distance to the k-th
neighbour and V_d the volume of the unit ball; nats. A differential entropy: it is negative for concentrated features
and -inf at exact collapse. Its bias falls with N only like N^(-2/d).

Centred alignment (Cortes, Mohri, Rostamizadeh 2012):  <K_c, L_c> / (||K_c|| ||L_c||), K a Gaussian kernel of the
features at their median distance, L that of the classes. In [0, 1]; for independent labels it is not 0 but of the size
1/sqrt(N), and it depends on the width.

Normalised HSIC (Fukumizu, Gretton, Sun, Schoelkopf 2007; with the ridge and kernels of Sakamoto & Sato 2025):
tr(R_K R_L), R_K = K_c (K_c + ridge N I)^(-1). Between 0 and the smaller rank of the two centred kernels. Where the
ridge is small against the eigenvalues of K_c, R_K is nearly the projection to all that is centred, and the value nearly
the rank of L_c, whether the two depend on each other or not.
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


def centred_alignment(features: Any, labels: Any, width: float | None = None) -> float:
    """Centred kernel alignment of features (N, d) with the classes (N,); NaN where either does not vary.

    `width` of the Gaussian kernel: the median distance where none is given. Raises MetricError for labels (M,), M != N.
    """
    points = np.asarray(host(matrix(features, "features")), dtype=np.float64)
    squares = _squared_distances(points)
    width = width or math.sqrt(float(np.median(squares[np.triu_indices(len(points), 1)]))) or 1.0
    first, second = _centred(np.exp(-squares / (2 * width**2))), _centred(class_kernel(labels, len(points)))
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.vdot(first, second)) / size if size > 1e-12 else math.nan


def normalised_hsic(first: np.ndarray, second: np.ndarray, ridge: float = 1e-5) -> float:
    """tr(R_K R_L) of two kernel matrices (N, N), symmetric and positive semidefinite; `ridge` is per sample.

    Raises MetricError where the shapes differ or the ridge is not positive."""
    first, second = regularised(first, ridge), regularised(second, ridge)
    if first.shape != second.shape:
        raise MetricError(f"kernels have shapes {first.shape} and {second.shape}, must be of the same samples")
    return float(np.vdot(first, second))


def regularised(kernel: np.ndarray, ridge: float = 1e-5) -> np.ndarray:
    """R_K = K_c (K_c + ridge N I)^(-1) of a kernel matrix (N, N), from eigenvalues: no system is ill-conditioned.

    Raises MetricError for another shape and for a ridge that is not positive."""
    kernel = np.asarray(kernel, dtype=np.float64)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1]:
        raise MetricError(f"kernel has shape {kernel.shape}, must be (N, N)")
    if not ridge > 0:
        raise MetricError(f"ridge is {ridge}, must be > 0; the published one is 1e-5")
    values, axes = np.linalg.eigh(_centred(kernel))
    values = np.maximum(values, 0.0)
    return (axes * (values / (values + ridge * len(kernel)))) @ axes.T


def gaussian_kernel(points: Any, width: float = 5.0) -> np.ndarray:
    """exp(-||x_i - x_j||^2/(2 width^2)) of points (N, d): (N, N) in float64. 5 is the published width."""
    points = np.asarray(host(matrix(points, "points")), dtype=np.float64)
    return np.exp(-_squared_distances(points) / (2 * width**2))


def class_kernel(labels: Any, samples: int) -> np.ndarray:
    """The linear kernel of one-hot labels (N,): 1 where two samples share their class. Raises MetricError."""
    labels = np.asarray(host(labels))
    if labels.shape != (samples,):
        raise MetricError(f"labels have shape {labels.shape}, must be {(samples,)}; give one for each sample")
    return (labels[:, None] == labels).astype(np.float64)


def _squared_distances(points: np.ndarray) -> np.ndarray:
    squares = np.square(points).sum(axis=1)
    return np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0.0)


def _centred(kernel: np.ndarray) -> np.ndarray:
    rows = kernel - kernel.mean(axis=0)
    return rows - rows.mean(axis=1, keepdims=True)
