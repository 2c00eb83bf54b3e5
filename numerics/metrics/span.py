"""The span of the centred class means, where the pseudo-inverse of S_B lives; never a d x d pseudo-inverse.

With M (K, d) the rows mu_c - mu_G and M = A diag(s) V^T over its rank r <= min(K - 1, d):

    S_B = (1/K) V diag(s^2) V^T,     tr(S_W S_B^+)/K = (1/N) sum_j (1/s_j^2) sum_i <x_i - mu_{y_i}, v_j>^2

Singular values below 2 eps max(||mu_c||, s_1), eps the precision of the features, are rounding noise and count as zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numerics.metrics.class_moments import ClassMoments


@dataclass(frozen=True, slots=True)
class Span:
    """`basis` (r, d) orthonormal rows v_j, `scales` (r,) singular values s_j of the centred means."""

    basis: np.ndarray
    scales: np.ndarray

    @property
    def rank(self) -> int:
        return len(self.scales)


def span_of_means(moments: ClassMoments) -> Span:
    """The span of mu_c - mu_G; rank 0 when all class means coincide within rounding."""
    centred = moments.centred
    tall = len(centred) > 2 * centred.shape[1]
    scales, basis = np.linalg.svd(np.linalg.qr(centred, mode="r") if tall else centred, full_matrices=False)[1:]
    largest = max(float(scales[0]), float(np.sqrt(np.einsum("cd,cd->c", moments.means, moments.means).max())))
    kept = scales > 2 * moments.resolution * largest
    kept[max(len(centred) - 1, 1) :] = False
    return Span(basis[kept], scales[kept])


def nc1_from_projections(squares: np.ndarray, scales: np.ndarray, samples: int, within: float) -> float:
    """tr(S_W S_B^+)/K from sum_i <x_i - mu, v_j>^2 (r,). Infinite where S_B = 0 but S_W is not, NaN where both are."""
    if len(scales) == 0:
        return float("inf") if within > 0 else float("nan")
    return float((squares / scales**2).sum() / samples)
