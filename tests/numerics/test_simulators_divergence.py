"""A simulation that diverges stops with what it has and says when; nothing of it is made up."""

from dataclasses import replace

import numpy as np
import pytest
from sympy import Symbol

from numerics.ensemble import integrate_ensemble, member_slope
from numerics.integration import SimulationError, evaluate, integrate, right_hand_side, time_grid
from numerics.simulators import deep_linear
from theory.flows import Flow
from theory.flows.collapsed_ce import PLANAR
from theory.symbols import K, b, n, x

EXPLODING = Flow("exploding", (x,), (x**2,), (), words="blows up at t = 1/x(0)")
GROWING = Flow("growing", (x,), (b * x,), (b,))


def test_a_flow_that_blows_up_stops_at_its_time_with_what_it_has():
    path = integrate(right_hand_side(EXPLODING, {}), [1.0], np.linspace(0, 1.89, 22))
    assert len(path.times) == 12 and path.times[-1] < 1
    np.testing.assert_allclose(path.states[:, 0], 1 / (1 - path.times), rtol=1e-6)
    assert path.stopped.startswith("diverged at t = 1")


def test_a_state_that_passes_the_largest_stops_there():
    path = integrate(right_hand_side(GROWING, {b: 1.0}), [1.0], np.linspace(0, 100, 101))
    assert path.times[-1] == 27 and "diverged at t = 27." in path.stopped and "1e12" in path.stopped


def test_a_flow_too_stiff_for_its_solver_is_given_up_with_what_it_has_and_another_solver_finishes_it():
    slope = right_hand_side(GROWING, {b: -1e5})
    times = np.linspace(0, 1, 101)
    path = integrate(slope, [1.0], times, most_evaluations=20_000)
    assert 0 < path.times[-1] < 1 and path.stopped.startswith("gave up at t = ") and "solver=LSODA" in path.stopped
    assert integrate(slope, [1.0], times, method="LSODA", most_evaluations=20_000).stopped is None


def test_one_diverging_member_stops_alone():
    starts = np.array([[1.0, 0.1, 0.2]])
    result = integrate_ensemble(member_slope(EXPLODING, {}, 3), starts, np.linspace(0, 2, 21), rtol=1e-9)
    assert result.diverged.tolist() == [True, False, False]
    assert abs(result.reached[0] - 1) < 1e-6
    assert np.isfinite(result.states[:10, 0, 0]).all() and np.isnan(result.states[11:, 0, 0]).all()
    np.testing.assert_allclose(result.states[:, 0, 1], 1 / (10 - result.times), rtol=1e-7)


def test_descent_that_diverges_says_between_which_steps():
    config = deep_linear.Config(method="descent", step=5.0, decay=0.0, scale=4.0, t_end=100.0, points=21)
    trajectory = deep_linear.simulate(config, 0)
    assert len(trajectory) < len(config.log_steps)
    assert trajectory.about["stopped"].startswith("diverged between steps ")
    assert np.isfinite(trajectory["train_loss"]).all()
    assert "stopped" not in deep_linear.simulate(replace(config, step=0.01, t_end=1.0, scale=0.5), 0).about


def test_a_flow_without_a_value_for_a_parameter_is_refused():
    with pytest.raises(SimulationError, match="lambda_W, lambda_H of flow collapsed_ce has no value"):
        right_hand_side(PLANAR, {K: 3, n: 2})


@pytest.mark.parametrize("first", [None, 1e-3])
@pytest.mark.parametrize("points", [2, 3, 50])
def test_every_time_grid_has_its_points_from_zero_to_the_end(points, first):
    times = time_grid(10.0, points, first=first)
    assert len(times) == points and times[0] == 0 and abs(times[-1] - 10) < 1e-12 and np.all(np.diff(times) > 0)


def test_expressions_are_evaluated_where_exponentials_overflow():
    eps = 1 / (1 + Symbol("y"))
    assert evaluate([eps], {Symbol("y"): np.array([np.inf, 1.0])})[0].tolist() == [0.0, 0.5]
    slope = right_hand_side(PLANAR, {**{name: 1.0 for name in PLANAR.parameters}, K: 3})
    assert np.isfinite(slope(0.0, np.array([100.0, 100.0]))).all()
