"""What is measured on a full model at one time, under the canonical names of a trajectory's columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numerics.chain import Chain, activations, loss_value
from numerics.metrics.observables import both_passes, observables


def observe_chain(chain: Chain, blocks: Sequence[np.ndarray]) -> dict[str, float]:
    """Losses, and every last-layer metric, of one member's blocks (no leading axes).

    The features are what the last matrix reads; with a squared loss the ridge flatness is there as well, at the scale
    of a plain sum of squares for weight 2, of a mean otherwise.
    """
    *signals, logits = activations(chain, tuple(blocks))
    labels = chain.labels
    true = logits[labels, np.arange(len(labels))]
    moments, second = both_passes(signals[-1].T, labels, blocks[0], blocks[-1].ravel() if chain.free_bias else None)
    metrics = observables(moments, second)
    entropy = chain.loss == "cross_entropy"  # then the head has summed it already, with more digits near collapse
    loss = metrics["cross_entropy"] if entropy else float(loss_value(chain, logits))
    rates = zip(blocks, chain.decays, strict=True)
    penalty = sum(float(rate) * float(np.vdot(block, block)) for block, rate in rates) / 2
    seen = {
        "train_loss": loss,
        "objective": loss + penalty,
        "logit": float(np.mean(true - logits.mean(axis=0))),
        "train_accuracy": float(np.mean(logits.argmax(axis=0) == labels)),
    }
    if chain.loss == "squared":
        # the Hessian of (weight/2) sum ||W x - y||^2 in W is weight sum x x^T in each of the K rows
        samples = signals[-1].shape[1]
        metrics["relative_flatness_mse"] = (
            chain.weight * samples * metrics["head_norm"] ** 2 * metrics["feature_norm_rms"] ** 2
        )
    return {**metrics, **seen}


def pair_observer(chain: Chain, start: Sequence[np.ndarray], config: Any) -> Callable[..., dict[str, float]]:
    """Observer of a chain that also follows what gradient flow decides, and says how far the run is from one.

    balancedness is the operator norm of D = upper^T upper - lower lower^T of the last pair. With one weight decay for
    both blocks the flow gives D(t) = exp(-2 decay t) D(0), and plain descent (1 - step decay)^(2 steps) D(0) up to
    order step^2: `balancedness_defect` is the Frobenius norm of the difference, in units of ||upper||_F^2 +
    ||lower||_F^2 at t = 0. `objective_rise` is the relative rise of the objective since the last look, 0 in a flow.
    `step` (0 for a flow), `unequal_decay` and `activation_between` say what fails of the assumptions; to look at times
    that do not increase starts `objective_rise` anew.
    """
    first = balance_matrix(start[1], start[0])
    scale = float(np.vdot(start[0], start[0]) + np.vdot(start[1], start[1]))
    rates = [float(np.max(rate)) for rate in chain.decays[:2]]
    assumed, rise = assumption_defects(chain, config), rises()

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        seen = observe_chain(chain, blocks)
        now = balance_matrix(blocks[1], blocks[0])
        seen["balancedness"] = float(np.abs(np.linalg.eigvalsh(now)).max())
        seen["balancedness_defect"] = float(np.linalg.norm(now - decayed(config, sum(rates), time) * first)) / scale
        return {**seen, "objective_rise": rise(time, seen["objective"]), **assumed}

    return observe


def assumption_defects(chain: Chain, config: Any) -> dict[str, float]:
    """How far a run is from a gradient flow of two linear blocks with one weight decay, and how exact the flow is."""
    rates = [float(np.max(rate)) for rate in chain.decays[:2]]
    return {
        "step": 0.0 if config.method == "flow" else config.step,
        "unequal_decay": abs(rates[0] - rates[1]) / (max(rates) or 1.0),
        "activation_between": float(chain.relu),
        "rtol": config.rtol,
    }


def rises() -> Callable[[float, float], float]:
    """rise(time, value): by how much, relatively, the value exceeds that of the last call; 0 where it does not, and
    where the time does not increase, which begins anew."""
    last = (np.inf, np.inf)

    def rise(time: float, value: float) -> float:
        nonlocal last
        before = last[1] if time > last[0] else np.inf
        last = (time, value)
        return max(value / before - 1, 0.0) if before > 0 else 0.0

    return rise


def decayed(config: Any, rates: float, time: float) -> float:
    """Factor by which the balancedness of a pair with decays of that sum has shrunk at `time` (t, or steps)."""
    return float(np.exp(-rates * time) if config.method == "flow" else (1 - config.step * rates / 2) ** (2 * time))


def balance_matrix(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """upper^T upper - lower lower^T for consecutive linear blocks (features count as the lowest)."""
    return upper.T @ upper - lower @ lower.T


def within_class(features: np.ndarray, classes: int) -> np.ndarray:
    """Features (d, K n), sorted by class with n samples each, minus their class means."""
    grouped = features.reshape(len(features), classes, -1)
    return (grouped - grouped.mean(axis=2, keepdims=True)).reshape(features.shape)
