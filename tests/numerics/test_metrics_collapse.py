"""Collapse metrics against brute force over pairs and full pseudo-inverses, their limits and their invariances."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import metrics
from numerics.metrics import collapse, inputs, variants
from numerics.metrics import head as heads

ALONE = ("nc1", "nc1_trace_ratio", "rnc1", "rnc1_mean_norm", "cdnv", "nc2", "nc2_equinorm", "nc2_equiangle")


def cloud(seed, classes=5, dimension=8, samples=60, noise=0.5):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, max(samples - classes, 0))])
    means = rng.standard_normal((classes, dimension)) + 0.4
    features = means[labels] + noise * rng.standard_normal((len(labels), dimension))
    return features, labels, rng.standard_normal((classes, dimension)), rng.standard_normal(classes)


def simplex(classes, dimension=None, seed=0):
    """A centred simplex frame, rotated into `dimension` coordinates."""
    frame = np.sqrt(classes / (classes - 1)) * (np.eye(classes) - 1 / classes)
    dimension = dimension or classes
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((max(dimension, classes),) * 2))[0]
    return frame @ turn[:classes, :dimension] if dimension >= classes else frame


def covariances(features, labels):
    """S_W, S_B, class means, as the definitions read."""
    classes = range(labels.max() + 1)
    means = np.array([features[labels == c].mean(axis=0) for c in classes])
    within = np.zeros((features.shape[1],) * 2)
    for x, y in zip(features, labels, strict=True):
        within += np.outer(x - means[y], x - means[y]) / len(features)
    centre = means.mean(axis=0)
    between = sum(np.outer(m - centre, m - centre) for m in means) / len(means)
    return within, between, means


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("classes", "dimension"), [(2, 1), (5, 8), (4, 3), (9, 3), (12, 30)])
def test_nc1_is_the_trace_with_the_full_pseudo_inverse(seed, classes, dimension):
    features, labels, *_ = cloud(seed, classes, dimension)
    within, between, _ = covariances(features, labels)
    oracle = np.trace(within @ np.linalg.pinv(between, rcond=1e-11, hermitian=True)) / classes
    assert metrics.nc1(features, labels) == pytest.approx(oracle, rel=1e-9)
    assert variants.nc1_without_classes(features, labels) == pytest.approx(classes * oracle, rel=1e-9)
    kept = metrics.class_moments(features, labels, scatter=True)
    assert metrics.nc1(kept) == pytest.approx(oracle, rel=1e-9)
    assert kept.scatter / len(labels) == pytest.approx(within, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_every_other_metric_agrees_with_brute_force(seed):
    features, labels, weight, bias = cloud(seed)
    within, between, means = covariances(features, labels)
    centred = means - means.mean(axis=0)
    norms = np.linalg.norm(features, axis=1)
    sizes = np.linalg.norm(centred, axis=1)
    classes = range(5)
    pairs = [(a, b) for a in classes for b in classes if a != b]
    spread = [((features[labels == c] - means[c]) ** 2).sum(1) for c in classes]

    def ratio(value):
        return [(value(spread[a]) + value(spread[b])) / (2 * ((means[a] - means[b]) ** 2).sum()) for a, b in pairs]

    target = (np.eye(5) - 0.2) / 2.0
    gram = centred @ centred.T
    cosines = [centred[a] @ centred[b] / sizes[a] / sizes[b] for a, b in pairs]
    aligned = [weight[c] @ centred[c] / sizes[c] / np.linalg.norm(weight[c]) for c in classes]
    nearest = np.array([((means - x) ** 2).sum(1).argmin() for x in features])
    product = weight @ centred.T
    expected = {
        "nc1_trace_ratio": np.trace(within) / np.trace(between),
        "rnc1": np.trace(within) / norms.max() ** 2,
        "rnc1_mean_norm": np.trace(within) / norms.mean() ** 2,
        "cdnv": np.mean(ratio(np.mean)),
        "nc2": np.linalg.norm(gram / np.linalg.norm(gram) - target),
        "nc2_equinorm": sizes.std() / sizes.mean(),
        "nc2_equiangle": np.mean([abs(cosine + 0.25) for cosine in cosines]),
        "nc3": 1 - np.mean(aligned),
        "nc4": np.mean((features @ weight.T + bias).argmax(1) != nearest),
        "feature_norm": norms.mean(),
        "feature_norm_max": norms.max(),
        "feature_norm_rms": np.sqrt((norms**2).mean()),
        "head_norm": np.linalg.norm(weight),
        "head_diameter": max(np.linalg.norm(a - b) for a in weight for b in weight),
        "collapsed_norm": sizes.mean(),
        "head_scale": np.linalg.lstsq(centred.reshape(-1, 1), (weight - weight.mean(0)).ravel(), rcond=None)[0][0],
        "classes": 5,
    }
    found = metrics.last_layer_observables(features, labels, weight, bias)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-10), name
    assert variants.cdnv_paper(features, labels) == pytest.approx(sum(ratio(np.sum)), rel=1e-10)
    assert variants.cdnv_code(features, labels) == found["cdnv"]
    assert variants.nc3_frobenius(features, labels, weight) == pytest.approx(
        np.linalg.norm(product / np.linalg.norm(product) - target), rel=1e-10
    )
    scaled = weight / np.linalg.norm(weight) - centred / np.linalg.norm(centred)
    assert variants.nc3_normalised(features, labels, weight) == pytest.approx((scaled**2).sum(), rel=1e-10)
    square = weight @ weight.T
    assert variants.nc2_head(weight) == pytest.approx(np.linalg.norm(square / np.linalg.norm(square) - target))
    assert variants.nc2_condition_of_means(features, labels) == pytest.approx(np.linalg.cond(means), rel=1e-9)
    assert variants.global_mean_of_classes(features, labels) == pytest.approx(means.mean(0), abs=1e-12)
    assert variants.global_mean_of_samples(features, labels) == pytest.approx(features.mean(0), abs=1e-12)
    total = ((features - features.mean(0)) ** 2).sum() / len(features)
    assert variants.nc1_trace_ratio_of_samples(features, labels) == pytest.approx(
        np.trace(within) / (total - np.trace(within)), rel=1e-9
    )


def test_each_function_returns_what_the_shared_pass_returns():
    features, labels, weight, bias = cloud(8, 6, 9, 400)
    found = metrics.last_layer_observables(features, labels, weight, bias, loss="mse", reduction="sum")
    alone = {name: getattr(metrics, name)(features, labels) for name in (*ALONE, "collapsed_norm")}
    alone |= {name: getattr(metrics, name)(features) for name in found if name.startswith("feature_norm")}
    alone |= {name: getattr(metrics, name)(weight) for name in ("head_norm", "head_diameter")}
    alone |= {name: getattr(metrics, name)(features, labels, weight) for name in ("nc3", "head_scale")}
    alone["nc4"] = metrics.nc4(features, labels, weight, bias)
    for name in ("relative_flatness", "relative_flatness_surrogate"):
        alone[name] = getattr(metrics, name)(weight, features, bias)
    for name in ("mean_wrong_probability", "flatness_loss_bound"):
        alone[name] = getattr(metrics, name)(weight, features, labels, bias)
    alone["margin_min"] = metrics.margins(weight, features, labels, bias).min()
    alone["relative_flatness_mse"] = metrics.relative_flatness(weight, features, loss="mse", reduction="sum")
    near = metrics.near_collapse_bounds(weight, features, labels, bias)
    assert set(found) == {*alone, *near, "classes", "class_imbalance", "cross_entropy"}
    for name, value in alone.items():
        assert found[name] == pytest.approx(value, rel=1e-10), name


def test_the_ridge_form_appears_only_for_a_network_trained_with_squared_error():
    features, labels, weight, _ = cloud(1)
    assert "relative_flatness_mse" not in metrics.last_layer_observables(features, labels, weight)
    with pytest.raises(metrics.MetricError, match="loss is 'CE', must be one of cross_entropy, mse"):
        metrics.last_layer_observables(features, labels, weight, loss="CE")


@pytest.mark.parametrize(("classes", "dimension"), [(2, 2), (3, 7), (10, 10), (50, 64)])
def test_every_collapse_metric_vanishes_on_a_simplex_frame(classes, dimension):
    means = 3.0 * simplex(classes, dimension)
    labels = np.repeat(np.arange(classes), 4)
    weight = 1.7 * means
    found = metrics.last_layer_observables(means[labels], labels, weight)
    for name in ("nc1", "nc1_trace_ratio", "rnc1", "cdnv", "nc2", "nc2_equinorm", "nc2_equiangle", "nc3", "nc4"):
        assert found[name] == pytest.approx(0.0, abs=1e-12), name
    assert found["collapsed_norm"] == pytest.approx(3.0)
    assert found["head_scale"] == pytest.approx(1.7)
    assert variants.nc2_head(weight) == pytest.approx(0.0, abs=1e-12)
    assert variants.nc3_frobenius(means[labels], labels, weight) == pytest.approx(0.0, abs=1e-12)
    assert variants.nc3_normalised(means[labels], labels, weight) == pytest.approx(0.0, abs=1e-12)


def test_the_condition_number_calls_an_orthogonal_frame_collapsed_and_a_simplex_frame_not():
    labels = np.arange(4)
    assert variants.nc2_condition_of_means(np.eye(4), labels) == pytest.approx(1.0)
    assert variants.nc2_condition_of_means(simplex(4), labels) > 1e12
    assert metrics.nc2(np.eye(4), labels) == pytest.approx(0.0, abs=1e-12)


invariant = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 50), st.integers(1, 64), st.floats(-3, 1))


@settings(max_examples=40, deadline=None)
@given(invariant)
def test_collapse_metrics_survive_rotation_scaling_and_order(sizes):
    seed, classes, dimension, power = sizes
    features, labels, weight, bias = cloud(seed, classes, dimension, 3 * classes, 10.0**power)
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    order = rng.permutation(len(labels))
    found = metrics.last_layer_observables(features, labels, weight, bias)
    moved = metrics.last_layer_observables(5.0 * features[order] @ turn.T, labels[order], weight @ turn.T / 5.0, bias)
    for name in (*ALONE, "nc3", "relative_flatness", "mean_wrong_probability", "margin_min"):
        if dimension < classes - 1 and name == "nc2":
            assert np.isnan(found[name])
            continue
        loose = 1e-5 if name == "nc1" else 1e-8
        assert moved[name] == pytest.approx(found[name], rel=loose, abs=1e-12), name
    assert moved["feature_norm"] == pytest.approx(5.0 * found["feature_norm"])
    assert moved["head_scale"] == pytest.approx(found["head_scale"] / 25.0, abs=1e-12)


def test_translation_changes_the_norm_based_metrics_and_no_others():
    features, labels, *_ = cloud(4)
    moved = features + 10.0
    for name in ("nc1", "nc1_trace_ratio", "cdnv", "nc2", "nc2_equinorm", "nc2_equiangle"):
        function = getattr(metrics, name)
        assert function(moved, labels) == pytest.approx(function(features, labels), rel=1e-9), name
    for name in ("rnc1", "rnc1_mean_norm"):
        function = getattr(metrics, name)
        assert function(moved, labels) < 0.5 * function(features, labels), name


def test_balancedness_is_the_operator_norm_of_the_difference_of_grams():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((5, 7)), rng.standard_normal((3, 5))
    oracle = np.linalg.norm(second.T @ second - first @ first.T, 2)
    assert metrics.balancedness(first, second) == pytest.approx(oracle, rel=1e-12)
    assert metrics.balancedness(np.eye(4), torch.eye(4)) == 0.0
    with pytest.raises(metrics.MetricError, match="second has 7 columns, must have 3"):
        metrics.balancedness(second, first)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shape", [(6, 9, 400), (300, 12, 900)])
def test_tensors_give_what_arrays_of_the_same_numbers_give(dtype, shape):
    classes, dimension, samples = shape
    features, labels, weight, bias = cloud(8, classes, dimension, samples)
    features, weight, bias = (torch.tensor(array, dtype=dtype) for array in (features, weight, bias))
    found = metrics.last_layer_observables(features.requires_grad_(), torch.tensor(labels), weight, bias)
    arrays = (array.detach().to(torch.float64).numpy() for array in (features, weight, bias))
    features, weight, bias = arrays
    expected = metrics.last_layer_observables(features, labels, weight, bias)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-12 if dtype == torch.float64 else 2e-4, nan_ok=True), name


@pytest.mark.parametrize("shape", [(6, 9, 400), (300, 12, 900)])
def test_the_path_of_an_accelerator_gives_the_digits_of_numpy(monkeypatch, shape):
    features, labels, weight, bias = cloud(8, *shape)
    expected = metrics.last_layer_observables(features, labels, weight, bias)
    tensors = torch.tensor(features), torch.tensor(labels), torch.tensor(weight), torch.tensor(bias)
    monkeypatch.setattr(inputs, "plain", lambda array: array.detach() if isinstance(array, torch.Tensor) else array)
    monkeypatch.setattr(heads, "DENSE_CLASSES", 100)
    found = metrics.last_layer_observables(*tensors)
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-9, nan_ok=True), name
    weight, features = tensors[2], tensors[0]
    assert metrics.relative_flatness(weight, features, bias) == pytest.approx(found["relative_flatness"], rel=1e-12)
    assert metrics.margins(weight, features, labels, bias).min() == pytest.approx(found["margin_min"], rel=1e-12)
    assert metrics.nc1(metrics.class_moments(features, labels, scatter=True)) == pytest.approx(found["nc1"], rel=1e-9)


def test_autocast_and_reduced_matmul_precision_do_not_reach_the_metrics():
    features, labels, weight, bias = cloud(8, 6, 32, 400)
    features, weight = (torch.tensor(array, dtype=torch.bfloat16) for array in (features, weight))
    plain = metrics.relative_flatness(weight, features, bias)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype == torch.bfloat16
            assert metrics.relative_flatness(weight, features, bias) == pytest.approx(plain, rel=1e-6)
    finally:
        torch.set_float32_matmul_precision(before)


def test_several_classes_may_have_one_sample_and_add_nothing_within():
    features, labels, *_ = cloud(3, 4, 6, 40)
    lone = np.vstack([features[labels > 0], features[:1]])
    moments = metrics.class_moments(lone, np.append(labels[labels > 0], 0))
    assert moments.spreads[0] == 0.0 and moments.counts[0] == 1
    assert metrics.nc1(np.eye(3), np.arange(3)) == 0.0


def test_what_is_not_defined_is_nan_or_infinite_never_a_number():
    same = np.ones((6, 3))
    labels = np.array([0, 0, 1, 1, 2, 2])
    assert np.isnan(metrics.nc1(same, labels)) and np.isnan(metrics.nc2(same, labels))
    wiggled = same + 0.1 * np.array([1, -1, 1, -1, 1, -1])[:, None]
    assert np.isinf(metrics.nc1(wiggled, labels)) and np.isinf(metrics.nc1_trace_ratio(wiggled, labels))
    zeros = metrics.last_layer_observables(np.zeros((6, 3)), labels, np.zeros((3, 3)))
    assert zeros["relative_flatness"] == 0.0 and np.isnan(zeros["nc3"]) and np.isnan(zeros["rnc1"])


def test_a_simplex_frame_that_does_not_fit_is_refused_or_left_out():
    features, labels, weight, bias = cloud(2, 9, 3, 80)
    with pytest.raises(metrics.MetricError, match="nc2 has dimension 3, must be at least 8 for 9 classes"):
        metrics.nc2(features, labels)
    found = metrics.last_layer_observables(features, labels, weight, bias)
    assert np.isnan(found["nc2"]) and np.isfinite(found["nc1"])
    with pytest.raises(metrics.MetricError, match="nc2_head has dimension 3"):
        variants.nc2_head(weight)


def test_classes_without_samples_are_dropped_only_on_request():
    features, labels, weight, bias = cloud(2, 5, 6, 80)
    keep = labels != 3
    with pytest.raises(metrics.MetricError, match=r"1 of 5 classes have no sample \(class 3\)"):
        metrics.last_layer_observables(features[keep], labels[keep], weight, bias)
    found = metrics.last_layer_observables(features[keep], labels[keep], weight, bias, absent="drop")
    renumbered = np.array([0, 1, 2, -1, 3])[labels[keep]]
    assert found["classes"] == 5  # the head has five, and its softmax sees them all
    assert found["nc1"] == pytest.approx(metrics.nc1(features[keep], renumbered), rel=1e-12)
    assert found["nc3"] == pytest.approx(metrics.nc3(features[keep], renumbered, weight[[0, 1, 2, 4]]), rel=1e-12)
    means = metrics.class_moments(features[keep], renumbered).means
    nearest = np.array([0, 1, 2, 4])[((features[keep][:, None] - means) ** 2).sum(-1).argmin(1)]
    assert found["nc4"] == np.mean((features[keep] @ weight.T + bias).argmax(1) != nearest)


def test_moments_without_scatter_cannot_answer_nc1():
    features, labels, *_ = cloud(2)
    with pytest.raises(metrics.MetricError, match="the moments hold no scatter"):
        metrics.nc1(metrics.class_moments(features, labels))
    assert collapse.nc1_trace_ratio(metrics.class_moments(features, labels)) > 0
