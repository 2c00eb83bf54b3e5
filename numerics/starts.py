"""Where simulations start: simplex frames, orthogonal frames and Gaussian blocks."""

from __future__ import annotations

import numpy as np


def random_frame(dimension: int, vectors: int, rng: np.random.Generator) -> np.ndarray:
    """`vectors` orthonormal columns in R^dimension, uniformly rotated; shape (dimension, vectors)."""
    frame, upper = np.linalg.qr(rng.standard_normal((dimension, vectors)))
    return frame * np.sign(np.diag(upper))


def simplex_frame(dimension: int, classes: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """K unit columns with inner products -1/(K-1), shape (d, K), d >= K - 1; randomly rotated when `rng` is given."""
    centred = np.eye(classes) - 1 / classes
    basis = np.linalg.svd(centred)[0][:, : classes - 1]
    simplex = np.sqrt(classes / (classes - 1)) * basis.T
    if rng is None:
        return np.concatenate([simplex, np.zeros((dimension - classes + 1, classes))])
    return random_frame(dimension, classes - 1, rng) @ simplex


def collapsed_blocks(frame: np.ndarray, counts: list[int], head: float, feature: float) -> tuple[np.ndarray, ...]:
    """W = head M^T and H = feature M (x) 1^T for the columns M of `frame` (d, K)."""
    return head * frame.T, feature * np.repeat(frame, counts, axis=1)


def gaussian_blocks(shapes: list[tuple[int, int]], scale: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Independent N(0, scale^2) entries."""
    return tuple(scale * rng.standard_normal(shape) for shape in shapes)
