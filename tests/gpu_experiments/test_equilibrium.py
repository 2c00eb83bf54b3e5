"""At the equilibria of both losses the head is stationary and both ratios are 1; beside them neither."""

import math

import pytest
import torch

from gpu_experiments import equilibrium
from gpu_experiments.measure import Split, observe
from numerics import metrics

CLASSES, EACH, DECAY, SCALE = 4, 5, 2e-3, 0.6


def last_layer(loss, factor=1.0):
    """Features, logits and head of a simplex frame at the equilibrium with a/b = SCALE; the head times `factor`."""
    logit = equilibrium.logit(DECAY * SCALE, CLASSES, loss)
    frame = torch.eye(CLASSES, dtype=torch.float64) - 1 / CLASSES
    unit = frame / frame[0].norm()
    labels = torch.arange(CLASSES).repeat_interleave(EACH)
    head = factor * math.sqrt(logit * SCALE) * unit
    features = (math.sqrt(logit / SCALE) * unit)[labels]
    return features, features @ head.T + (1 / CLASSES if loss == "mse" else 0), labels, head


def observed(loss, factor=1.0):
    features, logits, labels, head = last_layer(loss, factor)
    row = metrics.last_layer_observables(features, labels, head)
    return equilibrium.observe(row, features, logits, labels, head, DECAY, loss)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_the_closed_form_is_stationary_for_the_head(loss):
    found = observed(loss)
    assert found["coupled_decay"] == pytest.approx(DECAY * SCALE)
    assert found["head_stationarity"] < 1e-9
    assert found["norm_over_equilibrium"] == pytest.approx(1, abs=1e-9)
    assert found["flatness_over_equilibrium"] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_a_head_that_is_too_long_is_not_stationary_and_off_the_norm(loss):
    found = observed(loss, 1.2)
    assert found["head_stationarity"] > 0.1
    assert abs(found["norm_over_equilibrium"] - 1) > 0.02


@pytest.mark.parametrize("loss,threshold", [("cross_entropy", 1 / 4), ("mse", 2 / 16)])
def test_beyond_the_threshold_nothing_is_predicted(loss, threshold):
    assert equilibrium.logit(0.999 * threshold, CLASSES, loss) > 0
    assert math.isnan(equilibrium.logit(1.001 * threshold, CLASSES, loss))
    assert math.isnan(equilibrium.logit(-1.0, CLASSES, loss)) and math.isnan(equilibrium.logit(9.0, CLASSES, loss))


def test_the_slope_is_that_of_autograd():
    generator = torch.Generator().manual_seed(0)
    features, labels = torch.randn(12, 5, generator=generator).double(), torch.arange(12) % 3
    head = torch.randn(3, 5, generator=generator).double().requires_grad_()
    for loss, mean in (
        ("cross_entropy", torch.nn.functional.cross_entropy(features @ head.T, labels)),
        ("mse", torch.nn.functional.mse_loss(features @ head.T, torch.eye(3).double()[labels])),
    ):
        (wanted,) = torch.autograd.grad(mean, head)
        assert torch.allclose(equilibrium._slope(features, (features @ head.T).detach(), labels, loss), wanted)


def test_only_a_decay_in_the_gradient_has_an_equilibrium_to_log():
    from gpu_experiments.nets.mlp import MLP

    model = MLP(4, 3, width=6, hidden=1, activation="relu")
    split = Split(torch.randn(30, 4), torch.arange(30) % 3)
    assert "head_stationarity" not in observe(model, split, None, loss="mse")
    assert observe(model, split, None, loss="mse", decay=1e-3)["head_stationarity"] > 0
