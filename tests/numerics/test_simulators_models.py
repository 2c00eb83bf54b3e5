"""The other models against their closed forms: squared error, depth, central path, groups, imbalance, depth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Mul

from numerics.chain import activations, objective, slope
from numerics.integration import evaluate
from numerics.simulation import settled
from numerics.simulators import (
    abelian_ufm,
    central_path,
    deep_linear,
    deep_ufm,
    imbalanced_ufm,
    mse_ufm,
    phase_diagrams,
)
from theory.flows import collapsed_mse
from theory.flows import deep_ufm as deep_flows
from theory.objects import ufm
from theory.symbols import L, decay, n, t

EXACT = {"rtol": 1e-12, "atol": 1e-16}


@pytest.mark.parametrize("free_bias", [False, True])
@pytest.mark.parametrize("convention", ["paper", "mean", "sum"])
def test_the_squared_error_flow_is_logistic_with_two_clocks_in_every_convention(convention, free_bias):
    config = mse_ufm.Config(
        convention=convention, free_bias=free_bias, start="collapsed", start_head=0.3, start_feature=0.3, decay_W=5e-3,
        decay_H=5e-3, noise_inside=1e-7, noise_outside=1e-7, points=9, **EXACT,
    )  # fmt: skip
    weight = mse_ufm.loss_weight(config)
    config = replace(config, t_end=1.5 / weight)
    trajectory = mse_ufm.simulate(config, 1)
    wanted = [collapsed_mse.mode(), collapsed_mse.inside_noise(), collapsed_mse.outside_noise()]
    values = {n: 10, collapsed_mse.weight: weight, decay: 5e-3, collapsed_mse.sigma0: 0.09, t: trajectory.time}
    mode, inside, outside = evaluate(wanted, values)
    np.testing.assert_allclose(trajectory["mode"], mode, rtol=1e-6)
    np.testing.assert_allclose(trajectory["noise_inside"], 1e-7 * inside, rtol=1e-6)
    np.testing.assert_allclose(trajectory["noise_outside"], 1e-7 * outside, rtol=1e-6)


@pytest.mark.parametrize("rate", [1e-4, 1e-3])
def test_fit_time_and_collapse_time_are_the_predicted_ones_and_far_apart(rate):
    config = mse_ufm.Config(
        model="planar", start="collapsed", start_head=0.1, start_feature=0.1, decay_W=rate, decay_H=rate,
        noise_inside=1e-3, noise_outside=1e-3, t_end=8 / rate, points=200001, rtol=1e-9,
    )  # fmt: skip
    trajectory = mse_ufm.simulate(config)
    values = {n: 10, collapsed_mse.weight: mse_ufm.loss_weight(config), decay: rate, collapsed_mse.sigma0: 0.01}
    wanted = [collapsed_mse.equilibrium_mode, collapsed_mse.fit_time(0.9), collapsed_mse.collapse_time(1e-3)]
    mode, fit, collapse = (float(value) for value in evaluate(wanted, values))
    grid = trajectory.time[1]
    assert abs(trajectory.first_time("mode", 0.9 * mode, "above") - fit) <= grid
    assert abs(trajectory.first_time("noise_outside", 1e-6, "below") - collapse) <= grid
    assert collapse > 5 * fit


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["paper", "mean", "sum"]), st.booleans(), st.floats(0.05, 0.99), st.floats(0.1, 10),
    st.integers(2, 20), st.integers(2, 50),
)  # fmt: skip
def test_the_squared_error_flow_ends_at_its_closed_form_also_near_the_threshold(
    convention, free_bias, relative, ratio, classes, samples
):
    config = mse_ufm.Config(
        model="planar", start="collapsed", convention=convention, free_bias=free_bias, classes=classes,
        samples_per_class=samples, points=2, rtol=1e-10, solver="LSODA",
    )  # fmt: skip
    weight = mse_ufm.loss_weight(config)
    coupled = relative * weight * np.sqrt(samples)
    config = replace(config, decay_W=coupled * ratio, decay_H=coupled / ratio)
    slowest = min(coupled * min(ratio, 1 / ratio), weight * np.sqrt(samples) * (1 - relative)) / max(ratio, 1 / ratio)
    trajectory = mse_ufm.simulate(replace(config, t_end=60 / slowest))
    head, feature = mse_ufm.equilibrium(config)
    np.testing.assert_allclose(trajectory["mode"][-1], head * feature, rtol=1e-6)
    norm = evaluate([ufm.mse_feature_norm_squared(free_bias, collapsed_mse.weight)], mse_ufm.parameters(config))[0]
    np.testing.assert_allclose(trajectory["feature_norm"][-1] ** 2, norm, rtol=1e-6)


@pytest.mark.parametrize("free_bias, metric", [(True, "nc2"), (False, "mode")])
def test_a_gaussian_start_ends_at_the_frame_of_its_bias(free_bias, metric):
    config = mse_ufm.Config(free_bias=free_bias, decay_W=2e-2, decay_H=2e-2, t_end=1500.0, points=2, rtol=1e-8)
    trajectory = mse_ufm.simulate(config)
    assert abs(trajectory["mode"][-1] / np.prod(mse_ufm.equilibrium(config)) - 1) < 1e-6
    # a simplex frame with a free bias; without one an orthogonal frame, whose centred means are a simplex frame too
    assert trajectory["nc2"][-1] < 1e-6 and trajectory["nc1"][-1] < 1e-10
    norm = evaluate([ufm.mse_feature_norm_squared(free_bias)], mse_ufm.parameters(config))[0]
    assert abs(trajectory["feature_norm"][-1] ** 2 / norm - 1) < 1e-6


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_aligned_deep_chains_are_their_factors_with_and_without_relu(depth, relu):
    config = deep_ufm.Config(depth=depth, relu=relu, imbalance=0.2, t_end=500.0, points=5, **EXACT)
    full, factors = deep_ufm.simulate(config), deep_ufm.simulate(replace(config, model="factors", relu=False))
    for name in factors.observables:
        np.testing.assert_allclose(full[name], factors[name], rtol=1e-7, atol=1e-7, err_msg=name)


@pytest.mark.parametrize(("depth", "features", "seed"), [(2, 5, 0), (3, 6, 1), (4, 4, 2)])
def test_a_random_deep_chain_comes_to_rest_in_copies_of_the_scalar_state(depth, features, seed):
    """deep_ufm_reduction: at rest the factors are balanced, and every direction rests in the scalar flow."""
    config = deep_ufm.Config(
        depth=depth, classes=3, samples_per_class=4, features=features, decay=8e-3, start="gaussian", start_fraction=0.9
    )
    chain = deep_ufm.chain_of([config])
    blocks = settled(chain, deep_ufm.start_blocks(config, seed), 2e5)
    assert max(np.abs(part).max() for part in slope(chain, blocks)) < 1e-7
    sizes = [np.linalg.svd(block, compute_uv=False)[:3] for block in blocks]
    assert np.ptp(sizes, axis=0).max() < 1e-4, "neighbouring factors are balanced"
    allowed = np.array([0.0, *deep_ufm.branches(config)]) * np.sqrt(config.samples_per_class)
    allowed = allowed ** (1 / depth)
    assert all(np.abs(size - allowed).min() < 1e-4 for size in sizes[0]), "each direction rests in the scalar flow"
    reached = sizes[0].max()
    assert reached == pytest.approx(allowed[-1], abs=1e-4), "the start was large enough for at least one direction"
    logits = activations(chain, blocks)[-1].reshape(3, 3, 4)
    assert np.ptp(logits, axis=2).max() < 1e-4, "all samples of a class have the same logits"
    scalar = deep_flows.BALANCED.lyapunov
    values = {**deep_ufm.parameters(config), L: depth, deep_flows.w: sizes[0]}
    assert float(objective(chain, blocks)) == pytest.approx(float(evaluate([scalar], values)[0].sum()), rel=1e-5)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_rate_of_one_factor_is_that_of_the_flow_of_all(depth):
    flow = deep_flows.factors(depth, equal_decay=True)
    for place, rate in enumerate(flow.right_hand_side):
        above, below = Mul(*flow.state[place + 1 :]), Mul(*flow.state[:place])
        assert (rate - deep_flows.factor_rate(above, flow.state[place], below)).expand() == 0


@pytest.mark.parametrize("depth", [3, 4, 6])
def test_both_branches_of_the_depth_threshold_are_kept(depth):
    """Between threshold and fold the collapsed state survives, and beside it the origin; beyond the fold only that."""
    fold, threshold = (float(evaluate([make(L)], {L: depth})[0]) for make in (ufm.deep_fold, ufm.deep_threshold))
    unit = deep_ufm.drive(deep_ufm.Config(depth=depth, decay=1.0))
    base = deep_ufm.Config(depth=depth, model="factors", points=2, t_end=3e4, decay=(fold + threshold) / 2 / unit)
    unstable, stable = deep_ufm.branches(base)
    assert 0 < unstable < stable
    configs = [replace(base, start_fraction=start) for start in (1.0, 1.02 * unstable, 0.98 * unstable)]
    ends = [trajectory["fraction"][-1] for trajectory in deep_ufm.simulate_many(configs, [0, 0, 0])]
    np.testing.assert_allclose(ends[:2], stable, rtol=1e-6)
    assert ends[2] < 1e-6
    beyond = replace(base, decay=1.05 * fold / unit, start_fraction=1.0)
    assert deep_ufm.branches(beyond) == (0.0, 0.0)
    assert deep_ufm.simulate(beyond)["fraction"][-1] < 1e-6


@pytest.mark.parametrize("renormalisation, power", [("projected", 1 / 4), ("rescaled", 1 / 2)])
def test_the_central_path_keeps_its_clock_and_its_covariance(renormalisation, power):
    config = central_path.Config(renormalisation=renormalisation, t_end=8000.0, points=9, rtol=1e-11)
    trajectory = central_path.simulate(config, 2)
    assert trajectory["clock_defect"].max() < 1e-6
    assert trajectory["covariance_defect"].max() < 1e-9
    assert np.all(np.diff(trajectory["ratio_spread"]) < 0) and np.all(np.diff(trajectory["train_loss"]) < 0)
    mode = central_path.Config(renormalisation=renormalisation, model="mode", t_end=1e10, points=60, log_times=True)
    late = central_path.simulate(mode)
    slope = np.diff(np.log(late["omega_1"][-2:])) / np.diff(np.log(late.time[-2:]))
    assert abs(slope[0] - power) < 0.01


def test_momentum_runs_the_central_paths_clock_faster_by_one_over_one_minus_momentum():
    defects = []
    for step in (0.5, 0.25):
        config = central_path.Config(method="descent", step=step, momentum=0.9, t_end=400.0, points=2)
        found = central_path.simulate(config, 0)
        defects.append(found["clock_defect"][-1])
        assert found["covariance_defect"].max() < 1e-9
    assert defects[1] < 2e-3 and 1.8 < defects[0] / defects[1] < 2.4, "an error of first order in the step"


def test_projecting_and_rescaling_are_different_laws():
    config = central_path.Config(t_end=8000.0, points=3)
    projected = central_path.simulate(config)
    columns = dict(projected.observables)
    wrong = central_path.clock_defect(replace(config, renormalisation="rescaled"), columns, projected.time)
    assert wrong[-1] > 0.5


@pytest.mark.parametrize("orders", [(2, 2), (2, 2, 2), (5,), (6,), (2, 3)])
@pytest.mark.parametrize("rate", [0.0, 1e-2])
def test_the_characters_of_the_group_stay_the_singular_vectors(orders, rate):
    config = abelian_ufm.Config(orders=orders, decay=rate, t_end=200.0, points=5, **EXACT)
    full, reduced = abelian_ufm.simulate(config, 4), abelian_ufm.simulate(replace(config, model="spectrum"), 4)
    assert full["off_diagonal"].max() < 1e-10
    for name in reduced.observables:
        np.testing.assert_allclose(full[name], reduced[name], rtol=1e-7, atol=1e-7, err_msg=name)


def test_group_spectra_end_equal_at_the_collapsed_optimum():
    config = abelian_ufm.Config(model="spectrum", orders=(2, 3), decay=2e-2, t_end=3000.0, points=2)
    trajectory = abelian_ufm.simulate(config, 1)
    head, means = abelian_ufm.optimal_blocks(config)
    expected = np.linalg.norm(head @ means) / np.sqrt(5)
    ends = [trajectory[f"mode_{k}"][-1] for k in range(1, 6)]
    np.testing.assert_allclose(ends, expected, rtol=1e-6)
    assert trajectory["mode_0"][-1] < 1e-6


def test_block_symmetric_starts_are_their_seven_numbers():
    config = imbalanced_ufm.Config(start="seli", t_end=500.0, points=5, **EXACT)
    full, blocks = imbalanced_ufm.simulate(config), imbalanced_ufm.simulate(replace(config, model="blocks"))
    for name in blocks.observables:
        np.testing.assert_allclose(full[name], blocks[name], rtol=1e-7, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("sizes", [(2, 2, 20, 4), (3, 2, 7, 1), (2, 5, 100, 3), (4, 4, 5, 5)])
def test_the_seli_state_is_the_matrix_that_the_paper_names(sizes):
    names = ("majority_classes", "minority_classes", "majority_samples", "minority_samples")
    config = imbalanced_ufm.Config(features=9, **dict(zip(names, sizes, strict=True)))
    head, features = imbalanced_ufm.blocks_of(config, imbalanced_ufm.seli_state(config))
    target = imbalanced_ufm.seli_matrix(config.counts)
    np.testing.assert_allclose(head @ features, target, atol=1e-12)
    left, values, right = np.linalg.svd(target, full_matrices=False)
    np.testing.assert_allclose(head @ head.T, (left * values) @ left.T, atol=1e-12)
    np.testing.assert_allclose(features.T @ features, (right.T * values) @ right, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(
    st.integers(2, 5), st.integers(2, 5), st.integers(1, 10), st.integers(1, 20), st.floats(0.1, 10.0), st.booleans()
)
def test_the_minority_collapses_exactly_from_its_ratio_on(majority, minority, few, factor, skew, below):
    ratio = 0.93 if below else 1.07
    config = imbalanced_ufm.Config(
        model="blocks", majority_classes=majority, minority_classes=minority, majority_samples=few * factor,
        minority_samples=few, start="seli", scale=0.3, points=2, rtol=1e-7, solver="LSODA",
    )  # fmt: skip
    rate = ratio * np.sqrt(few) / sum(config.counts)
    config = replace(config, decay_W=rate * skew, decay_H=rate / skew, t_end=400 * max(skew, 1 / skew) / rate)
    assert abs(imbalanced_ufm.minority_ratio(config) / ratio - 1) < 1e-12
    spread = imbalanced_ufm.simulate(config)["minority_spread"]
    assert spread[-1] > 1e-2 if below else spread[-1] < 1e-4 * spread[0]


def test_the_logits_turn_to_the_seli_matrix_as_weight_decay_vanishes():
    configs = [imbalanced_ufm.Config(decay_W=rate, decay_H=rate / 10) for rate in (1e-2, 1e-4, 1e-6)]
    target = imbalanced_ufm.seli_matrix(configs[0].counts)
    angles = []
    for config in configs:
        head, features = imbalanced_ufm.optimal_blocks(config)
        logits = head @ features
        angles.append(1 - np.sum(logits * target) / np.linalg.norm(logits) / np.linalg.norm(target))
    assert angles[0] > 2 * angles[1] > 4 * angles[2] > 0


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(["squared", "cross_entropy"]), st.integers(2, 4), st.sampled_from([0.0, 1e-2, 0.1]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_pair_of_layers_keeps_its_balancedness_law_under_any_loss(loss, depth, rate, seed):
    config = deep_linear.Config(loss=loss, depth=depth, decay=rate, t_end=10.0, points=4, rtol=1e-11, atol=1e-14)
    trajectory = deep_linear.simulate(config, seed)
    for place in range(1, depth):
        assert trajectory[f"balancedness_defect_{place}"].max() < 1e-9


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_descent_breaks_balancedness_in_proportion_to_its_step(loss):
    defects = []
    for step in (0.08, 0.04, 0.02):
        config = deep_linear.Config(loss=loss, method="descent", step=step, t_end=10.0, points=2)
        defects.append(deep_linear.simulate(config)["balancedness_defect_1"][-1])
    assert all(1.8 < first / second < 2.2 for first, second in zip(defects, defects[1:], strict=False))


def test_simulated_cells_lie_on_their_side_of_every_boundary(tmp_path):
    diagrams = {
        name: phase_diagrams.simulate(phase_diagrams.Config(diagram=name, resolution=16))
        for name in phase_diagrams.DIAGRAMS
    }
    depth = diagrams["decay_by_depth"]
    np.testing.assert_array_equal(depth["fraction_from_above"] > 1e-3, depth["drive"] < depth["fold"])
    np.testing.assert_array_equal(depth["optimal"] > 0.5, depth["drive"] < depth["threshold"])
    classes = diagrams["decay_by_classes"]
    np.testing.assert_array_equal(classes["grown"] > 0.5, classes["strength"] < classes["boundary"])
    imbalance = diagrams["decay_by_imbalance"]
    clear = np.abs(imbalance["minority_ratio"] - 1) > 0.03
    split = imbalance["minority_spread"] > 1e-3
    np.testing.assert_array_equal(split[clear], imbalance["minority_ratio"][clear] < 1)
    hysteresis = diagrams["hysteresis"]
    np.testing.assert_allclose(hysteresis["fraction_from_above"], hysteresis["stable_branch"], atol=1e-4)
    held = hysteresis["unstable_branch"] > 1e-3
    assert held.any() and np.all(hysteresis["fraction_from_below"][held] < 1e-6)
    times = diagrams["time_to_collapse"]
    best = int(np.argmin(times["collapse_time"]))
    assert 0 < best < 15 and times["collapse_time"][0] > 50 * times["collapse_time"][best] < times["collapse_time"][-1]
    assert np.all(times["collapse_time"] >= 0.99 * times["noise_clock"])
    paths = phase_diagrams.draw(list(diagrams.values()), tmp_path)
    assert sorted(path.suffix for path in paths) == [".npz"] * 5 + [".png"] * 5 + [".svg"] * 5
    with np.load(tmp_path / "hysteresis.npz") as saved:
        np.testing.assert_array_equal(saved["drive"], hysteresis["drive"])
