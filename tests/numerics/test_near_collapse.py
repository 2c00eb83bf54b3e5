"""The near-collapse bounds hold about kappa whatever head, features and labels; a planted fault breaks them."""

import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from numerics.metrics import HeadStream, MetricError, last_layer_observables, relative_flatness
from numerics.metrics.head import Head
from numerics.metrics.near_collapse import NAMES, bound_sums, near_collapse_bounds

ROUNDING = 1e-9


@st.composite
def last_layers(draw):
    """weight (K, d), bias (K,), features (N, d), labels (N,): any scale of head, features and noise, any labels."""
    classes, dimension, samples = draw(st.integers(2, 50)), draw(st.integers(1, 64)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    head_size, feature_size, noise = (10.0 ** draw(st.floats(-4, 3)) for _ in range(3))
    labels = rng.integers(0, classes, samples)
    means = rng.normal(size=(classes, dimension))
    weight = head_size * (means + draw(st.sampled_from([0.0, 0.1, 3.0])) * rng.normal(size=means.shape))
    features = feature_size * (means[labels] + noise * rng.standard_t(3, size=(samples, dimension)))
    return weight, rng.normal(size=classes), features.astype(draw(st.sampled_from(["f4", "f8"]))), labels


@settings(max_examples=60, deadline=None)
@given(last_layers())
def test_kappa_lies_inside_both_pairs_of_bounds(layer):
    weight, bias, features, labels = layer
    found = last_layer_observables(features, labels, weight, bias, absent="drop") if classes_enough(labels) else {}
    found = found or {
        "relative_flatness": relative_flatness(weight, features, bias),
        **near_collapse_bounds(weight, features, labels, bias),
    }
    kappa = found["relative_flatness"]
    for kind in ("collapse", "pair"):
        lower, upper = found[f"flatness_{kind}_lower"], found[f"flatness_{kind}_upper"]
        assert lower <= kappa * (1 + ROUNDING) + 1e-300
        assert kappa <= upper * (1 + ROUNDING) + 1e-300
        if kappa > 1e-300:
            target(-float(np.log(upper / kappa)), label=f"{kind} upper")


def classes_enough(labels):
    return len(np.unique(labels)) >= 2


def collapsed(classes, scale, samples=3):
    """A centred simplex frame as head and features, logit of the label minus any other `scale`."""
    frame = np.eye(classes) - 1 / classes
    labels = np.repeat(np.arange(classes), samples)
    return scale * frame, frame[labels], labels


@pytest.mark.parametrize("classes", [2, 3, 10, 50])
@pytest.mark.parametrize("scale", [1e-6, 0.3, 3.0, 30.0, 300.0, 690.0])
def test_the_upper_bound_is_kappa_at_exact_collapse_at_every_logit_scale(classes, scale):
    weight, features, labels = collapsed(classes, scale)
    kappa = relative_flatness(weight, features)
    assert kappa > 0
    assert near_collapse_bounds(weight, features, labels)["flatness_collapse_upper"] == pytest.approx(kappa, rel=1e-9)


def test_late_in_training_both_pairs_close_on_kappa():
    weight, features, labels = collapsed(4, 40.0)
    found = near_collapse_bounds(weight, features, labels)
    assert found["flatness_collapse_lower"] == pytest.approx(found["flatness_collapse_upper"], rel=1e-12)
    assert found["flatness_pair_lower"] == pytest.approx(found["flatness_pair_upper"], rel=1e-12)


def test_the_bounds_are_the_textbook_sums_where_those_are_accurate():
    rng = np.random.default_rng(5)
    weight, bias, features = rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=(20, 3))
    labels = rng.integers(0, 5, 20)
    powers = np.exp(features @ weight.T + bias)
    p = powers / powers.sum(axis=1, keepdims=True)
    squares = ((weight[:, None] - weight) ** 2).sum(axis=2)
    omega, right = (features**2).sum(axis=1), p[np.arange(20), labels]
    apart = squares[~np.eye(5, dtype=bool)]
    pairs = (p * squares[labels]).sum(axis=1)
    expected = (
        apart.min() * np.mean(omega * right * (1 - right)),
        apart.max() / 8 * np.mean(omega * (1 - right) * (3 + 5 * right)),
        np.mean(omega * right * pairs),
        np.mean(omega * pairs),
    )
    found = near_collapse_bounds(weight, features, labels, bias)
    assert [found[name] for name in NAMES] == pytest.approx(expected, rel=1e-12)


def test_a_confident_and_wrong_sample_loses_no_digits():
    weight, features = np.array([[400.0], [-400.0]]), np.array([[1.0]])
    found = near_collapse_bounds(weight, features, np.array([1]))
    assert found["flatness_collapse_lower"] < 1e-300
    assert found["flatness_pair_upper"] == pytest.approx(640000.0)


def test_wrong_labels_for_the_lower_extreme_are_seen():
    """The planted fault: D_+ in place of D_- puts the lower bound above kappa for a head of unequal rows."""
    weight = np.array([[0.0, 0.0], [1.0, 0.0], [30.0, 0.0]])
    features, labels = np.array([[1.0, 0.0]]), np.array([2])
    head = Head.of(weight, np.array([0.0, 28.0, 0.0]), 2)
    lower = bound_sums(head.logits(features, 1.0), np.array([1.0]), labels, head)[0]
    kappa = relative_flatness(weight, features, np.array([0.0, 28.0, 0.0]))
    assert lower <= kappa
    assert lower * head.distances.max() / 1.0 > kappa


def test_shards_merge_to_the_whole():
    rng = np.random.default_rng(8)
    weight, features, labels = rng.normal(size=(6, 4)), rng.normal(size=(30, 4)), rng.integers(0, 6, 30)
    left, right = HeadStream(weight), HeadStream(weight)
    left.update(features[:11], labels[:11])
    right.update(features[11:], labels[11:])
    merged = left.merge(right).value()
    whole = near_collapse_bounds(weight, features, labels)
    assert {name: merged[name] for name in NAMES} == pytest.approx(whole, rel=1e-13)


def test_too_many_classes_are_refused_in_words():
    weight = np.eye(2049, 2)
    with pytest.raises(MetricError, match="2049 rows, must have at most 2048"):
        near_collapse_bounds(weight, np.ones((1, 2)), np.array([0]))
