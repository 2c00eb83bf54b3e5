"""Estimates of information: right where the truth is known, and their defects shown with their size."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

from numerics.metrics import MetricError
from numerics.metrics.information import (
    centred_alignment,
    class_kernel,
    gaussian_kernel,
    nearest_neighbour_entropy,
    normalised_hsic,
    regularised,
)


def gaussian(samples, dimension, deviation=1.0, seed=0):
    return deviation * np.random.default_rng(seed).normal(size=(samples, dimension))


def exact(dimension, deviation=1.0):
    return dimension / 2 * math.log(2 * math.pi * math.e * deviation**2)


def mean_error(samples, dimension, draws=6):
    found = [nearest_neighbour_entropy(gaussian(samples, dimension, seed=seed)) for seed in range(draws)]
    return float(np.mean(found)) - exact(dimension)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_the_entropy_of_a_gaussian_is_found_in_low_dimension(dimension):
    assert abs(mean_error(2000, dimension)) < 0.05


def test_the_entropy_of_concentrated_features_is_negative_and_of_collapsed_ones_minus_infinity():
    tight = gaussian(500, 2, 1e-3)
    assert nearest_neighbour_entropy(tight) == pytest.approx(exact(2, 1e-3), abs=0.2)
    assert nearest_neighbour_entropy(tight) < -9
    assert nearest_neighbour_entropy(np.ones((20, 2))) == -math.inf


def test_the_bias_in_high_dimension_hardly_falls_with_the_samples():
    few, many = mean_error(200, 20), mean_error(1600, 20)
    assert few > 1 and many > 0.5  # nats, upwards
    assert many > few / 4  # eight times the samples
    assert abs(mean_error(1600, 2)) < many / 10


def test_dependence_on_the_class_is_seen_and_full_at_collapse_of_two_classes():
    labels = np.repeat([0, 1], 50)
    assert centred_alignment(np.eye(2)[labels], labels) == pytest.approx(1)
    assert centred_alignment(gaussian(100, 2), labels) < 0.2


def test_independent_labels_do_not_give_zero_and_the_excess_falls_with_the_samples():
    def alignment(samples):
        draws = [
            centred_alignment(
                gaussian(samples, 5, seed=seed), np.random.default_rng(seed + 99).integers(0, 10, samples)
            )
            for seed in range(8)
        ]
        return float(np.mean(draws))

    few, many = alignment(50), alignment(800)
    assert few > 0.1 and 0 < many < few / 3


def test_the_alignment_depends_on_the_width_of_the_kernel():
    labels = np.repeat([0, 1], 50)
    features = gaussian(100, 2) + 2 * labels[:, None]
    assert centred_alignment(features, labels, 0.1) < centred_alignment(features, labels) / 2


def test_normalised_hsic_is_the_trace_of_its_two_regularised_kernels():
    """Against the definition with a solved system, on a ridge that keeps it well-conditioned."""
    first, second = gaussian(40, 3), gaussian(40, 2, seed=1)
    centring, ridge = np.eye(40) - 1 / 40, 0.1
    solved = []
    for points in (first, second):
        kernel = centring @ gaussian_kernel(points, 1.0) @ centring
        solved.append(kernel @ np.linalg.inv(kernel + ridge * 40 * np.eye(40)))
    kernels = gaussian_kernel(first, 1.0), gaussian_kernel(second, 1.0)
    assert normalised_hsic(*kernels, ridge) == pytest.approx(np.trace(solved[0] @ solved[1]), rel=1e-9)


def test_kernels_are_what_their_formulas_say():
    points, labels = gaussian(6, 3), np.array([0, 1, 0, 2, 1, 0])
    kernel, classes = gaussian_kernel(points, 2.0), class_kernel(labels, 6)
    for a in range(6):
        for b in range(6):
            assert kernel[a, b] == pytest.approx(math.exp(-np.sum((points[a] - points[b]) ** 2) / 8))
            assert classes[a, b] == (labels[a] == labels[b]) == np.eye(3)[labels[a]] @ np.eye(3)[labels[b]]


def test_normalised_hsic_with_the_published_ridge_cannot_tell_true_labels_from_shuffled_ones():
    """Wide features: R_K is nearly the projection to all that is centred, so that the value is the rank K - 1."""
    labels = np.repeat(np.arange(10), 20)
    features = 4 * np.random.default_rng(0).normal(size=(10, 50))[labels] + gaussian(200, 50)
    kernel, shuffled = gaussian_kernel(features), np.random.default_rng(1).permutation(labels)
    true, chance = (normalised_hsic(kernel, class_kernel(y, 200)) for y in (labels, shuffled))
    assert true == pytest.approx(9, rel=1e-2) and chance == pytest.approx(9, rel=2e-2)
    assert centred_alignment(features, labels) > 4 * centred_alignment(features, shuffled)


def test_the_value_lies_between_0_and_the_smaller_rank():
    labels = np.repeat(np.arange(3), 7)
    for ridge in (1e-12, 1e-3, 10.0):
        found = normalised_hsic(gaussian_kernel(gaussian(21, 2)), class_kernel(labels, 21), ridge)
        assert 0 <= found <= 2 + 1e-9


def test_bad_kernels_are_named():
    with pytest.raises(MetricError, match=r"kernel has shape \(2, 3\), must be \(N, N\)"):
        regularised(np.ones((2, 3)))
    with pytest.raises(MetricError, match=r"shapes \(2, 2\) and \(3, 3\), must be of the same samples"):
        normalised_hsic(np.eye(2), np.eye(3))
    with pytest.raises(MetricError, match="ridge is 0, must be > 0"):
        regularised(np.eye(2), 0)


def test_bad_input_is_named():
    with pytest.raises(MetricError, match="neighbours is 3, must be at least 1 and less than the 3 samples"):
        nearest_neighbour_entropy(np.eye(3))
    with pytest.raises(MetricError, match="labels have shape"):
        centred_alignment(np.eye(3), np.zeros(2))
    assert math.isnan(centred_alignment(np.eye(3), np.zeros(3)))


def test_on_real_images_the_class_is_seen_and_collapse_drives_the_entropy_down_without_bound():
    images, labels = load_digits(return_X_y=True)
    images, labels = images[:500] / 16, labels[:500]
    shuffled = np.random.default_rng(0).permutation(labels)
    assert centred_alignment(images, labels) > 4 * centred_alignment(images, shuffled) > 0
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])[labels]
    entropies = [nearest_neighbour_entropy(means + share * (images - means)) for share in (1.0, 0.1, 0.01)]
    steps = np.diff(entropies)  # 64 log(1/10) nats each, once the classes are apart: what it measures is the scale
    assert entropies[0] < 0 and steps[1] == pytest.approx(64 * math.log(0.1), rel=0.01)
