"""Streams give what one call gives, whatever the order of batches, the shards and the merges; and keep their digits."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.metrics import class_moments, last_layer_observables, nc1
from numerics.metrics import head as heads
from numerics.metrics.blocks import BLOCK_ENTRIES
from numerics.metrics.class_moments import grouped
from numerics.metrics.shifted_sums import shifted_sums
from numerics.metrics.span import span_of_means
from numerics.metrics.streaming import HeadStream, MomentStream, SecondPass, observables, predicted_memory


def cloud(seed, classes, dimension, samples, noise=0.5, offset=0.4):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, max(samples - classes, 0))])
    labels = rng.permutation(labels)
    features = rng.standard_normal((classes, dimension))[labels] + offset
    features = features + noise * rng.standard_normal(features.shape)
    return features, labels, rng.standard_normal((classes, dimension)), rng.standard_normal(classes)


def streamed(parts, classes, weight, bias):
    """Each part is a list of batches on its own worker; the workers are merged, then pass over their parts again."""
    firsts, seconds = [], []
    for part in parts:
        firsts.append(MomentStream(classes, weight.shape[1]))
        for features, labels in part:
            firsts[-1].update(features, labels)
    for other in firsts[1:]:
        firsts[0].merge(other)
    moments = firsts[0].value()
    for part in parts:
        seconds.append(SecondPass(moments, weight, bias))
        for features, labels in part:
            seconds[-1].update(features, labels)
    for other in seconds[1:]:
        seconds[0].merge(other)
    return observables(moments, seconds[0])


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 2**32 - 1), st.integers(2, 50), st.integers(1, 64), st.integers(0, 150))
def test_batches_shards_and_merges_change_nothing_beyond_rounding(data, seed, classes, dimension, extra):
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    features, labels, weight, bias = cloud(seed, classes, dimension, classes + extra)
    features = features.astype(dtype)
    order = np.random.default_rng(seed).permutation(len(labels))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(labels) - 1, 1)), max_size=6)))
    batches = [(features[rows], labels[rows]) for rows in np.split(order, cuts) if len(rows)]
    shards = data.draw(st.integers(1, len(batches)))
    parts = [batches[shard::shards] for shard in range(shards)]
    found = streamed(parts, classes, weight, bias)
    expected = last_layer_observables(features, labels, weight, bias)
    assert set(found) == set(expected)
    rounding = 1e-15 if dtype is np.float64 else 1e-6
    tolerance = 100 * rounding + 10 * rounding / closeness(features, labels)
    for name, value in expected.items():
        if name != "nc4" or dtype is np.float64:
            assert found[name] == pytest.approx(value, rel=tolerance, abs=10 * rounding, nan_ok=True), name


def closeness(features, labels):
    """How near the class means come to each other, their centre or a lower rank, relative to the features: the inverse
    of how far metrics that divide by such distances magnify rounding."""
    moments = class_moments(features.astype(np.float64), labels)
    apart = np.linalg.norm(moments.means[:, None] - moments.means, axis=2) + np.eye(len(moments.counts))
    smallest = [apart.min(), np.linalg.norm(moments.centred, axis=1).min(), span_of_means(moments).scales[-1]]
    return min(smallest) / moments.norm_max


def test_one_pass_with_scatter_gives_everything_but_nc4():
    features, labels, weight, bias = cloud(3, 7, 12, 500)
    first, head = MomentStream(7, 12, scatter=True), HeadStream(weight, bias)
    for rows in np.array_split(np.arange(500), 9):
        first.update(features[rows], labels[rows])
        head.update(features[rows], labels[rows])
    found = observables(first.value(), head, loss="mse")
    expected = last_layer_observables(features, labels, weight, bias, loss="mse")
    assert set(expected) - set(found) == {"nc4"}
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-10), name


def test_scatters_merge_like_everything_else():
    features, labels, *_ = cloud(4, 5, 6, 300)
    whole = class_moments(features, labels, scatter=True)
    streams = [MomentStream(5, 6, scatter=True) for _ in range(3)]
    for shard, stream in enumerate(streams):
        stream.update(features[shard::3], labels[shard::3])
    merged = streams[0].merge(streams[1]).merge(streams[2]).value()
    assert merged.scatter == pytest.approx(whole.scatter, rel=1e-10)
    assert nc1(merged) == pytest.approx(nc1(features, labels), rel=1e-10)


def collapsed_cloud(dtype, size=1e4, deviation=1e-3, classes=10, dimension=64, each=200):
    """Features of norm `size` within `deviation` of their class mean, rounded to dtype, and their exact NC1."""
    rng = np.random.default_rng(5)
    means = rng.standard_normal((classes, dimension))
    means *= size / np.linalg.norm(means, axis=1, keepdims=True)
    labels = rng.permutation(np.repeat(np.arange(classes), each))
    noise = deviation * rng.standard_normal((len(labels), dimension))
    features = (means[labels] + noise).astype(dtype)
    return features, labels


def exact_nc1(features, labels):
    """NC1 in extended precision, centred, with the pseudo-inverse of the whole S_B."""
    exact = features.astype(np.longdouble)
    means = np.array([exact[labels == c].mean(axis=0) for c in range(labels.max() + 1)])
    apart = (exact - means[labels]).astype(np.float64)
    centred = (means - means.mean(axis=0)).astype(np.float64)
    inverse = np.linalg.pinv(centred.T @ centred / len(means), rcond=1e-10, hermitian=True)
    return np.einsum("id,de,ie->", apart, inverse, apart) / len(apart) / len(means)


@pytest.mark.parametrize("library", [np.asarray, torch.tensor])
@pytest.mark.parametrize("batch", [2000, 333, 7])
def test_float32_nc1_is_right_at_collapse_where_a_one_pass_formula_is_negative(library, batch):
    features, labels = collapsed_cloud(np.float32)
    stream = MomentStream(10, 64)
    pieces = [slice(start, start + batch) for start in range(0, len(labels), batch)]
    for rows in pieces:
        stream.update(library(features[rows]), library(labels[rows]))
    second = SecondPass(stream.value())
    for rows in pieces:
        second.update(library(features[rows]), library(labels[rows]))
    exact = exact_nc1(features, labels)
    assert second.value()["nc1"] == pytest.approx(exact, rel=1e-3)
    assert second.value()["nc1"] == pytest.approx(exact, rel=1e-5)
    one_pass = (features**2).sum(dtype=np.float32) / len(labels)
    means = np.array([features[labels == c].mean(axis=0) for c in range(10)])
    assert one_pass - (means**2).sum() / 10 < 0 or abs(one_pass - (means**2).sum() / 10) > 1e-3


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_float32_spreads_are_right_far_from_the_origin(offset):
    features, labels, *_ = cloud(2, 6, 20, 5000, offset=offset)
    features = features.astype(np.float32)
    found, exact = class_moments(features, labels), class_moments(features.astype(np.float64), labels)
    assert found.spreads == pytest.approx(exact.spreads, rel=1e-6)
    assert found.means == pytest.approx(exact.means, rel=1e-6, abs=1e-6)
    assert nc1(features, labels) == pytest.approx(nc1(features.astype(np.float64), labels), rel=1e-5)


def test_a_shift_far_from_the_mean_is_noticed_and_the_batch_summed_again():
    rng = np.random.default_rng(0)
    features, labels = rng.standard_normal((1000, 8)).astype(np.float32), np.zeros(1000, dtype=int)
    exact = features.astype(np.float64)
    truth = ((exact - exact.mean(axis=0)) ** 2).sum()
    far = shifted_sums(features, labels, np.full((1, 8), 1e6), False, "features")
    assert far.cancels().all() and abs(far.spreads[0] / truth - 1) > 1e-2
    near = shifted_sums(features, labels, far.means, False, "features")
    assert not near.cancels().any() and near.spreads[0] == pytest.approx(truth, rel=1e-6)
    stream = MomentStream(1, 8)
    stream.update(np.full((1, 8), 1e6), labels[:1])
    stream.update(features, labels)
    both = np.vstack([np.full((1, 8), 1e6), exact])
    assert stream.spreads[0] == pytest.approx(((both - both.mean(axis=0)) ** 2).sum(), rel=1e-9)
    alone = MomentStream(1, 8)
    alone.update(np.vstack([np.full((1, 8), 1e3, dtype=np.float32), features]), np.zeros(1001, dtype=int))
    both[0] = 1e3
    assert alone.spreads[0] == pytest.approx(((both - both.mean(axis=0)) ** 2).sum(), rel=1e-6)


def test_half_precision_features_are_accumulated_in_float32_or_better():
    rng = np.random.default_rng(1)
    features = torch.tensor(1.0 + rng.random((20_000, 4))).to(torch.bfloat16)
    labels = np.arange(20_000) % 2
    exact = features.double().numpy()
    moments = class_moments(features, labels)
    assert moments.means == pytest.approx(np.array([exact[labels == c].mean(0) for c in (0, 1)]), rel=1e-7)
    naive = torch.zeros((), dtype=torch.bfloat16)
    for value in features[:2000, 0]:
        naive += value
    assert abs(float(naive) / exact[:2000, 0].sum() - 1) > 0.5
    assert moments.norm_sum / 20_000 == pytest.approx(np.linalg.norm(exact, axis=1).mean(), rel=1e-6)


def test_several_blocks_on_several_threads_give_the_same_digits_as_one():
    rows = 3 * (BLOCK_ENTRIES // 32) + 17
    features, labels, weight, bias = cloud(6, 5, 32, rows)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        single = last_layer_observables(features, labels, weight, bias)
    assert last_layer_observables(features, labels, weight, bias) == single
    half = len(labels) // 2
    parts = [[(features[:half], labels[:half])], [(features[half:], labels[half:])]]
    for name, value in streamed(parts, 5, weight, bias).items():
        assert value == pytest.approx(single[name], rel=1e-10), name


def test_very_many_classes_run_over_tiles_and_agree_with_the_dense_path(monkeypatch):
    features, labels, weight, bias = cloud(7, 300, 12, 2000)
    dense = last_layer_observables(features, labels, weight, bias)
    monkeypatch.setattr(heads, "DENSE_CLASSES", 100)
    assert not heads.Head.of(weight).dense
    tiled = last_layer_observables(features, labels, weight, bias)
    for name, value in tiled.items():
        assert value == pytest.approx(dense[name], rel=1e-9, nan_ok=True), name
    assert set(dense) - set(tiled) == {name for name in dense if "_lower" in name or "_upper" in name}
    tensors = torch.tensor(features, dtype=torch.bfloat16), torch.tensor(labels)
    rounded = tensors[0].double().numpy()
    found = last_layer_observables(*tensors, weight, bias)
    for name, value in last_layer_observables(rounded, labels, weight, bias).items():
        assert found[name] == pytest.approx(value, rel=1e-3, abs=1e-3, nan_ok=True), name


def test_a_vocabulary_of_which_few_words_occur_needs_no_dense_matrix():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((2500, 16)).astype(np.float32)
    labels = rng.integers(0, 40, 200) * 60
    features = (weight[labels] + 0.3 * rng.standard_normal((200, 16))).astype(np.float32)
    found = last_layer_observables(features, labels, weight, absent="drop")
    exact = last_layer_observables(features.astype("f8"), labels, weight.astype("f8"), absent="drop")
    assert found["classes"] == len(weight)
    for name in ("relative_flatness", "nc1", "nc3", "nc4", "cdnv", "mean_wrong_probability", "flatness_loss_bound"):
        assert found[name] == pytest.approx(exact[name], rel=1e-4), name
    logits = features.astype("f8") @ weight.T.astype("f8")
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    spread = p @ (weight.astype("f8") ** 2).sum(1) - ((p @ weight) ** 2).sum(1)
    assert exact["relative_flatness"] == pytest.approx(((features.astype("f8") ** 2).sum(1) * spread).mean(), rel=1e-8)


def test_memory_does_not_grow_with_the_number_of_samples():
    import tracemalloc

    batch, labels, weight, bias = cloud(8, 10, 64, 20_000)
    batch = batch.astype(np.float32)
    first, head = MomentStream(10, 64), HeadStream(weight, bias)
    first.update(batch, labels)
    head.update(batch, labels)
    tracemalloc.start()
    peaks = []
    for _ in range(12):
        tracemalloc.reset_peak()
        first.update(batch, labels)
        head.update(batch, labels)
        peaks.append(tracemalloc.get_traced_memory()[1])
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 1e6 and max(peaks) < predicted_memory(10, 64)
    assert first.value().samples == 13 * 20_000


@settings(deadline=None)
@given(st.integers(1, 9), st.lists(st.integers(0, 8), min_size=1, max_size=30))
def test_classes_are_grouped_as_numpy_groups_them(classes, labels):
    labels = np.array(labels) % classes
    for found, wanted in zip(
        grouped(labels, classes), np.unique(labels, return_index=True, return_inverse=True), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)
