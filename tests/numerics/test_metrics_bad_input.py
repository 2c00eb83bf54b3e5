"""Each mistake gets a message with the value and the way out, as a MetricError, and leaves a stream as it was."""

import numpy as np
import pytest
import torch

from numerics import metrics
from numerics.metrics import MetricError, variants
from numerics.metrics.blocks import BLOCK_ENTRIES
from theory.errors import UsersMistake


@pytest.fixture
def layer():
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 4
    return rng.standard_normal((40, 6)), labels, rng.standard_normal((4, 6)), rng.standard_normal(4)


def test_a_metric_error_is_a_users_mistake_and_a_value_error():
    assert issubclass(MetricError, UsersMistake) and issubclass(MetricError, ValueError)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("library", [np.asarray, torch.tensor])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_non_finite_features_are_counted_and_the_first_row_is_named(layer, value, library, dtype):
    features, labels, weight, bias = layer
    features = features.astype(dtype)
    features[7, 2] = features[7, 3] = features[30, 0] = value
    features, labels, weight = library(features), library(labels), library(weight)
    message = r"features holds 3 NaN or infinite entries \(first in row 7\), must be finite"
    for measure in (
        lambda: metrics.last_layer_observables(features, labels, weight, bias),
        lambda: metrics.nc1(features, labels),
        lambda: metrics.relative_flatness(weight, features, bias),
        lambda: metrics.relative_flatness(weight, features, loss="mse"),
        lambda: metrics.margins(weight, features, labels),
        lambda: metrics.feature_norm(features),
        lambda: variants.relative_flatness_largest(weight, features),
        lambda: metrics.near_collapse_bounds(weight, features, labels),
    ):
        with pytest.raises(MetricError, match=message):
            measure()


def test_a_head_that_diverged_is_refused(layer):
    features, labels, weight, bias = layer
    weight[1, 1], bias[0] = np.nan, np.inf
    with pytest.raises(MetricError, match="the head holds 2 NaN or infinite entries"):
        metrics.last_layer_observables(features, labels, weight, bias)


@pytest.mark.parametrize("library", [np.asarray, torch.tensor])
def test_labels_that_are_no_class_indices_are_refused(layer, library):
    features, labels, weight, _ = layer
    cases = {
        r"labels has shape \(40, 4\), must be \(samples,\); turn one-hot rows into labels.argmax\(1\)": np.eye(4)[
            labels
        ],
        "labels has dtype .*float64, must be integer class indices": labels.astype(float),
        "labels has dtype .*bool, must be integer class indices": labels > 1,
        "labels holds 4, must be below 4, the number of classes; count from 0": labels + 1,
        "labels holds -100, must be at least 0; drop or map the ignored": np.where(labels == 2, -100, labels),
        "labels has 39 entries, must be 40": labels[1:],
    }
    for message, wrong in cases.items():
        with pytest.raises(MetricError, match=message):
            metrics.last_layer_observables(library(features), library(wrong), library(weight))


def test_shapes_that_do_not_fit_are_refused(layer):
    features, labels, weight, bias = layer
    cases = [
        (r"weight has shape \(6, 4\), must be \(classes, 6\)", (features, labels, weight.T, None)),
        (r"bias has shape \(3,\), must be \(4,\)", (features, labels, weight, bias[1:])),
        (r"features has shape \(40,\), must be \(samples, dimension\)", (features[:, 0], labels, weight, bias)),
        (r"features has shape \(2, 20, 6\)", (features.reshape(2, 20, 6), labels, weight, bias)),
        (r"features has shape \(0, 6\), must hold at least one row", (features[:0], labels[:0], weight, bias)),
        ("weight has 1 row, must have at least 2 classes", (features, labels, weight[:1], None)),
        ("features has dtype complex128, must be real", (features + 1j, labels, weight, bias)),
        ("features has dtype object, must be real", (features.astype(object), labels, weight, bias)),
        ("features has dtype torch.bool, must be real", (torch.tensor(features > 0), labels, weight, bias)),
    ]
    for message, arguments in cases:
        with pytest.raises(MetricError, match=message):
            metrics.last_layer_observables(*arguments)
    square = np.random.default_rng(1).standard_normal((4, 6))
    with pytest.raises(MetricError, match=r"must be \(classes, 4\); pass weight.T"):
        metrics.relative_flatness(square, features[:, :4])


def test_one_class_and_absent_classes_are_refused(layer):
    features, labels, weight, _ = layer
    with pytest.raises(MetricError, match="labels holds 1 class, must hold at least 2"):
        metrics.nc1(features, np.zeros(40, dtype=int))
    with pytest.raises(MetricError, match=r"2 of 4 classes have no sample \(class 0, 2\), must have at least one"):
        metrics.cdnv(features[labels % 2 == 1], labels[labels % 2 == 1])
    with pytest.raises(MetricError, match=r"1 of 4 classes have no sample \(class 3\)"):
        metrics.last_layer_observables(features[labels < 3], labels[labels < 3], weight)


def test_numbers_too_large_or_too_small_for_float32_squares_are_widened_not_lost(layer):
    features, labels, weight, bias = layer
    expected = metrics.last_layer_observables(features.astype("f4").astype("f8"), labels, weight, bias)
    for factor in (2.0**90, 2.0**-90):
        found = metrics.last_layer_observables(
            features.astype("f4") * np.float32(factor), labels, weight / factor, bias
        )
        for name in ("nc1", "cdnv", "rnc1", "relative_flatness", "mean_wrong_probability"):
            assert found[name] == pytest.approx(expected[name], rel=1e-4), name
        assert found["feature_norm"] == pytest.approx(expected["feature_norm"] * factor, rel=1e-6)
    with pytest.raises(MetricError, match="features holds entries beyond 1e150"):
        metrics.feature_norm(features * 1e200)


def test_integer_features_unsigned_labels_and_lists_are_welcome(layer):
    features, labels, weight, bias = layer
    counts = np.round(10 * features)
    expected = metrics.last_layer_observables(counts, labels, weight, bias)
    assert metrics.last_layer_observables(counts.astype(np.int16), labels.astype(np.uint8), weight, bias) == expected
    assert metrics.last_layer_observables(counts.tolist(), labels.tolist(), weight.tolist(), bias.tolist()) == expected
    tensors = torch.tensor(counts).int(), torch.tensor(labels).byte(), torch.tensor(weight), torch.tensor(bias)
    assert metrics.last_layer_observables(*tensors) == expected


def test_a_bad_batch_is_named_and_leaves_every_stream_as_it_was(layer):
    features, labels, weight, bias = layer
    broken = features.copy()
    broken[5, 0] = np.nan
    first = metrics.MomentStream(4, 6)
    first.update(features, labels)
    first.update(features, labels)
    second = metrics.SecondPass(first.value(), weight, bias)
    second.update(features, labels)
    head = metrics.HeadStream(weight, bias)
    head.update(features, labels)
    for stream, number in ((first, 2), (second, 1), (head, 1)):
        before = stream.value()
        with pytest.raises(MetricError, match=rf"batch {number} holds 1 NaN or infinite entries \(first in row 5\)"):
            stream.update(broken, labels)
        with pytest.raises(MetricError, match="labels holds 9, must be below 4"):
            stream.update(features, labels + 6)
        with pytest.raises(MetricError, match="features has 5 columns"):
            stream.update(features[:, :5], labels)
        assert str(stream.value()) == str(before)


def test_a_bad_row_in_a_later_block_is_found_on_whichever_thread_it_lies():
    samples = 5 * (BLOCK_ENTRIES // 64)
    features = np.ones((samples, 64), dtype=np.float32)
    features[samples - 3, 10] = np.inf
    stream = metrics.MomentStream(2, 64)
    with pytest.raises(MetricError, match=rf"batch 0 holds 1 NaN or infinite entries \(first in row {samples - 3}\)"):
        stream.update(features, np.arange(samples) % 2)
    assert stream.counts.sum() == 0 and stream.norm_max == 0


def test_streams_that_do_not_belong_together_are_not_merged(layer):
    features, labels, weight, bias = layer
    first, other = metrics.MomentStream(4, 6), metrics.MomentStream(4, 7)
    with pytest.raises(MetricError, match="must be"):
        first.merge(other)
    with pytest.raises(MetricError, match="different head"):
        metrics.HeadStream(weight).merge(metrics.HeadStream(2 * weight))
    moments = metrics.class_moments(features, labels)
    moved = metrics.class_moments(features + 1.0, labels)
    with pytest.raises(MetricError, match="different class means"):
        metrics.SecondPass(moments).merge(metrics.SecondPass(moved))


def test_empty_streams_have_no_value(layer):
    features, labels, weight, _ = layer
    for stream in (
        metrics.MomentStream(4, 6),
        metrics.HeadStream(weight),
        metrics.SecondPass(metrics.class_moments(features, labels)),
    ):
        with pytest.raises(MetricError, match="the stream holds 0 samples"):
            stream.value()


def test_a_second_pass_refuses_a_class_that_the_first_never_saw(layer):
    features, labels, weight, bias = layer
    first = metrics.MomentStream(4, 6)
    first.update(features[labels < 3], labels[labels < 3])
    second = metrics.SecondPass(first.value("drop"), weight, bias)
    with pytest.raises(MetricError, match="class 3 is new, must have a mean; run the first pass over it too"):
        second.update(features, labels)


def test_memory_is_predicted_and_capped():
    assert metrics.predicted_memory(50_000, 1024) < 1.2e9
    with pytest.raises(MetricError, match=r"predicted memory is \d+ MB for 50000 classes in 1024 dimensions"):
        metrics.MomentStream(50_000, 1024, memory_cap=500_000_000)
    with pytest.raises(MetricError, match="predicted memory"):
        metrics.HeadStream(np.zeros((4000, 10)), memory_cap=1_000_000)
    with pytest.raises(MetricError, match="predicted memory"):
        metrics.SecondPass(metrics.class_moments(np.eye(3), np.arange(3)), memory_cap=1_000_000)
    assert metrics.MomentStream(10, 64, memory_cap=200_000_000).counts.sum() == 0


def test_an_absent_class_still_counts_for_the_softmax():
    rng = np.random.default_rng(0)
    features, labels = rng.standard_normal((40, 6)), rng.integers(0, 3, 40)
    weight = rng.standard_normal((5, 6))
    seen = metrics.last_layer_observables(features, labels, weight, absent="drop")
    assert seen["classes"] == 5
    margin_bound = seen["feature_norm_max"] ** 2 * seen["head_diameter"] ** 2 * 4 * np.exp(-seen["margin_min"])
    assert seen["relative_flatness"] <= margin_bound
