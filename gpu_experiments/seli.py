"""The geometry of an imbalanced last layer: SELI, the simplex-encoded labels interpolation.

    Z = Y - J/K (K x N),  W W^T = (Z Z^T)^(1/2) = (A D A)^(1/2),
    M^T M = D^(-1/2) (D^(1/2) A D^(1/2))^(1/2) D^(-1/2),      A = I - J/K,  D = diag(class sizes)

(Thrampoulidis, Kini, Vakilian, Behnia 2022). For equal sizes both are multiples of A, the simplex frame.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def grams(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(W W^T, M^T M) up to scale, each (K, K), from class sizes (K,), all positive."""
    classes = len(sizes)
    centring = np.eye(classes) - 1 / classes
    head = _root(centring @ np.diag(sizes) @ centring)
    half = np.sqrt(sizes)
    means = _root(half[:, None] * centring * half) / half[:, None] / half
    return head, centring @ means @ centring


def _root(symmetric: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((symmetric + symmetric.T) / 2)
    values = np.where(values > 1e-13 * values.max(), values, 0)  # rounding of the null direction, not a square
    return (vectors * np.sqrt(values)) @ vectors.T


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Frobenius distance of two Gram matrices after each is scaled to norm 1."""
    return float(np.linalg.norm(first / np.linalg.norm(first) - second / np.linalg.norm(second)))


def observe(features: Tensor, labels: Tensor, weight: Tensor) -> dict[str, float]:
    """Distances of head and class means, both centred over the classes, to SELI and to the simplex frame; the cosine of
    the heads of the two smallest classes (1 at minority collapse). Every class needs a sample."""
    sizes = torch.bincount(labels, minlength=len(weight)).cpu().double().numpy()
    sums = torch.zeros(len(weight), features.shape[1], dtype=torch.float64)
    means = sums.index_add(0, labels.cpu(), features.detach().cpu().double()).numpy() / sizes[:, None]
    rows = weight.detach().cpu().double().numpy()
    rows, means = rows - rows.mean(0), means - means.mean(0)
    wanted_head, wanted_means = grams(sizes)
    frame = np.eye(len(sizes)) - 1 / len(sizes)
    smallest = np.argsort(sizes)[:2]
    a, b = rows[smallest]
    return {
        "seli_distance_head": distance(rows @ rows.T, wanted_head),
        "seli_distance_means": distance(means @ means.T, wanted_means),
        "simplex_distance_head": distance(rows @ rows.T, frame),
        "simplex_distance_means": distance(means @ means.T, frame),
        "minority_cosine": float(a @ b / np.sqrt((a @ a) * (b @ b))),
    }
