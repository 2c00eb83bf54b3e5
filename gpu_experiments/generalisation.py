"""Generalisation and bottleneck quantities along a run, for the distributions that the samples themselves are.

Cantelli (Sakamoto & Sato 2025, Theorem 3.2), on the test sample, T_ck = (w_c - w_k).g + b_c - b_k given y = c:

    test_error <= directional_bound = sum_c p(c) sum_{k != c} v_ck / (v_ck + max(m_ck, 0)^2),  m, v mean, variance of T
               <= cantelli_bound    = the same with ||w_c - w_k||^2 tr Cov(g | c) in place of v

Unseen data (unseen_error): scale and clipping from the training sample, its margins' contraction from the first half of
the test sample, which must be in random order, the error from the second half:

    unseen_error <= unseen_error_bound = (c + sqrt(c^2 + T_n))^2     with probability 1 - DELTA, but for the error's own
                                                                    sampling

Bottleneck (Theorem 3.4), on the training sample (the first 50 of each class), Z = g + s noise, s = SIGMA max||g||:

    superfluous_information_least = -mean_i log mean_j exp(-||g_i - g_j||^2/(8 s^2)), i and j in one class
                 <= I(Z;X|Y) = superfluous_information
                 <= bottleneck_logdet = mean_c (1/2) log det(Cov(g|c)/s^2 + I)
                 <= bottleneck_trace  = E||g - E[g|c]||^2 / (2 s^2)

The information is that of a mixture of Gaussians: the log-determinant minus a relative entropy that is estimated by
drawing, so it carries a sampling error; everything else is exact up to rounding, its lower bound too (Kolchinsky and
Tracey 2017, with Bhattacharyya distances). On the CPU, in nats.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from numerics.metrics import logit_margins, margin_scale, unseen_error_bound

INFORMATION = (
    "superfluous_information",
    "bottleneck_logdet",
    "bottleneck_trace",
    "superfluous_information_least",
)
SIGMA = 0.3
LARGEST_CLASS = 50
DRAWS = 2
DELTA = 0.05


def observe(
    train_features: Tensor,
    train_logits: Tensor,
    train_labels: Tensor,
    test_features: Tensor,
    test_logits: Tensor,
    test_labels: Tensor,
    weight: Tensor,
) -> dict[str, float]:
    """The observables above. Features (N, d), logits (N, K), labels (N,), weight (K, d)."""
    features, labels = test_features.detach().cpu(), test_labels.cpu()
    logits, rows = test_logits.detach().cpu().double(), weight.detach().cpu().double()
    error = 1 - float((logits.argmax(1) == labels).double().mean())
    return (
        {"test_error": error}
        | misclassification_bounds(features, logits, labels, rows)
        | unseen_error(train_logits.detach().cpu().double(), train_labels.cpu(), logits, labels)
        | superfluous_information(train_features.detach().cpu().double(), train_labels.cpu())
    )


def misclassification_bounds(features: Tensor, logits: Tensor, labels: Tensor, weight: Tensor) -> dict[str, float]:
    """Both union bounds on the error of the sample; classes without a sample have no share in it."""
    reach = (weight[:, None] - weight[None]).square().sum(2)
    directional = cantelli = 0.0
    for label in labels.unique().tolist():
        mine = labels == label
        margins = logits[mine, label, None] - logits[mine]
        mean, variance = margins.mean(0), margins.var(0, correction=0)
        total = (features[mine] - features[mine].mean(0)).square().sum(1).mean()
        share, others = mine.double().mean(), torch.arange(len(weight)) != label
        directional += float(share * _tail(variance, mean)[others].sum())
        cantelli += float(share * _tail(torch.maximum(reach[label] * total, variance), mean)[others].sum())
    return {"directional_bound": directional, "cantelli_bound": cantelli}


def unseen_error(
    train_logits: Tensor, train_labels: Tensor, test_logits: Tensor, test_labels: Tensor
) -> dict[str, float]:
    """The error on the second half of the test sample, and its bound from the first half and the training sample."""
    half = len(test_labels) // 2
    if half == 0:
        return {}
    scale = margin_scale(logit_margins(train_logits.numpy(), train_labels.numpy()))
    held_out = logit_margins(test_logits[:half].numpy(), test_labels[:half].numpy())
    wrong = test_logits[half:].argmax(1) != test_labels[half:]
    bound = unseen_error_bound(held_out, scale, DELTA)
    return {"unseen_error": float(wrong.double().mean()), "unseen_error_bound": bound}


def _tail(variance: Tensor, mean: Tensor) -> Tensor:
    """v / (v + m^2) where m > 0, else 1."""
    return torch.where(mean > 0, variance / (variance + mean.square()), 1.0)


def superfluous_information(features: Tensor, labels: Tensor) -> dict[str, float]:
    """I(Z;X|Y) and its three bounds, weighted by the share of each class in the sample that is used."""
    return mixture_information(*noisy_sample(features, labels))


def mixture_information(points: Tensor, labels: Tensor, noise: float) -> dict[str, float]:
    """The same for Z = point + noise, points (N, d) equally likely within their classes; zeros without noise."""
    total = np.zeros(len(INFORMATION))
    if noise == 0:
        return dict.fromkeys(INFORMATION, 0.0)
    for label in labels.unique().tolist():
        mine = points[labels == label]
        total += len(mine) / len(points) * np.array(_one_class(mine, noise, seed=label))
    return dict(zip(INFORMATION, total.tolist(), strict=True))


def noisy_sample(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, float]:
    """What the information is of: the first LARGEST_CLASS features (N, d) of each class, their labels (N,), and the
    deviation s of the noise on every coordinate; 0 where all features are 0."""
    chosen = torch.cat([torch.nonzero(labels == label).flatten()[:LARGEST_CLASS] for label in labels.unique()])
    return features[chosen], labels[chosen], SIGMA * float(features[chosen].norm(dim=1).max())


def _one_class(points: Tensor, noise: float, seed: int) -> tuple[float, float, float, float]:
    """The quantities of INFORMATION for one class; points (n, d).

    In the principal axes of the centred points, from their Gram matrix (n <= 50); outside their span the noise is the
    same for every point and cancels. The relative entropy of the mixture to the Gaussian of its moments is the mean of
    log p - log q over draws.
    """
    centred = (points - points.mean(0)) / noise
    squares, axes = torch.linalg.eigh(centred @ centred.T)
    squares = squares.clamp(min=0)
    coordinates, variances = axes * squares.sqrt(), squares / len(points)
    logdet, trace = 0.5 * float(variances.log1p().sum()), 0.5 * float(variances.sum())
    drawn = coordinates.repeat(DRAWS, 1)
    drawn = drawn + torch.from_numpy(np.random.default_rng(seed).standard_normal(tuple(drawn.shape)))
    square = drawn.square().sum(1, keepdim=True) + coordinates.square().sum(1) - 2 * drawn @ coordinates.T
    log_p = torch.logsumexp(-square / 2, 1) - math.log(len(points))
    log_q = -(drawn.square() / (2 * (1 + variances))).sum(1) - logdet
    near = torch.logsumexp(-_squared_distances(coordinates) / 8, 1) - math.log(len(points))
    return logdet - float((log_p - log_q).mean()), logdet, trace, -float(near.mean())


def _squared_distances(points: Tensor) -> Tensor:
    squares = points.square().sum(1)
    return (squares[:, None] + squares - 2 * points @ points.T).clamp(min=0)
