"""Neural collapse, one canonical definition per metric; every other one in use is a named function in variants.

    S_W = (1/N) sum_i (x_i - mu_{y_i})(...)^T,   S_B = (1/K) sum_c (mu_c - mu_G)(...)^T,   mu_G the mean of class means

Each function takes (features (N, d), labels (N,)) or, in their place, the ClassMoments of a stream. A class with one
sample has no deviation and adds nothing to S_W; a class without samples is an error. A value that is not defined
(a cosine with a zero vector, 0/0) is NaN; all raise MetricError for malformed or non-finite input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from numerics.metrics.arrays import host
from numerics.metrics.class_moments import ClassMoments, class_moments
from numerics.metrics.head import Head, squared_distances
from numerics.metrics.inputs import MetricError, head, matrix, present_classes
from numerics.metrics.memory import TILE_ENTRIES
from numerics.metrics.second_pass import SecondPass
from numerics.metrics.span import nc1_from_projections, span_of_means


def moments_of(features: Any, labels: Any, classes: int | None = None) -> ClassMoments:
    """The moments given, or those of (features, labels); at least two classes, each with a sample."""
    given = isinstance(features, ClassMoments)
    moments = features if given else class_moments(features, labels, classes)
    present_classes(moments.counts)
    return moments


def nc1(features: Any, labels: Any = None) -> float:
    """tr(S_W S_B^+)/K (Papyan, Han, Donoho 2020), the pseudo-inverse taken in the span of the means; any K and d.

    Moments in place of features must hold their scatter. Infinite where all means coincide, NaN where all samples do.
    """
    moments = moments_of(features, labels)
    if not isinstance(features, ClassMoments):
        second = SecondPass(moments)
        second.update(features, labels)
        return second.value()["nc1"]
    if moments.scatter is None:
        raise MetricError("the moments hold no scatter, must hold it for nc1; use scatter=True or a SecondPass")
    span = span_of_means(moments)
    squares = np.einsum("jd,de,je->j", span.basis, moments.scatter, span.basis)
    return nc1_from_projections(squares, span.scales, moments.samples, moments.within)


def nc1_trace_ratio(features: Any, labels: Any = None) -> float:
    """tr S_W / tr S_B (Rupa 2026, section 3.1; Tirer and Bruna 2022)."""
    moments = moments_of(features, labels)
    return quotient(moments.within, moments.between)


def rnc1(features: Any, labels: Any = None) -> float:
    """tr S_W / max ||x||^2 (Sakamoto and Sato 2025, Definition 3.1 on a sample)."""
    moments = moments_of(features, labels)
    return quotient(moments.within, moments.norm_max**2)


def rnc1_mean_norm(features: Any, labels: Any = None) -> float:
    """tr S_W / (mean ||x||)^2 (the code of Sakamoto and Sato 2025)."""
    moments = moments_of(features, labels)
    return quotient(moments.within, (moments.norm_sum / moments.samples) ** 2)


def cdnv(features: Any, labels: Any = None) -> float:
    """Mean over c != c' of (V_c + V_c')/(2 ||mu_c - mu_c'||^2), V_c = (1/n_c) sum ||x - mu_c||^2
    (Galanti, Gyorgy, Hutter 2022; the code of Han et al. 2025)."""
    moments = moments_of(features, labels)
    classes = len(moments.counts)
    return pair_variance(moments, moments.spreads / moments.counts) / (classes * (classes - 1))


def pair_variance(moments: ClassMoments, variances: np.ndarray) -> float:
    """Sum of (v_c + v_c')/(2 ||mu_c - mu_c'||^2) over ordered pairs c != c', a band of classes at a time."""
    total, classes = 0.0, len(moments.counts)
    for band, different in bands(classes):
        whole = band.stop - band.start == classes
        apart = moments.distances if whole else squared_distances(moments.means[band], moments.means)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = (variances[band, None] + variances) / (2 * apart)
        total += float(ratios[different].sum())
    return total


def bands(classes: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Bands of rows of a (K, K) matrix that fit TILE_ENTRIES, each with a mask of its entries off the diagonal."""
    rows = max(TILE_ENTRIES // classes, 1)
    for start in range(0, classes, rows):
        band = slice(start, min(start + rows, classes))
        yield band, np.arange(start, band.stop)[:, None] != np.arange(classes)


def nc2(features: Any, labels: Any = None) -> float:
    """|| G/||G||_F - (I - J/K)/sqrt(K-1) ||_F, G the Gram matrix of mu_c - mu_G (Zhu et al. 2021, on means).

    Raises MetricError where d < K - 1: no simplex frame of K vectors fits there, so nothing could collapse onto it.
    """
    moments = moments_of(features, labels)
    needs_room(*moments.means.shape, "nc2")
    return frame_distance(moments.centred @ moments.centred.T)


def needs_room(classes: int, dimension: int, name: str) -> None:
    if dimension < classes - 1:
        raise MetricError(
            f"{name} has dimension {dimension}, must be at least {classes - 1} for {classes} classes, where a simplex "
            "frame fits; look at nc2_equinorm and the coherence of the means instead"
        )


def frame_distance(matrix: np.ndarray) -> float:
    """Frobenius distance of a (K, K) matrix, normalised, to the normalised Gram matrix of the simplex frame."""
    classes, size = len(matrix), np.linalg.norm(matrix)
    target = (np.eye(classes) - 1.0 / classes) / np.sqrt(classes - 1)
    return float(np.linalg.norm(matrix / size - target)) if size > 0 else float("nan")


def nc2_equinorm(features: Any, labels: Any = None) -> float:
    """Standard deviation over mean of ||mu_c - mu_G|| (Papyan, Han, Donoho 2020)."""
    norms = np.linalg.norm(moments_of(features, labels).centred, axis=1)
    return quotient(float(norms.std()), float(norms.mean()))


def nc2_equiangle(features: Any, labels: Any = None) -> float:
    """Mean over c != c' of |cos(mu_c - mu_G, mu_c' - mu_G) + 1/(K-1)| (Papyan, Han, Donoho 2020; Rupa 2026)."""
    unit = unit_rows(moments_of(features, labels).centred)
    classes, total = len(unit), 0.0
    for band, different in bands(classes):
        total += float(np.abs((unit[band] @ unit.T)[different] + 1 / (classes - 1)).sum())
    return total / (classes * (classes - 1))


def nc3(features: Any, labels: Any, weight: Any) -> float:
    """Mean over c of 1 - cos(w_c, mu_c - mu_G), w_c the rows of weight (K, d) as they are (Rupa 2026, section 3.1)."""
    rows, centred = head_and_means(features, labels, weight)
    return float(1 - np.einsum("cd,cd->c", unit_rows(rows), unit_rows(centred)).mean())


def head_and_means(features: Any, labels: Any, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows w_c and mu_c - mu_G of the classes of the moments, both (K, d)."""
    rows = host(head(weight)[0])
    moments = moments_of(features, labels, len(rows))
    if moments.means.shape[1] != rows.shape[1] or moments.classes.max() >= len(rows):
        raise MetricError(f"weight has shape {rows.shape}, must be (classes, {moments.means.shape[1]}); pass its head")
    return rows[moments.classes], moments.centred


def head_scale(features: Any, labels: Any, weight: Any) -> float:
    """The least-squares lambda in w_c - w_bar = lambda (mu_c - mu_G); NaN where the means coincide."""
    rows, centred = head_and_means(features, labels, weight)
    return quotient(float(((rows - rows.mean(axis=0)) * centred).sum()), float((centred**2).sum()))


def nc4(features: Any, labels: Any, weight: Any, bias: Any = None) -> float:
    """Share of samples where argmax_c w_c x + b_c differs from argmin_c ||x - mu_c|| (Papyan, Han, Donoho 2020)."""
    features = matrix(features, "features")
    built = Head.of(weight, bias, features.shape[1])
    second = SecondPass(moments_of(features, labels, built.classes), built)
    second.update(features, labels)
    return second.value()["nc4"]


def feature_norm(features: Any) -> float:
    """Mean ||x|| (Rupa 2026, section 3.1)."""
    moments = one_class(features)
    return moments.norm_sum / moments.samples


def feature_norm_max(features: Any) -> float:
    """max ||x||, the B_g of Sakamoto and Sato 2025."""
    return one_class(features).norm_max


def feature_norm_rms(features: Any) -> float:
    """sqrt(mean ||x||^2)."""
    moments = one_class(features)
    return (moments.square_sum / moments.samples) ** 0.5


def one_class(features: Any) -> ClassMoments:
    if isinstance(features, ClassMoments):
        return features
    features = matrix(features, "features")
    return class_moments(features, np.zeros(features.shape[0], dtype=np.int64))


def collapsed_norm(features: Any, labels: Any = None) -> float:
    """Mean over classes of ||mu_c - mu_G||, the M of an exactly collapsed network."""
    return float(np.linalg.norm(moments_of(features, labels).centred, axis=1).mean())


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Rows over their norms; a zero row becomes NaN."""
    with np.errstate(invalid="ignore"):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def quotient(above: float, below: float) -> float:
    """above/below; infinite for x/0 and NaN for 0/0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(above) / np.float64(below))
