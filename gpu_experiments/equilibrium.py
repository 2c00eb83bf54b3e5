"""How near a head is to an equilibrium of training with weight decay, and what the closed forms predict there.

The objective is the loss plus (decay/2) ||theta||^2 (weight decay in the gradient). Where the head is stationary, a
collapsed last layer obeys the equations of the unconstrained-features model for W, with the feature decay that the
measured balance of head and features implies: decay_W a^2 = n decay_H b^2, so that c = sqrt(n decay_W decay_H) is

    coupled_decay        c = decay a/b, a/b the measured head_scale
    equilibrium_logit    u*(c) of the loss: ((K-1)/K) log(1/c - K + 1) for cross-entropy, ((K-1)/K) (1 - K^2 c/2) for
                         squared error averaged over samples and outputs; NaN where the decay is beyond the threshold
    head_stationarity    ||dL/dW + decay W||_F / (decay ||W||_F), the defect of the assumption

    norm_over_equilibrium      collapsed_norm over sqrt(u* b/a)
    flatness_over_equilibrium  relative_flatness over u*^2 K eps (2 - K eps) E||phi||^2/b^2, eps the wrong probability

Both ratios are 1 where the network is collapsed and stationary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import sympy
import torch
from torch import Tensor

from theory.objects.ufm import collapsed_flatness, mse_threshold_ratio, mse_weights, optimal_logit
from theory.symbols import K, c, decay_H, decay_W, n, u


def observe(
    row: Mapping[str, float], features: Tensor, logits: Tensor, labels: Tensor, head: Tensor, decay: float, loss: str
) -> dict[str, float]:
    """The five observables above: `row` holds head_scale, collapsed_norm, feature_norm_rms and relative_flatness;
    features (N, d), logits (N, K) and head (K, d) in float64, labels (N,), decay > 0, `loss` "cross_entropy" or "mse"
    (mean over samples and outputs)."""
    coupled, classes = decay * row["head_scale"], len(head)
    wanted = logit(coupled, classes, loss)
    defect = _slope(features, logits, labels, loss) + decay * head
    norm = math.sqrt(wanted / row["head_scale"]) if wanted > 0 else math.nan
    return {
        "coupled_decay": coupled,
        "equilibrium_logit": wanted,
        "head_stationarity": float(defect.norm() / (decay * head.norm())),
        "norm_over_equilibrium": row["collapsed_norm"] / norm,
        "flatness_over_equilibrium": row["relative_flatness"] / flatness(row, wanted) if wanted > 0 else math.nan,
    }


def flatness(row: Mapping[str, float], at: float) -> float:
    """u^2 K eps (2 - K eps) E||phi||^2/b^2 at logit u, from the theory's expression; `row` as above, and classes."""
    return float(_flatness()(at, row["classes"]) * (row["feature_norm_rms"] / row["collapsed_norm"]) ** 2)


@cache
def _flatness() -> Callable[[float, float], float]:
    return sympy.lambdify((u, K), collapsed_flatness(u), "math")


def logit(coupled: float, classes: int, loss: str) -> float:
    """u*(c), from the expressions of the theory; NaN unless 0 < c is below the threshold."""
    value = float(_closed_form(loss)(float(coupled), float(classes))) if coupled > 0 else math.nan
    return value if value > 0 else math.nan


@cache
def _closed_form(loss: str) -> Callable[[float, float], float]:
    if loss == "cross_entropy":
        inner = optimal_logit(c)
        safe = sympy.Piecewise((inner, K * c < 1), (sympy.nan, True))
    else:
        coupled = {decay_H: c**2 / (n * decay_W)}
        safe = (K - 1) / K * (1 - sympy.simplify(mse_threshold_ratio(mse_weights["mean"]).subs(coupled)))
    return sympy.lambdify((c, K), safe, "math")


def _slope(features: Tensor, logits: Tensor, labels: Tensor, loss: str) -> Tensor:
    """dL/dW of the mean loss, (K, d)."""
    target = torch.nn.functional.one_hot(labels.to(logits.device), logits.shape[1]).to(logits.dtype)
    residual = 2 * (logits - target) / logits.shape[1] if loss == "mse" else torch.softmax(logits, 1) - target
    return residual.T @ features / len(labels)
