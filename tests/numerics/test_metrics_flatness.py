"""Relative flatness against autograd Hessians, 700-digit arithmetic at collapse, and its invariances."""

import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.metrics import (
    MetricError,
    flatness_loss_bound,
    head_diameter,
    margins,
    mean_wrong_probability,
    relative_flatness,
    relative_flatness_surrogate,
    ridge_flatness,
    squared_error_scale,
    variants,
)
from numerics.metrics.head import Head, squared_distances
from numerics.metrics.softmax_rows import log_impurity, log_variance, softmax_rows
from numerics.metrics.tiled_rows import tiled_rows


def last_layer(seed, classes=4, dimension=3, samples=6, scale=1.0):
    rng = np.random.default_rng(seed)
    weight = scale * rng.standard_normal((classes, dimension))
    features, bias = rng.standard_normal((samples, dimension)) + 0.3, rng.standard_normal(classes)
    return weight, features, bias, rng.integers(0, classes, samples)


def hessian_flatness(weight, loss_of):
    """sum_{s,s'} <w_s, w_s'> Tr H_{s,s'} by automatic differentiation, straight from the definition."""
    weight = torch.tensor(weight)
    hessian = torch.autograd.functional.hessian(loss_of, weight)
    return float(torch.einsum("si,ti,sjtj->", weight, weight, hessian))


def simplex(classes):
    """Rows of unit norm with inner products -1/(K-1)."""
    return np.sqrt(classes / (classes - 1)) * (np.eye(classes) - 1 / classes)


def exact_flatness(weight, features, bias=None, digits=700):
    """kappa, surrogate, loss bound pieces with `digits` decimal digits, by the textbook formulas."""
    with mpmath.workdps(digits):
        rows = [[mpmath.mpf(float(entry)) for entry in row] for row in weight]
        kappa = impurity = mpmath.mpf(0)
        for feature in features:
            x = [mpmath.mpf(float(entry)) for entry in feature]
            shift = bias if bias is not None else [0.0] * len(rows)
            logits = [mpmath.fdot(row, x) + mpmath.mpf(float(b)) for row, b in zip(rows, shift, strict=True)]
            powers = [mpmath.exp(z) for z in logits]
            p = [power / mpmath.fsum(powers) for power in powers]
            mean = [mpmath.fdot(p, column) for column in zip(*rows, strict=True)]
            spread = mpmath.fsum(a * mpmath.fdot(row, row) for a, row in zip(p, rows, strict=True))
            size = mpmath.fdot(x, x)
            kappa += size * (spread - mpmath.fdot(mean, mean))
            impurity += size * (1 - mpmath.fdot(p, p))
        square = mpmath.fsum(mpmath.fdot(row, row) for row in rows)
        return kappa / len(features), square * impurity / len(features)


@pytest.mark.parametrize("seed", range(5))
def test_flatness_is_the_trace_of_the_autograd_hessian_blocks(seed):
    weight, features, bias, labels = last_layer(seed)
    x, y, b = torch.tensor(features), torch.tensor(labels), torch.tensor(bias)
    oracle = hessian_flatness(weight, lambda w: torch.nn.functional.cross_entropy(x @ w.T + b, y))
    assert relative_flatness(weight, features, bias) == pytest.approx(oracle, rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "sample_mean", "half_sample_mean"])
def test_the_ridge_form_is_the_trace_of_the_hessian_of_the_stated_squared_error(reduction):
    weight, features, bias, labels = last_layer(3)
    x, b, target = torch.tensor(features), torch.tensor(bias), torch.eye(4, dtype=torch.float64)[labels]

    def loss(w):
        squares = (x @ w.T + b - target) ** 2
        totals = {"mean": squares.mean(), "sum": squares.sum(), "sample_mean": squares.sum(1).mean()}
        return totals.get(reduction, squares.sum(1).mean() / 2)

    found = relative_flatness(weight, features, bias, loss="mse", reduction=reduction)
    assert found == pytest.approx(hessian_flatness(weight, loss), rel=1e-12)
    assert found == ridge_flatness(weight, features, squared_error_scale(reduction, 4, 6))


def test_the_surrogate_is_the_square_norm_times_the_trace_of_the_hessian():
    weight, features, bias, labels = last_layer(7)
    x, y, b = torch.tensor(features), torch.tensor(labels), torch.tensor(bias)
    hessian = torch.autograd.functional.hessian(
        lambda w: torch.nn.functional.cross_entropy(x @ w.T + b, y), torch.tensor(weight)
    )
    trace = float(torch.einsum("sjsj->", hessian))
    square = float((weight**2).sum())
    assert relative_flatness_surrogate(weight, features, bias) == pytest.approx(square * trace, rel=1e-12)
    assert variants.sharpness_with_square_norm(weight, features, bias) == pytest.approx(square * trace, rel=1e-12)
    assert variants.sharpness_with_norm(weight, features, bias) == pytest.approx(square**0.5 * trace, rel=1e-12)
    assert variants.hessian_trace(weight, features, bias) == pytest.approx(trace, rel=1e-12)
    assert variants.relative_flatness_per_dimension(weight, features, bias) == pytest.approx(
        relative_flatness(weight, features, bias) / 3
    )
    largest = float(torch.linalg.eigvalsh(hessian.reshape(12, 12))[-1])
    assert variants.relative_flatness_largest(weight, features, bias) == pytest.approx(square * largest, rel=1e-9)


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 8.0, 60.0, 340.0])
def test_at_collapse_the_surrogate_is_exactly_k_minus_one_times_kappa(classes, scale):
    frame = simplex(classes)
    kappa = relative_flatness(scale * frame, frame)
    assert relative_flatness_surrogate(scale * frame, frame) / kappa == pytest.approx(classes - 1, rel=1e-9)
    q = mpmath.exp(-mpmath.mpf(scale) * classes / (classes - 1))
    u = mpmath.mpf(scale)
    closed = u**2 * classes * q * (2 + (classes - 2) * q) / (1 + (classes - 1) * q) ** 2
    assert kappa == pytest.approx(float(closed), rel=1e-9)


def test_the_textbook_formula_would_fail_where_ours_is_right():
    frame, scale = simplex(100), 40.0
    logits = scale * frame @ frame.T
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    weight = scale * frame
    naive = float((p @ (weight**2).sum(1) - ((p @ weight) ** 2).sum(1)).mean())
    exact, _ = exact_flatness(weight, frame[:1])
    assert relative_flatness(weight, frame) == pytest.approx(float(exact), rel=1e-11)
    assert abs(naive / float(exact) - 1) > 1e-3


@pytest.mark.parametrize("margin", [1.0, 30.0, 100.0, 400.0, 690.0, 710.0, 719.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kappa_is_right_at_every_margin_until_its_true_value_underflows(margin, dtype):
    weight = np.array([[1.0, 0.0], [0.0, 0.5], [-0.25, 0.0]], dtype=dtype)
    features = np.array([[margin, 0.0], [1.25 * margin, 0.5 * margin]], dtype=dtype)
    kappa, surrogate = exact_flatness(weight, features)
    tolerance = 1e-10 if dtype is np.float64 else 1e-6 * margin
    assert kappa > 1e-308
    assert relative_flatness(weight, features) == pytest.approx(float(kappa), rel=tolerance, abs=0)
    assert relative_flatness_surrogate(weight, features) == pytest.approx(float(surrogate), rel=tolerance, abs=0)


def test_beyond_a_margin_of_a_thousand_kappa_is_zero_because_it_is_below_the_smallest_number():
    weight, features = np.array([[1000.0], [0.0]]), np.array([[1.0]])
    assert exact_flatness(weight, features)[0] < mpmath.mpf(10) ** -400
    assert relative_flatness(weight, features) == 0.0


def test_a_near_duplicate_row_keeps_its_digits():
    weight = np.array([[1.0, 2.0], [1.0 + 1e-7, 2.0], [-3.0, 1.0]])
    features = np.array([[30.0, 40.0]])
    exact, _ = exact_flatness(weight, features)
    assert relative_flatness(weight, features) == pytest.approx(float(exact), rel=1e-8)


def test_a_large_common_row_of_the_head_costs_no_digits():
    weight, features, bias, _ = last_layer(5)
    shifted = weight + 1e6 * np.ones((4, 1)) * np.array([1.0, -2.0, 0.5])
    exact, _ = exact_flatness(shifted, features, bias)
    assert relative_flatness(shifted, features, bias) == pytest.approx(float(exact), rel=1e-8)


layers = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 50), st.integers(1, 64), st.integers(1, 12))


@settings(max_examples=40, deadline=None)
@given(layers, st.floats(-3, 2))
def test_kappa_survives_rotation_gauge_rescaling_and_order(sizes, power):
    seed, classes, dimension, samples = sizes
    weight, features, bias, _ = last_layer(seed, classes, dimension, samples, 10.0**power)
    rng = np.random.default_rng(seed)
    kappa = relative_flatness(weight, features, bias)
    turn = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    order = rng.permutation(samples)
    same = [
        relative_flatness(weight @ turn.T, features @ turn.T, bias),
        relative_flatness(weight + rng.standard_normal(dimension), features, bias),
        relative_flatness(weight / 7.0, features * 7.0, bias),
        relative_flatness(weight, features[order], bias),
        relative_flatness(weight, features, bias + 3.0),
    ]
    assert same == pytest.approx([kappa] * 5, rel=1e-6 if kappa > 1e-200 else 1e-2, abs=1e-300)


def test_kappa_does_not_survive_a_rescaling_of_coordinates():
    weight, features, bias, _ = last_layer(1)
    stretch = np.array([1.0, 10.0, 0.1])
    kappa = relative_flatness(weight, features, bias)
    assert abs(relative_flatness(weight / stretch, features * stretch, bias) / kappa - 1) > 0.5


@settings(max_examples=40, deadline=None)
@given(layers, st.floats(-2, 2))
def test_kappa_never_exceeds_surrogate_loss_bound_and_margin_bound(sizes, power):
    seed, classes, dimension, samples = sizes
    weight, features, bias, labels = last_layer(seed, classes, dimension, samples, 10.0**power)
    kappa = relative_flatness(weight, features, bias)
    bound = flatness_loss_bound(weight, features, labels, bias)
    largest = float((features**2).sum(1).max())
    diameter = head_diameter(weight)
    wrong = mean_wrong_probability(weight, features, labels, bias)
    gamma = float(margins(weight, features, labels, bias).min())
    assert kappa <= relative_flatness_surrogate(weight, features, bias) * (1 + 1e-9) + 1e-300
    assert kappa <= bound * (1 + 1e-9) + 1e-300
    assert bound <= largest * diameter**2 * wrong * (1 + 1e-9) + 1e-300
    if gamma > 0:
        assert wrong <= (classes - 1) * math.exp(-gamma) * (1 + 1e-9) + 1e-300


def test_the_loss_side_agrees_with_brute_force():
    weight, features, bias, labels = last_layer(11, 5, 4, 30)
    logits = features @ weight.T + bias
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    right = p[np.arange(30), labels]
    reach = np.array([max(((weight - row) ** 2).sum(1)) for row in weight])
    bound = ((features**2).sum(1) * reach[labels] * (1 - right)).mean()
    others = np.where(np.eye(5, dtype=bool)[labels], -np.inf, logits)
    assert mean_wrong_probability(weight, features, labels, bias) == pytest.approx((1 - right).mean(), rel=1e-12)
    assert flatness_loss_bound(weight, features, labels, bias) == pytest.approx(bound, rel=1e-12)
    assert margins(weight, features, labels, bias) == pytest.approx(
        logits[np.arange(30), labels] - others.max(1), rel=1e-12
    )
    assert head_diameter(weight) == pytest.approx(np.sqrt(reach.max()), rel=1e-14)


@pytest.mark.parametrize("scale", [0.1, 3.0, 60.0])
@pytest.mark.parametrize("tile", [256, 7, 1])
def test_tiles_of_classes_give_the_dense_result(scale, tile):
    weight, features, bias, labels = last_layer(2, 300, 8, 40, scale)
    head = Head.of(weight, bias)
    size = float(np.linalg.norm(features, axis=1).max())
    dense = softmax_rows(head.logits(features, size), head.distances, labels)
    tiled = tiled_rows(head, features, size, labels, tile=tile)
    for name in ("top", "variance", "impurity", "wrong", "loss", "margin"):
        found, expected = getattr(tiled, name), getattr(dense, name)
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-300), name


def test_tiles_keep_their_digits_at_collapse_and_near_duplicates():
    frame = simplex(40)
    weight = 20.0 * frame
    weight[1] = weight[0] + 1e-3 * frame[5]
    head = Head.of(weight)
    dense = softmax_rows(head.logits(frame, 1.0), head.distances)
    for tile in (1, 13, 40):
        assert tiled_rows(head, frame, 1.0, tile=tile).variance == pytest.approx(dense.variance, rel=1e-8)


def test_log_space_and_linear_space_agree_where_both_are_possible():
    weight, features, bias, _ = last_layer(9, 6, 4, 20, 3.0)
    head = Head.of(weight, bias)
    logits = head.logits(features, 10.0)
    assert np.exp(log_variance(logits, head.distances)) == pytest.approx(
        softmax_rows(logits.copy(), head.distances).variance, rel=1e-10
    )
    assert np.exp(log_impurity(logits)) == pytest.approx(
        softmax_rows(logits.copy(), head.distances).impurity, rel=1e-10
    )


def test_distances_of_close_rows_are_taken_directly():
    rows = np.array([[1e8, 0.0], [1e8 + 1.0, 0.0], [-1e8, 3.0]])
    assert squared_distances(rows)[0, 1] == 1.0


def test_an_unknown_loss_or_reduction_is_refused_by_name():
    weight, features, bias, _ = last_layer(0)
    with pytest.raises(MetricError, match='loss is \'hinge\', must be "cross_entropy" or "mse"'):
        relative_flatness(weight, features, bias, loss="hinge")
    with pytest.raises(MetricError, match="reduction is 'none', must be one of mean, sum"):
        relative_flatness(weight, features, bias, loss="mse", reduction="none")
