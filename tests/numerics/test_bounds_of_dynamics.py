"""Bounds of the dynamics claims on trajectories: respected by simulations, violated by planted ones, and out of scope,
with the measured defect, where an assumption fails."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.metrics import last_layer_observables
from numerics.simulators import abelian_ufm, ce_ufm, deep_linear, deep_ufm, imbalanced_ufm, mse_ufm
from numerics.trajectory import Trajectory
from numerics.verdict import compare
from theory.blueprint import statement

CARRIED = {
    "balancedness_decays": "balancedness_decays",
    "ce_ufm_optimum": "ce_ufm_optimum",
    "deep_ufm_optimum": "deep_ufm_reduction",
    "feature_norm_at_rest": "feature_norm_equilibrium",
    "flatness_at_rest": "flatness_at_equilibrium",
    "loss_from_norms": "loss_from_norms",
    "mse_ufm_optimum": "mse_ufm_optimum",
    "objective_falls": "feature_norm_attractor",
}


def bound_named(name):
    (found,) = [bound for bound in statement(CARRIED[name]).bounds if bound.name == name]
    return found


def run_of(simulator, **settings):
    return simulator.simulate(simulator.Config(**{"points": 40, **settings}), 0)


RUNS = {
    "balancedness_decays": (deep_linear, {"loss": "cross_entropy"}),
    "ce_ufm_optimum": (ce_ufm, {"t_end": 3e4}),
    "deep_ufm_optimum": (deep_ufm, {"t_end": 5e3, "start_fraction": 0.9, "start": "gaussian"}),
    "feature_norm_at_rest": (ce_ufm, {"t_end": 3e4}),
    "flatness_at_rest": (ce_ufm, {"t_end": 3e4}),
    "loss_from_norms": (ce_ufm, {"t_end": 3e4}),
    "mse_ufm_optimum": (mse_ufm, {"free_bias": True}),
    "objective_falls": (abelian_ufm, {}),
}
# what a run would have to show to break the bound: a factor on its observable, or a value in its place
PLANTED = {name: 0.99 for name in ("ce_ufm_optimum", "deep_ufm_optimum", "mse_ufm_optimum", "loss_from_norms")} | {
    "feature_norm_at_rest": 1.01, "flatness_at_rest": 0.9,
    "balancedness_decays": np.array(1e-3), "objective_falls": np.array(1e-3),
}  # fmt: skip
OUTSIDE = {
    "balancedness_decays": ((ce_ufm, {}), "unequal_decay"),
    "deep_ufm_optimum": ((deep_ufm, {"relu": True, "t_end": 50.0}), "activation_between"),
    "feature_norm_at_rest": ((ce_ufm, {"decay_W": 0.5, "decay_H": 0.5, "t_end": 50.0}), "decay_strength"),
    "flatness_at_rest": ((ce_ufm, {"t_end": 1.0}), "objective_gap"),
    "loss_from_norms": ((imbalanced_ufm, {}), "class_imbalance"),
    "objective_falls": ((ce_ufm, {"method": "descent", "step": 1.0, "t_end": 50.0}), "step"),
}


@pytest.mark.parametrize("name", CARRIED)
def test_a_simulation_respects_the_bound_and_a_planted_run_violates_it(name):
    bound, run = bound_named(name), run_of(RUNS[name][0], **RUNS[name][1])
    verdict = compare(bound, [run], CARRIED[name])
    assert verdict.agreement == "RESPECTED", verdict.reason
    fault = PLANTED[name]
    column = run[bound.observable] * fault if isinstance(fault, float) else np.full(len(run), fault)
    planted = replace(run, observables={**run.observables, bound.observable: column})
    verdict = compare(bound, [planted, planted], CARRIED[name])
    assert verdict.agreement == "VIOLATED", verdict.reason
    assert verdict.margin < 0


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_run_outside_the_assumptions_is_out_of_scope_with_its_defect(name):
    (simulator, settings), defect = OUTSIDE[name]
    bound = bound_named(name)
    verdict = compare(bound, [run_of(simulator, **settings)], CARRIED[name])
    assert verdict.agreement == "OUT_OF_SCOPE", verdict.reason
    assert verdict.defects[defect] > dict(bound.scope)[defect]


@settings(deadline=None, max_examples=40)
@given(
    st.integers(2, 8), st.integers(1, 6), st.integers(1, 9), st.floats(0.01, 6), st.floats(0.01, 6), st.integers(0, 999)
)
def test_no_head_and_features_fit_better_than_their_norms_allow(classes, samples, features, head, size, seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), samples)
    weight = head * rng.standard_normal((classes, features))
    own = weight[labels] if seed % 2 else 0.0  # half of the states point towards their class
    points = size * (rng.standard_normal((len(labels), features)) + own)
    seen = last_layer_observables(points, labels, weight, head * rng.standard_normal(classes))
    run = Trajectory("state", np.zeros(1), {name: np.array([value]) for name, value in seen.items()})
    assert compare(bound_named("loss_from_norms"), [run]).agreement in ("RESPECTED", "VACUOUS")


def test_a_trained_network_respects_the_bound_by_its_norms():
    torch.manual_seed(0)
    labels = torch.arange(90) % 3
    inputs = torch.eye(3)[labels] + 0.3 * torch.randn(90, 3)
    model = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
    rows = []
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimiser.step()
        rows.append(last_layer_observables(model[:2](inputs), labels, model[2].weight, model[2].bias))
    run = Trajectory("net", np.arange(60.0), {name: np.array([row[name] for row in rows]) for name in rows[0]})
    verdict = compare(bound_named("loss_from_norms"), [run])
    assert verdict.agreement == "RESPECTED" and 0 < verdict.margin < 1, verdict.reason
    dropped = Trajectory("net", run.time, {**run.observables, "class_imbalance": np.full(60, 0.1)})
    assert compare(bound_named("loss_from_norms"), [dropped]).agreement == "OUT_OF_SCOPE"


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 50),
    st.integers(1, 50),
    st.floats(-7, -0.005),
    st.floats(-3, 3),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_states_of_nearly_least_objective_have_nearly_the_norm_and_flatness_of_rest(
    classes, samples, power, skew, move
):
    """The scope of the two bounds at rest really implies them, from far below the threshold to 1 % of it."""
    strength = 10**power  # K c
    coupled = strength / classes / np.sqrt(samples)
    config = ce_ufm.Config(
        model="planar", start="collapsed", classes=classes, samples_per_class=samples, decay_W=coupled * 10**skew,
        decay_H=coupled / 10**skew,
    )  # fmt: skip
    rest = ce_ufm.Rest.of(config)
    near = 10.0 ** np.arange(-7, -1, 0.25)  # relative distances from rest, along one direction
    head, feature = ce_ufm.equilibrium(config)
    values = ce_ufm.parameters(config)
    state = {ce_ufm.flows.PLANAR.state[0]: head * (1 + move[0] * near)}
    state |= {ce_ufm.flows.PLANAR.state[1]: feature * (1 + move[1] * near)}
    names = ("objective", "feature_norm", "relative_flatness")
    found = ce_ufm.evaluate([ce_ufm.flows.OBSERVABLES[name] for name in names], values | state)
    columns = rest.columns(dict(zip(names, found, strict=True)))
    inside = columns["objective_gap"] <= 1e-8
    assert np.all(np.abs(columns["feature_norm_over_rest"][inside] - 1) <= 1e-3)
    assert np.all(np.abs(columns["flatness_over_rest"][inside] - 1) <= 2e-2)
