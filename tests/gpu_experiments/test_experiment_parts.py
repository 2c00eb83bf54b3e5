"""Penalties against the metrics of the same name, SELI geometry against its definition."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_experiments import measure, penalties, seli
from numerics import metrics


def last_layer(seed, samples=60, width=5, classes=4):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(samples, width, generator=generator, dtype=torch.float64)
    labels = torch.arange(samples) % classes
    weight = torch.randn(classes, width, generator=generator, dtype=torch.float64)
    return features, labels, weight


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_penalties_agree_with_the_metrics_of_the_same_name(seed):
    features, labels, weight = last_layer(seed)
    found = metrics.last_layer_observables(features, labels, weight)
    assert float(penalties.ncc(features, labels, 4)) == pytest.approx(found["cdnv"], rel=1e-9)
    surrogate = float(penalties.surrogate(features, features @ weight.T, weight))
    assert surrogate == pytest.approx(found["relative_flatness_surrogate"], rel=1e-9)


def test_penalties_have_gradients_that_finite_differences_confirm():
    features, labels, weight = last_layer(1, samples=12)
    features.requires_grad_(), weight.requires_grad_()
    assert torch.autograd.gradcheck(lambda f: penalties.ncc(f, labels, 4), (features,))
    assert torch.autograd.gradcheck(lambda f, w: penalties.surrogate(f, f @ w.T, w, 2.0), (features, weight))
    assert torch.autograd.gradcheck(lambda f, w: penalties.entropy(f @ w.T, 2.0), (features, weight))


def test_a_batch_of_one_class_has_no_distance_and_no_penalty():
    features = torch.randn(5, 3, requires_grad=True)
    value = penalties.ncc(features, torch.full((5,), 2), 4)
    value.backward()
    assert float(value.detach()) == 0 and torch.equal(features.grad, torch.zeros(5, 3))


def test_absent_classes_are_left_out_of_the_penalty():
    features, labels, _ = last_layer(2)
    relabelled = torch.where(labels == 3, 7, labels)
    assert torch.equal(penalties.ncc(features, labels, 4), penalties.ncc(features, relabelled, 9))


def test_uniform_logits_have_the_largest_entropy():
    assert float(penalties.entropy(torch.zeros(3, 10))) == pytest.approx(np.log(10))
    assert float(penalties.entropy(50 * torch.eye(4))) < 1e-9


@given(st.lists(st.integers(1, 60), min_size=2, max_size=6))
@settings(deadline=None, max_examples=50)
def test_seli_grams_are_those_of_the_singular_value_decomposition(sizes):
    sizes = np.array(sizes)
    classes = len(sizes)
    labels = np.repeat(np.arange(classes), sizes)
    encoded = np.eye(classes)[:, labels] - 1 / classes
    left, values, right = np.linalg.svd(encoded, full_matrices=False)
    head, means = seli.grams(sizes.astype(float))
    assert head == pytest.approx(left @ np.diag(values) @ left.T, abs=1e-8)
    features = right.T @ np.diag(values) @ right
    first = np.cumsum(sizes) - sizes
    centring = np.eye(classes) - 1 / classes
    assert means == pytest.approx(centring @ features[np.ix_(first, first)] @ centring, abs=1e-8)


def test_equal_sizes_give_the_simplex_frame_and_unequal_ones_do_not():
    frame = np.eye(5) - 1 / 5
    for gram in seli.grams(np.full(5, 7.0)):
        assert seli.distance(gram, frame) < 1e-12
    assert seli.distance(seli.grams(np.array([50.0, 5, 5, 5, 5]))[0], frame) > 0.1


def test_a_head_and_means_in_seli_geometry_are_at_distance_zero_from_it():
    sizes = np.array([20, 5, 2])
    labels = torch.from_numpy(np.repeat(np.arange(3), sizes))
    head, means = seli.grams(sizes.astype(float))
    rows, points = (torch.from_numpy(seli._root(gram)) for gram in (head, means))
    found = seli.observe(points[labels], labels, rows)
    assert found["seli_distance_head"] < 1e-8 and found["seli_distance_means"] < 1e-8
    assert found["simplex_distance_head"] > 0.05


def test_squared_error_and_its_torch_twin_agree():
    logits, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 0, 1])
    onehot = torch.nn.functional.one_hot(labels, 4).float()
    wanted = torch.nn.functional.mse_loss(logits, onehot, reduction="sum")
    assert float(measure.squared_error(logits, labels).sum()) == pytest.approx(float(wanted), rel=1e-6)
