"""The generalisation bounds hold on every sample, are ordered, and agree with brute force."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_experiments import generalisation


def last_layer(seed, spread, classes=4, width=3, count=80):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, classes, (count,), generator=generator)
    centres = torch.randn(classes, width, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, width, generator=generator, dtype=torch.float64)
    weight = centres + 0.3 * torch.randn(classes, width, generator=generator, dtype=torch.float64)
    features = centres[labels] + spread * noise
    bias = torch.randn(classes, generator=generator, dtype=torch.float64)
    return features, features @ weight.T + bias, labels, weight


@given(st.integers(0, 10**6), st.floats(0.01, 3))
@settings(deadline=None, max_examples=60)
def test_the_error_is_below_the_directional_bound_and_that_below_the_published_one(seed, spread):
    features, logits, labels, weight = last_layer(seed, spread)
    error = 1 - float((logits.argmax(1) == labels).double().mean())
    found = generalisation.misclassification_bounds(features, logits, labels, weight)
    assert error <= found["directional_bound"] * (1 + 1e-12) + 1e-12
    assert found["directional_bound"] <= found["cantelli_bound"] * (1 + 1e-12)


def test_the_bounds_are_those_of_the_formula():
    features, logits, labels, weight = last_layer(3, 0.4)
    x, z, y, w = (part.numpy() for part in (features, logits, labels, weight))
    directional = published = 0.0
    for c in range(4):
        cov = np.cov(x[y == c].T, bias=True)
        for k in set(range(4)) - {c}:
            margin = (z[y == c, c] - z[y == c, k]).mean()
            a = w[c] - w[k]
            for name, v in (("d", a @ cov @ a), ("p", a @ a * np.trace(cov))):
                term = (y == c).mean() * (v / (v + margin**2) if margin > 0 else 1.0)
                directional, published = directional + term * (name == "d"), published + term * (name == "p")
    found = generalisation.misclassification_bounds(features, logits, labels, weight)
    assert found["directional_bound"] == pytest.approx(directional, rel=1e-9)
    assert found["cantelli_bound"] == pytest.approx(published, rel=1e-9)


@given(st.integers(0, 10**6), st.floats(0.001, 2))
@settings(deadline=None, max_examples=40)
def test_the_information_bounds_are_ordered(seed, spread):
    features, _, labels, _ = last_layer(seed, spread)
    found = generalisation.superfluous_information(features, labels)
    assert found["bottleneck_logdet"] <= found["bottleneck_trace"] * (1 + 1e-12)
    assert found["superfluous_information"] <= found["bottleneck_logdet"] + 0.1
    assert 0 <= found["superfluous_information_least"] <= found["bottleneck_logdet"] * (1 + 1e-12)
    assert found["superfluous_information_least"] <= found["superfluous_information"] + 0.1
    assert -0.2 <= found["superfluous_information"] <= math.log(80) + 0.2


def test_the_information_of_two_points_agrees_with_numerical_integration(monkeypatch):
    """Points at -a and a in unit noise e: I = log 2 - E log(1 + exp(-2 a^2 - 2 a e))."""
    monkeypatch.setattr(generalisation, "DRAWS", 200_000)
    points, noise, half = torch.tensor([[0.9], [-0.9]], dtype=torch.float64), 0.7, 0.9 / 0.7
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    wanted = math.log(2) - (weights * np.log1p(np.exp(-2 * half**2 - 2 * half * nodes))).sum() / weights.sum()
    information, logdet, trace, least = generalisation._one_class(points, noise, seed=0)
    assert least == pytest.approx(-math.log((1 + math.exp(-(half**2) / 2)) / 2)) and least < wanted
    assert information == pytest.approx(wanted, abs=3e-3)
    assert wanted < logdet == pytest.approx(0.5 * math.log(1 + half**2)) and trace == pytest.approx(half**2 / 2)


def test_collapsed_features_carry_nothing_superfluous():
    labels = torch.arange(30) % 3
    found = generalisation.superfluous_information(torch.eye(3, dtype=torch.float64)[labels], labels)
    assert found["bottleneck_trace"] < 1e-25 and abs(found["superfluous_information"]) < 1e-12
    silent = generalisation.superfluous_information(torch.zeros(30, 3, dtype=torch.float64), labels)
    assert set(silent.values()) == {0.0}


def test_the_bound_on_unseen_data_is_made_from_the_first_half_and_the_error_from_the_second():
    labels = torch.arange(2000) % 3
    clear, noise = 3.0 * torch.eye(3).double()[labels], torch.Generator().manual_seed(0)
    train_logits, logits = (clear + 0.4 * torch.randn(2000, 3, generator=noise).double() for _ in range(2))
    train_labels = labels
    found = generalisation.unseen_error(train_logits, train_labels, logits, labels)
    assert 0 <= found["unseen_error"] <= found["unseen_error_bound"] < 1
    spoilt = logits.clone()
    spoilt[1000:] = -spoilt[1000:]
    other = generalisation.unseen_error(train_logits, train_labels, spoilt, labels)
    assert other["unseen_error_bound"] == found["unseen_error_bound"] and other["unseen_error"] > 0.5
    spoilt = logits.clone()
    spoilt[:1000] = -spoilt[:1000]
    other = generalisation.unseen_error(train_logits, train_labels, spoilt, labels)
    assert other["unseen_error_bound"] > 0.5 and other["unseen_error"] == found["unseen_error"]
    assert generalisation.unseen_error(train_logits, train_labels, logits[:1], labels[:1]) == {}
