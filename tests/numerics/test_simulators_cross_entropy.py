"""The cross-entropy model against its closed forms, which are evaluated from the flows' own expressions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.chain import slope
from numerics.integration import evaluate
from numerics.simulators import ce_ufm
from numerics.simulators.ce_ufm import Config
from numerics.starts import random_frame
from theory.flows import collapsed_ce as flows
from theory.objects import ufm
from theory.symbols import K, c, decay, decay_H, decay_W, n, t, u, u0

EXACT = {"rtol": 1e-12, "atol": 1e-15}


def models():
    """Collapsed starts of small models, with weight decays below the threshold or without."""
    return st.builds(
        Config,
        classes=st.integers(2, 6),
        samples_per_class=st.integers(1, 5),
        features=st.integers(5, 8),
        decay_W=st.sampled_from([0.0, 1e-4, 1e-3, 1e-2]),
        decay_H=st.sampled_from([0.0, 1e-4, 1e-3, 1e-2]),
        start=st.just("collapsed"),
        start_head=st.floats(0.05, 3.0),
        start_feature=st.floats(0.05, 3.0),
        t_end=st.just(50.0),
        points=st.just(5),
        rtol=st.just(1e-12),
        atol=st.just(1e-15),
    )


@settings(deadline=None, max_examples=15)
@given(models(), st.integers(0, 2**32 - 1))
def test_full_and_planar_agree_to_1e_8_from_any_collapsed_start(config, seed):
    full = ce_ufm.simulate(config, seed)
    planar = ce_ufm.simulate(replace(config, model="planar"), seed)
    for name in planar.observables:
        np.testing.assert_allclose(full[name], planar[name], rtol=1e-8, atol=1e-8, err_msg=name)
    assert np.nanmax(full["nc1"]) < 1e-20
    assert full["nc2"].max() < 1e-10 and full["nc3"].max() < 1e-10


@settings(deadline=None, max_examples=15)
@given(models(), st.integers(0, 2**32 - 1))
def test_the_objective_never_rises_along_the_flow(config, seed):
    start = replace(config, start="gaussian", points=20, rtol=1e-10)
    for trajectory in (
        ce_ufm.simulate(start, seed),
        ce_ufm.simulate(replace(start, start="collapsed", model="planar")),
    ):
        assert np.all(np.diff(trajectory["objective"]) <= 1e-9)


@settings(deadline=None, max_examples=15)
@given(st.floats(1e-5, 0.2), st.integers(0, 2**32 - 1))
def test_balancedness_decays_at_twice_the_common_decay(rate, seed):
    config = Config(decay_W=rate, decay_H=rate, t_end=20.0, points=5, **EXACT)
    assert ce_ufm.simulate(config, seed)["balancedness_defect"].max() < 1e-10
    free = replace(config, decay_W=0.0, decay_H=0.0)
    assert ce_ufm.simulate(free, seed)["balancedness_defect"].max() < 1e-10


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_permuting_classes_and_rotating_features_commutes_with_the_flow(seed):
    config = Config(classes=4, samples_per_class=3, features=5)
    rng = np.random.default_rng(seed)
    chain = ce_ufm.chain_of([config])
    weight, features = ce_ufm.start_blocks(config, seed)
    rotation = random_frame(5, 5, rng)
    order = rng.permutation(4)
    samples = np.concatenate([np.arange(3) + 3 * k for k in order])
    plain = slope(chain, (weight, features))
    turned = slope(chain, (weight[order] @ rotation.T, (rotation @ features)[:, samples]))
    np.testing.assert_allclose(turned[0], plain[0][order] @ rotation.T, atol=1e-13)
    np.testing.assert_allclose(turned[1], (rotation @ plain[1])[:, samples], atol=1e-13)


def test_any_start_collapses_onto_the_closed_form_optimum():
    config = Config(classes=4, decay_W=2e-2, decay_H=2e-3, t_end=6000.0, points=4, rtol=1e-8)
    head, feature = ce_ufm.equilibrium(config)
    strength, flatness = evaluate([ufm.coupled_decay, flows.equilibrium_flatness], ce_ufm.parameters(config))
    for trajectory in ce_ufm.simulate_many([config] * 3, [0, 1, 2]):
        end = {name: values[-1] for name, values in trajectory.observables.items()}
        assert abs(end["feature_norm"] / feature - 1) < 1e-6 and abs(end["head_norm"] / (2 * head) - 1) < 1e-6
        assert abs(end["mean_wrong_probability"] / (3 * strength) - 1) < 1e-6
        assert abs(end["relative_flatness"] / flatness - 1) < 1e-6
        assert end["nc1"] < 1e-8 and end["nc2"] < 1e-6 and end["nc3"] < 1e-6 and end["nc4"] == 0


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 100), st.integers(1, 1000), st.floats(0.05, 20.0), st.floats(0.01, 0.999))
def test_the_planar_flow_ends_at_the_closed_form_also_near_the_threshold(classes, samples, ratio, relative):
    coupled = relative / classes / np.sqrt(samples)
    config = Config(
        model="planar", start="equilibrium", start_head=0.5, start_feature=1.5, classes=classes,
        samples_per_class=samples, decay_W=coupled * ratio, decay_H=coupled / ratio, points=2, rtol=1e-10,
        solver="LSODA",
    )  # fmt: skip
    values = ce_ufm.parameters(config)
    jacobian = evaluate(tuple(flows.PLANAR.jacobian().subs(flows.PLANAR.at("collapsed"))), values)
    rate = -np.linalg.eigvals(np.array(jacobian, dtype=float).reshape(2, 2)).real.max()
    assert rate > 0
    trajectory = ce_ufm.simulate(replace(config, t_end=30 / rate))
    head, feature = ce_ufm.equilibrium(config)
    np.testing.assert_allclose(trajectory["feature_norm"][-1], feature, rtol=1e-6)
    np.testing.assert_allclose(trajectory["head_norm"][-1], head * np.sqrt(classes), rtol=1e-6)


@pytest.mark.parametrize("relative, grows", [(0.98, True), (1.02, False)])
def test_a_small_start_grows_below_the_threshold_and_dies_above_it(relative, grows):
    rate = relative / 5 / np.sqrt(7)
    config = Config(
        model="scalar", start="collapsed", classes=5, samples_per_class=7, decay_W=rate, decay_H=rate,
        start_head=1e-2, start_feature=1e-2 / np.sqrt(7), t_end=50 / rate, points=50,
    )  # fmt: skip
    steps = np.diff(ce_ufm.simulate(config)["logit"])
    assert np.all(steps > 0) if grows else np.all(steps < 0)


@pytest.mark.parametrize("factor", [0.3, 3.0])
def test_rescaled_features_return_to_their_norm(factor):
    config = Config(
        start="equilibrium", start_head=1.0, start_feature=factor, decay_W=2e-2, decay_H=2e-3, t_end=8000.0, points=3
    )
    trajectory = ce_ufm.simulate(config)
    feature = ce_ufm.equilibrium(config)[1]
    assert abs(trajectory["feature_norm"][0] / feature - factor) < 1e-12
    assert abs(trajectory["feature_norm"][-1] / feature - 1) < 1e-6


def test_the_flow_relaxes_to_its_equilibrium_at_the_local_rate():
    config = Config(
        model="scalar", start="equilibrium", start_head=1.001, start_feature=1.001, classes=4, samples_per_class=1,
        decay_W=1e-2, decay_H=1e-2, t_end=100.0, points=3, log_times=False, **EXACT,
    )  # fmt: skip
    values = {K: 4, n: 1, decay: 1e-2, decay_W: 1e-2, decay_H: 1e-2}
    rate, logit = evaluate(
        [flows.local_rate(), ufm.optimal_logit(c).subs(c, 1e-2)], {**values, decay_W: 1e-2, decay_H: 1e-2}
    )
    excess = ce_ufm.simulate(config)["logit"] - logit
    assert abs(np.log(excess[1] / excess[2]) / 50 / rate - 1) < 2e-3


def test_without_decay_the_logit_follows_its_implicit_time_and_flatness_falls_as_log_t_over_t():
    config = Config(
        model="scalar", start="collapsed", classes=4, samples_per_class=3, decay_W=0.0, decay_H=0.0,
        start_head=np.sqrt(3.0) * 0.1, start_feature=0.1, t_end=1e7, points=60, log_times=True, **EXACT,
    )  # fmt: skip
    trajectory = ce_ufm.simulate(config)
    times, logit = trajectory.time[1:], trajectory["logit"][1:]
    wanted = [flows.implicit_time(), flows.flatness_rate(t)]
    elapsed, rate = evaluate(wanted, {K: 4, n: 3, u: logit, u0: trajectory["logit"][0], t: times})
    np.testing.assert_allclose(elapsed, times, rtol=1e-6)
    ratio = trajectory["relative_flatness"][1:] / rate
    late = times > 1e4
    assert np.all(np.diff(ratio[late]) < 0) and abs(ratio[-1] - 1.059) < 5e-4


def test_many_members_are_integrated_as_one_and_each_ends_at_its_own_equilibrium():
    decays = np.geomspace(2e-3, 2e-2, 6)
    configs = [
        Config(model="planar", start="collapsed", decay_W=rate, decay_H=rate / 10, t_end=2e4, points=3)
        for rate in decays
    ]
    ends = [trajectory["feature_norm"][-1] for trajectory in ce_ufm.simulate_many(configs, range(6))]
    np.testing.assert_allclose(ends, [ce_ufm.equilibrium(config)[1] for config in configs], rtol=1e-6)


@pytest.mark.parametrize("momentum, decoupled", [(0.0, False), (0.9, False), (0.0, True), (0.9, True)])
def test_descent_rests_at_the_equilibrium_of_its_effective_decay(momentum, decoupled):
    config = Config(
        method="descent", decay_W=5e-2, decay_H=5e-3, momentum=momentum, decoupled=decoupled, step=1.0, t_end=3000.0,
        points=2,
    )  # fmt: skip
    feature = ce_ufm.equilibrium(config)[1]
    assert abs(ce_ufm.simulate(config)["feature_norm"][-1] / feature - 1) < 1e-6


def test_adam_rests_at_the_optimum_with_coupled_decay_only():
    config = Config(method="descent", adam=True, decay_W=5e-2, decay_H=5e-3, step=1e-2, t_end=100.0, points=2)
    feature = ce_ufm.equilibrium(config)[1]
    coupled, decoupled = (
        ce_ufm.simulate(replace(config, decoupled=choice))["feature_norm"][-1] for choice in (False, True)
    )
    assert abs(coupled / feature - 1) < 1e-2
    assert decoupled > 2 * feature


def test_a_step_just_below_the_limit_stays_at_the_optimum_and_one_just_above_leaves_it():
    from numerics.curvature import largest_curvature
    from numerics.descent import descend

    config = Config(classes=3, samples_per_class=2, features=2, decay_W=5e-2, decay_H=2e-2)
    chain, optimum = ce_ufm.chain_of([config]), ce_ufm.optimal_blocks(config)
    rng = np.random.default_rng(0)
    start = [block + 1e-6 * rng.standard_normal(block.shape) for block in optimum]
    curvature = largest_curvature(chain, optimum, tolerance=1e-10)
    for momentum in (0.0, 0.9):
        limit = 2 * (1 + momentum) / curvature
        distances = []
        for step in (0.98 * limit, 1.02 * limit):
            blocks = [block for _, block in descend(chain, start, np.array([0, 600]), step=step, momentum=momentum)][-1]
            distances.append(abs(np.linalg.norm(blocks[0].numpy()) - np.linalg.norm(optimum[0])))
        assert distances[0] < 1e-6 < 1e-4 < distances[1]
