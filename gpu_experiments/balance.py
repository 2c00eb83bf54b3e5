"""Within-class variance from balanced layers: the bound of nc1_from_balancedness, measured on a network.

phi = U X + u and z = W phi + w are consecutive linear layers, e = z - onehot(y). P projects onto the right singular
vectors of the r largest singular values of W; r is K or K - 1 (a bias may carry the common direction of the logits,
which W then leaves), whichever gives the smaller bound. The theorem, for W cut to these r directions:

    N tr S_W <= ||e||_F^2 / sigma_r(W)^2 + (d - r) ||(1 - P) U||_op^2 ||X||_op^2
    K tr S_B >= (sqrt(K - 1) - sqrt(sum_i ||e_i||^2 / n_{y_i}))^2 / ||W||_op^2

hidden_nonlinearity      ||phi - (U X + u)||_F / ||phi||_F, 1 where no linear layer lies below the head: the scope
balancedness_unseen      ||(1 - P) U||_op^2, the largest eigenvalue of U U^T - W^T W off the kept rows of W
balanced_variance_bound  the first right-hand side over N, above tr S_W
nc1_balancedness_bound   that over the second one over K, above nc1_trace_ratio; infinite where the error is too large

The last three are NaN where the layers are not linear.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

BOUNDS = ("balancedness_unseen", "balanced_variance_bound", "nc1_balancedness_bound")
LINEAR = 1e-4  # above this hidden_nonlinearity the theorem does not apply and nothing more is measured


@dataclass(frozen=True, slots=True)
class Below:
    """What goes in and out of a layer while it is watched, chunk by chunk."""

    given: list[Tensor] = field(default_factory=list)
    made: list[Tensor] = field(default_factory=list)


@contextmanager
def watched(layer: nn.Module | None) -> Iterator[Below]:
    """Collect the inputs and outputs of `layer` (nothing where it is None)."""
    below = Below()

    def note(module: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        below.given.append(given[0].detach())
        below.made.append(made.detach())

    handle = layer.register_forward_hook(note) if layer is not None else None
    try:
        yield below
    finally:
        if handle is not None:
            handle.remove()


def observe(below: Below, layer: nn.Linear | None, head: Tensor, phi: Tensor, z: Tensor, y: Tensor) -> dict[str, float]:
    """The four observables above: head (K, d), features phi (N, d), logits z (N, K), labels y (N,)."""
    defect = nonlinearity(below, phi)
    if defect > LINEAR:
        return {"hidden_nonlinearity": defect} | dict.fromkeys(BOUNDS, math.nan)
    lower, upper, inputs = (t.detach().cpu().double() for t in (layer.weight, head, torch.cat(below.given)))
    errors = z.detach().cpu().double()
    labels = y.cpu()
    errors[torch.arange(len(labels)), labels] -= 1
    found = _bounds(lower, upper, inputs, errors.square().sum(1), labels)
    return {"hidden_nonlinearity": defect} | dict(zip(BOUNDS, found, strict=True))


def nonlinearity(below: Below, phi: Tensor) -> float:
    """||phi - (U X + u)|| / ||phi||; 1 where nothing was watched, as if U were 0."""
    size = float(phi.norm())
    if not below.made or size == 0:
        return 1.0
    return float((phi - torch.cat(below.made)).norm()) / size


def _bounds(lower: Tensor, upper: Tensor, inputs: Tensor, errors: Tensor, labels: Tensor) -> tuple[float, ...]:
    """The observables in the order of BOUNDS; errors (N,) are squared norms."""
    _, values, right = torch.linalg.svd(upper, full_matrices=False)
    counts = torch.bincount(labels, minlength=len(upper)).double()
    present, width = int((counts > 0).sum()), upper.shape[1]
    apart = math.sqrt(present - 1) - math.sqrt(float((errors / counts[labels]).sum()))
    seen = max(apart, 0.0)  # 0 for a head of 0, whose error is too large to say anything
    between = (seen / float(values[0])) ** 2 / present if seen > 0 and values[0] > 0 else 0.0
    reach = float(torch.linalg.eigvalsh(inputs.T @ inputs)[-1])
    found = []
    for kept in (len(values) - 1, len(values)):
        if kept < 1 or values[kept - 1] == 0:
            continue
        off = lower - right[:kept].T @ (right[:kept] @ lower)
        unseen = float(torch.linalg.matrix_norm(off, 2)) ** 2
        within = float(errors.sum()) / float(values[kept - 1]) ** 2 + (width - kept) * unseen * reach
        found.append((within / len(labels), unseen))
    within, unseen = min(found, default=(math.inf, math.nan))
    return unseen, within, within / between if between > 0 else math.inf
