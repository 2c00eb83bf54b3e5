"""The class-centre bounds hold about kappa for any last layer, close on it at collapse, say nothing before the fit."""

import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from numerics.metrics import relative_flatness
from numerics.metrics.class_centres import NAMES, class_centre_bounds
from numerics.metrics.head import head_diameter

ROUNDING = 1e-9


def simplex_layer(classes, margin, noise, seed=0, samples=20, dimension=20):
    """A simplex head and its means with isotropic noise of relative size `noise`; logit margins `margin`."""
    rng = np.random.default_rng(seed)
    frame = np.zeros((classes, dimension))
    frame[:, :classes] = np.eye(classes) - 1 / classes
    labels = np.repeat(np.arange(classes), samples)
    features = frame[labels] + noise * np.sqrt((classes - 1) / classes / dimension) * rng.normal(
        size=(len(labels), dimension)
    )
    return margin * frame, features, labels


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 12),
    st.integers(1, 16),
    st.floats(-4, 0.5),
    st.floats(-2, 1.5),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_kappa_lies_between_the_lower_and_both_upper_bounds(classes, dimension, log_noise, log_scale, seed, shuffled):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, 40)
    means = rng.normal(size=(classes, dimension))
    features = means[labels] + 10.0**log_noise * rng.standard_t(3, size=(40, dimension))
    weight = 10.0**log_scale * (means + 0.3 * rng.normal(size=means.shape))
    if shuffled:
        labels = np.where(rng.random(40) < 0.2, rng.integers(0, classes, 40), labels)
    bias = rng.normal(size=classes)
    kappa = relative_flatness(weight, features, bias)
    found = class_centre_bounds(weight, features, labels, bias)
    slack = 1e-300
    assert found["near_collapse_lower"] <= kappa * (1 + ROUNDING) + slack
    assert found["near_collapse_lower"] <= found["centre_flatness"] * (1 + ROUNDING)
    assert kappa <= found["near_collapse_mgf"] * (1 + ROUNDING) + slack
    assert found["near_collapse_mgf"] <= found["near_collapse_upper"] * (1 + ROUNDING) + slack
    if kappa > 0:
        target(-float(np.log(found["near_collapse_mgf"] / kappa)), label="generating form")


@pytest.mark.parametrize("margin", [0.1, 3.0, 30.0, 300.0])
@pytest.mark.parametrize("classes", [2, 5, 10])
def test_all_four_are_kappa_at_exact_collapse_at_every_logit_scale(classes, margin):
    weight, features, labels = simplex_layer(classes, margin, noise=0.0)
    kappa = relative_flatness(weight, features)
    found = class_centre_bounds(weight, features, labels)
    assert kappa > 0
    assert [found[name] for name in NAMES] == pytest.approx([kappa] * 4, rel=1e-9)


def test_the_upper_bounds_close_with_the_square_of_the_noise():
    excesses = []
    for noise in (0.02, 0.01):
        weight, features, labels = simplex_layer(10, 6.0, noise)
        kappa = class_centre_bounds(weight, features, labels)["centre_flatness"]
        excesses.append(class_centre_bounds(weight, features, labels)["near_collapse_upper"] / kappa - 1)
    assert 3.5 < excesses[0] / excesses[1] < 4.5


def test_the_bound_is_sharp_near_collapse_and_beyond_the_ceiling_far_from_it():
    near = simplex_layer(10, 10.0, 0.1)
    assert class_centre_bounds(*near)["near_collapse_upper"] < 1.03 * relative_flatness(*near[:2])
    weight, features, labels = simplex_layer(10, 20.0, 3.0)
    ceiling = (features**2).sum(axis=1).mean() * head_diameter(weight) ** 2 * 0.9 / 2
    found = class_centre_bounds(weight, features, labels)
    assert found["near_collapse_upper"] > ceiling > relative_flatness(weight, features)


def test_labels_only_group_the_samples():
    weight, features, labels = simplex_layer(4, 5.0, 0.2)
    assert class_centre_bounds(weight, features, (labels + 1) % 4) == pytest.approx(
        class_centre_bounds(weight, features, labels), rel=1e-12
    )


def test_the_centre_alone_is_no_bound():
    """The planted fault: the upper bound without the spread, broken tenfold by one sample of low margin."""
    weight = np.array([[2.0], [-2.0]])
    features, labels = np.array([[3.0], [-1.0]]), np.array([0, 0])
    kappa = relative_flatness(weight, features)
    found = class_centre_bounds(weight, features, labels)
    assert found["centre_flatness"] < 0.1 * kappa
    assert found["near_collapse_mgf"] >= kappa
