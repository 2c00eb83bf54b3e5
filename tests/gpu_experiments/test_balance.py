"""The bound of balanced layers holds on every linear pair, needs both of its parts, and knows where it applies."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gpu_experiments import balance, measure
from gpu_experiments.nets import seeded
from gpu_experiments.nets.mlp import MLP


def pair(seed, scale=1.0, noise=0.1, classes=3, each=6, inner=7, width=8):
    """(lower layer, head, inputs, labels): a random linear pair whose logits are near the labels."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(classes * each) % classes
    inputs = torch.randn(classes, inner, generator=generator)[labels]
    inputs = inputs + noise * torch.randn(len(labels), inner, generator=generator)
    lower, head = nn.Linear(inner, width).double(), nn.Linear(width, classes).double()
    with torch.no_grad():
        lower.weight.copy_(scale * torch.randn(width, inner, generator=generator))
        lower.bias.copy_(torch.randn(width, generator=generator))
        features = lower(inputs.double())
        target = nn.functional.one_hot(labels, classes).double()
        padded = torch.cat([features, torch.ones(len(labels), 1, dtype=torch.float64)], 1)
        solved = torch.linalg.lstsq(padded, target, driver="gelsd").solution
        head.weight.copy_(solved[:-1].T), head.bias.copy_(solved[-1])
    return lower, head, inputs.double(), labels


def observed(lower, head, inputs, labels):
    with torch.no_grad(), balance.watched(lower) as below:
        features = lower(inputs)
        logits = head(features)
    found = balance.observe(below, lower, head.weight, features, logits, labels)
    means = torch.stack([features[labels == label].mean(0) for label in labels.unique()])
    within = float((features - means[labels]).square().sum() / len(labels))
    between = float((means - means.mean(0)).square().sum() / len(means))
    return found, within, between


@given(st.integers(0, 10_000), st.floats(0.05, 3), st.floats(0.0, 0.5))
@settings(deadline=None, max_examples=60)
def test_no_linear_pair_has_more_variance_than_its_balance_allows(seed, scale, noise):
    found, within, between = observed(*pair(seed, scale, noise))
    assert found["hidden_nonlinearity"] == 0
    assert within <= found["balanced_variance_bound"] * (1 + 1e-9)
    assert within / between <= found["nc1_balancedness_bound"] * (1 + 1e-9)


def test_variance_that_the_head_does_not_see_is_bounded_by_the_balance_alone():
    """Inputs vary in a direction that the lower layer sends off the head's rows: the error says nothing of it."""
    lower, head, inputs, labels = pair(0, noise=0.0)
    off = torch.linalg.svd(head.weight, full_matrices=True)[2][-1].detach()
    wider = nn.Linear(8, 8).double()
    with torch.no_grad():
        wider.weight.copy_(torch.cat([lower.weight, 5 * off[:, None]], 1)), wider.bias.copy_(lower.bias)
        inputs = torch.cat([inputs, torch.linspace(-1, 1, len(labels)).double()[:, None]], 1)
        errors = (head(wider(inputs)) - nn.functional.one_hot(labels, 3)).square().sum()
        seen = float(errors / torch.linalg.svdvals(head.weight)[-1] ** 2 / len(labels))
    found, within, _ = observed(wider, head, inputs, labels)
    assert found["balancedness_unseen"] > 1 and within <= found["balanced_variance_bound"]
    assert within > 1 > seen  # the part of the error alone would be broken


def test_an_error_too_large_leaves_the_ratio_unbounded():
    lower, head, inputs, labels = pair(1)
    with torch.no_grad():
        head.weight.mul_(-3)
    assert observed(lower, head, inputs, labels)[0]["nc1_balancedness_bound"] == math.inf


@pytest.mark.parametrize(
    "activation,linear", [("relu", False), ("tanh", False), ("relu_linear", True), ("linear", True)]
)
def test_a_run_logs_whether_its_last_layers_are_linear(activation, linear):
    generator = torch.Generator().manual_seed(0)
    model = seeded(lambda: MLP(5, 3, width=9, hidden=2, activation=activation), 0).eval()
    split = measure.Split(torch.randn(40, 5, generator=generator), torch.arange(40) % 3)
    row = measure.observe(model, split, None, loss="mse")
    assert (row["hidden_nonlinearity"] == 0) is linear
    assert math.isnan(row["balanced_variance_bound"]) is not linear
    assert row["within_class_variance"] == pytest.approx(row["rnc1"] * row["feature_norm_max"] ** 2)
    assert not any(layer._forward_hooks for layer in model.modules())


def test_a_network_without_a_layer_below_its_head_is_all_defect():
    with balance.watched(None) as below:
        pass
    found = balance.observe(
        below, None, torch.ones(2, 3), torch.ones(4, 3), torch.ones(4, 2), torch.tensor([0, 1, 0, 1])
    )
    assert found["hidden_nonlinearity"] == 1 and math.isnan(found["balancedness_unseen"])


def test_a_head_of_zero_bounds_nothing():
    lower, head, inputs, labels = pair(0)
    with torch.no_grad():
        head.weight.zero_(), head.bias.zero_()
    found, _, _ = observed(lower, head, inputs, labels)
    assert found["nc1_balancedness_bound"] == math.inf and found["balanced_variance_bound"] == math.inf
