"""The other definitions in use, each under a name of its own, so that no label ever stands for two of them.

Canonical definitions are in `collapse` and `relative_flatness`. Shapes as everywhere: features (N, d), labels (N,),
weight (K, d), bias (K,); moments of a stream may stand in for (features, labels). All raise MetricError.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.metrics import collapse
from numerics.metrics.arrays import host
from numerics.metrics.collapse import frame_distance, head_and_means, moments_of, needs_room, pair_variance, quotient
from numerics.metrics.head import Head
from numerics.metrics.inputs import head, matrix, refuse_non_finite
from numerics.metrics.relative_flatness import relative_flatness, relative_flatness_surrogate


def nc1_without_classes(features: Any, labels: Any = None) -> float:
    """tr(S_W S_B^+), K times the canonical nc1 (several codes drop the 1/K of Papyan, Han, Donoho 2020)."""
    classes = len(moments_of(features, labels).counts)
    return classes * collapse.nc1(features, labels)


def nc1_trace_ratio_of_samples(features: Any, labels: Any = None) -> float:
    """tr S_W / tr S_B with S_B = (1/N) sum_c n_c (mu_c - m)(...)^T about the mean m of the samples, not of the classes:
    the textbook split of the total covariance. Equal to nc1_trace_ratio for balanced classes."""
    moments = moments_of(features, labels)
    apart = moments.means - global_mean_of_samples(moments)
    between = float((moments.counts * (apart**2).sum(axis=1)).sum() / moments.samples)
    return quotient(moments.within, between)


def global_mean_of_classes(features: Any, labels: Any = None) -> np.ndarray:
    """mu_G = (1/K) sum_c mu_c, shape (d,), the canonical centre."""
    return moments_of(features, labels).global_mean


def global_mean_of_samples(features: Any, labels: Any = None) -> np.ndarray:
    """(1/N) sum_i x_i = sum_c (n_c/N) mu_c, shape (d,)."""
    moments = moments_of(features, labels)
    return moments.counts @ moments.means / moments.samples


def cdnv_paper(features: Any, labels: Any = None) -> float:
    """sum over c != c' of (V_c + V_c')/(2 ||mu_c - mu_c'||^2) with class sums V_c = sum ||x - mu_c||^2, as printed in
    Han et al. 2025, Definition 3.1; it grows with the number of samples and of pairs."""
    moments = moments_of(features, labels)
    return pair_variance(moments, moments.spreads)


def cdnv_code(features: Any, labels: Any = None) -> float:
    """Mean over c != c' with class means V_c: what the code of Han et al. 2025 runs; the canonical cdnv."""
    return collapse.cdnv(features, labels)


def nc2_head(weight: Any) -> float:
    """|| W W^T/||W W^T||_F - (I - J/K)/sqrt(K-1) ||_F, on the head as it is (Zhu et al. 2021). Not gauge invariant."""
    rows = host(head(weight)[0])
    needs_room(*rows.shape, "nc2_head")
    return frame_distance(rows @ rows.T)


def nc2_condition_of_means(features: Any, labels: Any = None) -> float:
    """Condition number of the uncentred class means (Sakamoto and Sato 2025, section 2.1): 1 for an orthogonal frame,
    and infinite for a perfect centred simplex frame, so it measures something else than nc2."""
    means = moments_of(features, labels).means
    scales = np.linalg.svd(means, compute_uv=False)
    return quotient(float(scales[0]), float(scales[-1])) if len(scales) == len(means) else float("inf")


def nc3_frobenius(features: Any, labels: Any, weight: Any) -> float:
    """|| W M/||W M||_F - (I - J/K)/sqrt(K-1) ||_F with M the centred class means as columns (Zhu et al. 2021)."""
    rows, centred = head_and_means(features, labels, weight)
    needs_room(*rows.shape, "nc3_frobenius")
    return frame_distance(rows @ centred.T)


def nc3_normalised(features: Any, labels: Any, weight: Any) -> float:
    """|| W/||W||_F - M/||M||_F ||_F^2 with rows mu_c - mu_G (Papyan, Han, Donoho 2020)."""
    rows, centred = head_and_means(features, labels, weight)
    sizes = np.linalg.norm(rows), np.linalg.norm(centred)
    return float(((rows / sizes[0] - centred / sizes[1]) ** 2).sum()) if min(sizes) > 0 else float("nan")


def relative_flatness_per_dimension(weight: Any, features: Any, bias: Any = None) -> float:
    """kappa/d, the factor of Petzka et al. 2021, Theorem 5 (there kappa/(2 m), m the feature dimension)."""
    return relative_flatness(weight, features, bias) / matrix(features, "features").shape[1]


def hessian_trace(weight: Any, features: Any, bias: Any = None) -> float:
    """Tr H of the cross-entropy in the last layer, E[||phi||^2 (1 - ||p||^2)]."""
    return relative_flatness_surrogate(weight, features, bias) / Head.of(weight).square


def sharpness_with_square_norm(weight: Any, features: Any, bias: Any = None) -> float:
    """||W||_F^2 Tr H, the code's `sharpness2` (Walter et al. 2024): the published surrogate under its other name."""
    return relative_flatness_surrogate(weight, features, bias)


def sharpness_with_norm(weight: Any, features: Any, bias: Any = None) -> float:
    """||W||_F Tr H, the code's `sharpness` (Han et al. 2025); not invariant under (W/a, a phi)."""
    return relative_flatness_surrogate(weight, features, bias) / Head.of(weight).square ** 0.5


def relative_flatness_largest(weight: Any, features: Any, bias: Any = None, tolerance: float = 1e-10) -> float:
    """||W||_F^2 lambda_max(H), the worst-direction version (Petzka et al. 2021, section 3), by Lanczos on products
    V -> E[(diag p - p p^T) V phi phi^T]; H (K d x K d) is never formed."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    features = host(matrix(features, "features"))
    refuse_non_finite(features)
    built = Head.of(weight, bias, features.shape[1])
    logits = built.rows @ features.T + built.bias[:, None]
    top, columns = logits.argmax(axis=0), np.arange(len(features))
    powers = np.exp(logits - logits[top, columns])
    probabilities = powers / powers.sum(axis=0)

    def times_hessian(vector: np.ndarray) -> np.ndarray:
        moved = vector.reshape(built.rows.shape) @ features.T
        moved -= moved[top, columns]  # the gauge in which nothing cancels at collapse
        moved = probabilities * (moved - (probabilities * moved).sum(axis=0))
        return (moved @ features / len(features)).ravel()

    size = built.rows.size
    start = np.random.default_rng(0).standard_normal(size)
    if size <= 2:
        dense = np.stack([times_hessian(axis) for axis in np.eye(size)])
        return built.square * float(np.linalg.eigvalsh(dense)[-1])
    operator = LinearOperator((size, size), matvec=times_hessian, dtype=np.float64)
    return built.square * float(eigsh(operator, k=1, which="LA", tol=tolerance, v0=start)[0][0])
