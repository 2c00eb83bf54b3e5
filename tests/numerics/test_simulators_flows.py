"""Every scalar flow of the theory, integrated from random starts: what is conserved stays, what decays decays at its
rate, and the Lyapunov function never rises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.ensemble import integrate_ensemble, member_slope
from numerics.integration import evaluate
from theory.flows import (
    Flow,
    abelian_ufm,
    central_path,
    collapsed_ce,
    collapsed_mse,
    deep_ufm,
    imbalanced_ufm,
)

MEMBERS, TIMES = 8, np.linspace(0.0, 10.0, 21)
MODULES = (collapsed_ce, collapsed_mse, deep_ufm, central_path, imbalanced_ufm)
FLOWS = {value.name: value for module in MODULES for value in vars(module).values() if isinstance(value, Flow)}
MADE = (
    deep_ufm.factors(3),
    deep_ufm.factors(4, equal_decay=True),
    abelian_ufm.group_flow((2, 2)),
    abelian_ufm.group_flow((5,)),
)
FLOWS |= {flow.name: flow for flow in MADE}


def members(flow, seed):
    """Random parameters (whole numbers where the symbol is one, rates otherwise) and starts in (0.1, 1.5)."""
    rng = np.random.default_rng(seed)
    values = {
        name: rng.integers(3, 9, MEMBERS).astype(float) if name.is_integer else 10 ** rng.uniform(-3, -0.5, MEMBERS)
        for name in flow.parameters
    }
    starts = rng.uniform(0.1, 1.5, (len(flow.state), MEMBERS))
    if flow.name == "abelian_ufm_5":
        starts[3:] = starts[2:0:-1]
    if flow.name == "deep_ufm_fraction":
        starts = starts / 1.6
    return values, starts


def along(flow, expression, values, states):
    parts = dict(zip(flow.state, states.transpose(1, 0, 2), strict=True))
    shape = (len(TIMES), MEMBERS)
    return np.broadcast_to(evaluate((expression,), values | parts)[0], shape)


@pytest.mark.parametrize("name", sorted(FLOWS))
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_a_flow_promises_holds_along_its_trajectories(name, seed):
    flow = FLOWS[name]
    values, starts = members(flow, seed)
    result = integrate_ensemble(member_slope(flow, values, MEMBERS), starts, TIMES, rtol=1e-10, atol=1e-13)
    assert not result.diverged.any()
    for quantity in flow.conserved:
        seen = along(flow, quantity, values, result.states)
        scale = 1 + np.abs(starts).max() ** 2 * 100
        assert np.abs(seen - seen[0]).max() < 1e-7 * scale
    for quantity, rate in flow.decaying:
        seen = along(flow, quantity, values, result.states)
        expected = seen[0] * np.exp(-along(flow, rate, values, result.states) * TIMES[:, None])
        np.testing.assert_allclose(seen, expected, atol=1e-7)
    if flow.lyapunov is not None:
        seen = along(flow, flow.lyapunov, values, result.states)
        assert np.diff(seen, axis=0).max() <= 1e-9 * (1 + np.abs(seen).max())


def test_a_wrong_promise_is_noticed_along_the_trajectory():
    flow = collapsed_ce.FREE
    values, starts = members(flow, 0)
    states = integrate_ensemble(member_slope(flow, values, MEMBERS), starts, TIMES, rtol=1e-10).states
    a, b = flow.state
    wrong = along(flow, a**2 - b**2, values, states)
    assert np.abs(wrong - wrong[0]).max() > 1e-3
    rising = along(flow, -flow.lyapunov, values, states)
    assert np.diff(rising, axis=0).max() > 1e-6
