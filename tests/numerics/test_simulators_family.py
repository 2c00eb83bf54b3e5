"""What every simulator of the folder owes: a config that refuses nonsense, seeds that decide, ensembles that agree."""

from dataclasses import replace

import numpy as np
import pytest

from numerics.config import ConfigError, override
from numerics.integration import SimulationError
from numerics.simulators import configured, load, names
from numerics.trajectory import load_trajectory, save_trajectory
from theory.errors import UsersMistake

# the smallest run that still moves; what a simulator does not have is left out
SHORT = {"t_end": 5.0, "points": 6, "resolution": 4, "rtol": 1e-8}
REDUCED = {
    "ce_ufm": {"model": "planar", "start": "collapsed"},
    "mse_ufm": {"model": "planar", "start": "collapsed"},
    "deep_ufm": {"model": "factors"},
    "central_path": {"model": "mode"},
    "abelian_ufm": {"model": "spectrum"},
    "imbalanced_ufm": {"model": "blocks"},
}


def short(name, **changes):
    module = load(name)
    config = module.Config()
    changes = {key: value for key, value in SHORT.items() if hasattr(config, key)} | changes
    return module, replace(config, **changes)


def same(first, second, tolerance=0.0):
    assert list(first.observables) == list(second.observables)
    np.testing.assert_allclose(first.time, second.time, rtol=1e-15)
    for name in first.observables:
        np.testing.assert_allclose(first[name], second[name], rtol=tolerance, atol=tolerance, err_msg=name)


def test_every_file_of_the_folder_is_a_simulator():
    assert {"ce_ufm", "mse_ufm", "deep_ufm", "central_path", "abelian_ufm", "imbalanced_ufm", "deep_linear"} <= set(
        names()
    )
    for name in names():
        module = load(name)
        assert module.__doc__ and module.Config and module.simulate and module.simulate_many


@pytest.mark.parametrize("name", names())
def test_the_same_seed_gives_the_same_trajectory_and_it_survives_the_disk(name, tmp_path):
    module, config = short(name)
    trajectory = module.simulate(config, 3)
    same(trajectory, module.simulate(config, 3))
    save_trajectory(trajectory, tmp_path / "trajectory.parquet")
    same(trajectory, load_trajectory(tmp_path / "trajectory.parquet"))
    assert (
        trajectory.about["seed"] == 3 and trajectory.about["config"]["points" if hasattr(config, "points") else "start"]
    )
    assert all(np.isfinite(trajectory["train_loss"])) if "train_loss" in trajectory else True


@pytest.mark.parametrize("name", sorted(set(names()) - {"phase_diagrams"}))
def test_an_ensemble_gives_what_its_members_give_alone(name):
    module, config = short(name, rtol=1e-11, atol=1e-14)
    together = module.simulate_many([config] * 3, [0, 1, 2])
    for seed, trajectory in enumerate(together):
        same(trajectory, module.simulate(config, seed), 1e-7)


@pytest.mark.parametrize("name", sorted(REDUCED))
def test_an_ensemble_of_a_reduced_model_gives_what_its_members_give_alone(name):
    module, config = short(name, **REDUCED[name], rtol=1e-11, atol=1e-14)
    together = module.simulate_many([config] * 3, [0, 1, 2])
    for seed, trajectory in enumerate(together):
        same(trajectory, module.simulate(config, seed), 1e-8)


@pytest.mark.parametrize("name", sorted(set(names()) - {"phase_diagrams"}))
def test_descent_with_a_small_step_follows_the_flow_and_halving_the_step_halves_the_distance(name):
    module, config = short(name, points=2)
    flow = module.simulate(config, 0)
    errors = []
    for step in (0.02, 0.01):
        descent = module.simulate(replace(config, method="descent", step=step), 0)
        assert descent.time_unit == "step" and descent.time[-1] == round(5.0 / step)
        errors.append(abs(descent["train_loss"][-1] - flow["train_loss"][-1]))
    assert 1.8 < errors[0] / errors[1] < 2.2


@pytest.mark.parametrize("name", sorted(set(names()) - {"phase_diagrams"}))
def test_tightening_the_tolerance_tightens_the_error(name):
    module, config = short(name, t_end=20.0, points=2)
    exact = module.simulate(replace(config, rtol=1e-13, atol=1e-16), 0)["train_loss"][-1]
    errors = [
        abs(module.simulate(replace(config, rtol=rtol, atol=rtol * 1e-3), 0)["train_loss"][-1] - exact)
        for rtol in (1e-3, 1e-6, 1e-9)
    ]
    floor = 1e-14
    assert errors[1] <= errors[0] + floor and errors[2] <= errors[1] + floor
    assert errors[2] < 1e-7


WRONG = [
    ("ce_ufm", {"classes": 1}, "classes is 1, must be >= 2"),
    ("ce_ufm", {"samples_per_class": 0}, "samples_per_class is 0, must be >= 1"),
    ("ce_ufm", {"features": 2}, "features is 2, must be >= classes - 1 = 3"),
    ("ce_ufm", {"decay_W": -1e-3}, "decay_W is -0.001, must be >= 0"),
    ("ce_ufm", {"t_end": 0.0}, "t_end is 0.0, must be > 0"),
    ("ce_ufm", {"method": "descent", "step": 1e5}, "step is 100000.0, must be <= t_end = 10000"),
    ("ce_ufm", {"step": -0.1}, "step is -0.1, must be > 0"),
    ("ce_ufm", {"momentum": 1.0}, r"momentum is 1.0, must lie in \[0, 1\)"),
    ("ce_ufm", {"model": "planar"}, "start is 'gaussian', must be collapsed"),
    ("ce_ufm", {"model": "planar", "start": "collapsed", "method": "descent"}, "method is 'descent', must be flow"),
    ("ce_ufm", {"model": "scalar", "start": "collapsed"}, "must be 1, with decay_W equal to decay_H"),
    ("ce_ufm", {"start": "equilibrium", "decay_W": 1.0, "decay_H": 1.0, "model": "planar"}, "have K c < 1"),
    ("ce_ufm", {"start_feature": 0.0}, "start_feature is 0.0, must be > 0"),
    ("mse_ufm", {"features": 3}, "features is 3, must be >= 4"),
    ("mse_ufm", {"noise_outside": 1e-3, "features": 4}, "features is 4, must be >= 5"),
    ("mse_ufm", {"noise_outside": 1e-3, "samples_per_class": 1}, "samples_per_class is 1, must be >= 2"),
    ("mse_ufm", {"convention": "median"}, "convention is 'median', must be one of paper, mean, sum"),
    ("deep_ufm", {"depth": 1}, "depth is 1, must be >= 2"),
    ("deep_ufm", {"decay": -1.0}, "decay is -1.0, must be >= 0"),
    ("central_path", {"samples_per_class": 2}, "a covariance of rank below features cannot be I"),
    (
        "central_path",
        {"method": "descent", "decoupled": True},
        "decoupled is True, must be off; the path has no weight decay",
    ),
    ("central_path", {"method": "descent", "adam": True}, "adam is True, must be off"),
    (
        "central_path",
        {"method": "descent", "step": 1e4, "t_end": 1e5},
        r"step is 10000.0, must be < 4 K N \(1 - momentum\) = 1920",
    ),
    ("abelian_ufm", {"orders": (1, 2)}, r"orders is \(1, 2\), must be whole numbers >= 2"),
    ("abelian_ufm", {"orders": (9, 9)}, "must have product <= 64"),
    ("imbalanced_ufm", {"minority_classes": 1}, "minority_classes is 1, must be >= 2"),
    ("imbalanced_ufm", {"features": 2}, "features is 2, must be >= classes - 1 = 3"),
    ("deep_linear", {"loss": "hinge"}, "loss is 'hinge', must be one of squared, cross_entropy"),
    ("phase_diagrams", {"diagram": "decay"}, "diagram is 'decay', must be one of"),
    ("phase_diagrams", {"resolution": 1}, "resolution is 1, must lie in 2..400"),
]


@pytest.mark.parametrize("name, changes, message", WRONG)
def test_parameters_outside_the_model_are_refused_with_the_reason(name, changes, message):
    module = load(name)
    with pytest.raises(SimulationError, match=message) as caught:
        module.simulate(replace(module.Config(), **changes), 0)
    assert isinstance(caught.value, UsersMistake)


@pytest.mark.parametrize("name", ["ce_ufm", "mse_ufm", "deep_ufm", "imbalanced_ufm", "deep_linear"])
def test_a_step_beyond_stability_is_refused_and_the_largest_stable_one_is_named(name):
    module, config = short(name, method="descent", step=1e4, t_end=1e5)
    with pytest.raises(SimulationError, match=r"step is 10000, must be < 2 \(1 \+ momentum\)/curvature"):
        module.simulate(config, 0)


def test_an_unknown_simulator_is_refused_with_the_nearest_name():
    with pytest.raises(SimulationError, match="simulator is 'ce_umf', must be one of .*did you mean ce_ufm"):
        load("ce_umf")


def test_settings_of_the_command_line_are_read_by_the_type_of_their_field():
    module, config = configured(
        "abelian_ufm", ["orders=2,3", "decay=1e-2", "points=7", "log_times=true", "model=spectrum"]
    )
    assert config.orders == (2, 3) and config.decay == 0.01 and config.points == 7 and config.log_times
    assert override(config, {"decay": "0.5"}).decay == 0.5


@pytest.mark.parametrize(
    "word, message",
    [
        ("classes", "setting is 'classes', must be key=value"),
        ("clases=3", "setting is 'clases', must be one of .*did you mean classes"),
        ("classes=three", "classes is 'three', must be an int; write for example classes=10"),
        ("classes=3.5", "classes is '3.5', must be an int"),
        ("decay_W=nan", "decay_W is 'nan', must be a finite float"),
        ("adam=maybe", "adam is 'maybe', must be a bool"),
        ("model=ful", "model is 'ful', must be one of full, planar, scalar, did you mean full"),
    ],
)
def test_a_setting_that_cannot_be_read_is_refused_with_key_value_and_way_out(word, message):
    with pytest.raises(ConfigError, match=message):
        configured("ce_ufm", [word])


def test_members_that_do_not_belong_together_are_refused():
    module, config = short("ce_ufm")
    with pytest.raises(SimulationError, match="the ensemble is mixed in classes"):
        module.simulate_many([config, replace(config, classes=3)], [0, 1])
