"""Differentiable penalties on the last layer, added to or subtracted from a training loss.

ncc          mean over ordered pairs c != c' of (V_c + V_c') / (2 ||mu_c - mu_c'||^2), V_c the mean squared distance to
             mu_c, over the classes of the batch (Han et al. 2025, Definition 3.1 as their code reads it)
surrogate    mean of ||W||_F^2 ||phi||^2 (1 - ||p||^2), p = softmax(z / temperature)            (their section 4)
entropy      mean entropy of softmax(z / temperature)
"""

from __future__ import annotations

import torch
from torch import Tensor


def ncc(features: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Features (B, d), labels (B,) in 0..classes-1. Zero where the batch holds fewer than two classes."""
    counts = torch.zeros(classes, device=features.device, dtype=features.dtype).index_add(
        0, labels, torch.ones_like(features[:, 0])
    )
    here = counts > 0
    share = counts.clamp(min=1)
    means = features.new_zeros(classes, features.shape[1]).index_add(0, labels, features) / share[:, None]
    spread = features.new_zeros(classes).index_add(0, labels, (features - means[labels]).square().sum(1)) / share
    means, spread = means[here], spread[here]
    number = len(means)
    if number < 2:
        return features.sum() * 0
    first, second = torch.triu_indices(number, number, 1, device=features.device)
    distance = (means[first] - means[second]).square().sum(1)
    return ((spread[first] + spread[second]) / (2 * distance)).mean()


def surrogate(features: Tensor, logits: Tensor, weight: Tensor, temperature: float = 1.0) -> Tensor:
    """The published flatness surrogate of a batch: features (B, d), logits (B, K), weight (K, d)."""
    wrong = 1 - torch.softmax(logits / temperature, 1).square().sum(1)
    return weight.square().sum() * (features.square().sum(1) * wrong).mean()


def entropy(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Mean entropy in nats, logits (B, K)."""
    log_p = torch.log_softmax(logits / temperature, 1)
    return -(log_p.exp() * log_p).sum(1).mean()
