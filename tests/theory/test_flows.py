"""Every flow conserves what it says, decays as it says and rests where it says; each guard is seen to fail once."""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from sympy import Integer, MatrixExpr, Rational, Symbol, diff, simplify, solve, sqrt

import theory.flows as flows
from theory.flows import (
    Flow,
    FlowError,
    abelian_ufm,
    central_path,
    collapsed_ce,
    collapsed_mse,
    deep_linear,
    deep_ufm,
    descent,
    gradient_of,
    imbalanced_ufm,
)
from theory.objects import ufm
from theory.symbols import K, L, a, b, c, decay, decay_H, decay_W, n, t, u, u0, x


def vanishes(expression):
    if isinstance(expression, MatrixExpr):
        return expression.expand().doit().is_ZeroMatrix
    return simplify(expression) == 0


def all_flows():
    modules = [import_module(f"theory.flows.{module.name}") for module in iter_modules(flows.__path__)]
    found = {value.name: value for module in modules for value in vars(module).values() if isinstance(value, Flow)}
    made = [deep_ufm.factors(3), deep_ufm.factors(4, equal_decay=True), central_path.one_mode()]
    made += [abelian_ufm.group_flow(orders) for orders in ((2, 2), (5,), (2, 3))]
    return list((found | {flow.name: flow for flow in made}).values())


@pytest.mark.parametrize("flow", all_flows(), ids=lambda flow: flow.name)
def test_conserved_quantities_are_conserved_and_decaying_ones_decay(flow):
    for quantity in flow.conserved:
        assert vanishes(flow.rate_of(quantity))
    for quantity, rate in flow.decaying:
        assert vanishes(flow.rate_of(quantity) + rate * quantity)


@pytest.mark.parametrize("flow", [flow for flow in all_flows() if flow.conserved], ids=lambda flow: flow.name)
def test_the_chain_rule_is_the_rate_before_anything_cancels(flow):
    for quantity in (q for q in flow.conserved if not isinstance(q, MatrixExpr)):
        assert flow.chain_rule(quantity) != 0  # unevaluated
        assert vanishes(flow.chain_rule(quantity).doit())
        first = {flow.state[0]: flow.state[1]} if len(flow.state) > 1 else {}
        assert vanishes(flow.chain_rule(2 * quantity + 1, first).doit())


def test_a_wrong_conserved_quantity_is_noticed():
    assert not vanishes(collapsed_ce.FREE.rate_of(a**2 - b**2))
    wrong = deep_linear.W_2.T * deep_linear.W_2 + deep_linear.W_1 * deep_linear.W_1.T
    assert not vanishes(deep_linear.FREE.rate_of(wrong))
    assert not vanishes(deep_linear.PAIR.rate_of(deep_linear.balancedness) + decay * deep_linear.balancedness)


@pytest.mark.parametrize("flow", [flow for flow in all_flows() if flow.equilibria], ids=lambda flow: flow.name)
def test_equilibria_are_at_rest(flow):
    for name in flow.equilibria:
        assert all(vanishes(part.subs(flow.at(name))) for part in flow.right_hand_side), name


LENGTHS = {
    "collapsed_ce": (K, n * K),
    "collapsed_ce_free": (K, n * K),
    "collapsed_mse": (1, 1),
    "imbalanced_ufm": imbalanced_ufm.LENGTHS,
    "deep_ufm_3_factors": (1, 1, 1),
}


@pytest.mark.parametrize("flow", [flow for flow in all_flows() if flow.name in LENGTHS], ids=lambda flow: flow.name)
def test_gradient_flows_go_down_their_loss_at_the_rate_of_their_squared_speed(flow):
    lengths = LENGTHS[flow.name]
    downhill = gradient_of(flow.lyapunov, flow.state, lengths)
    assert all(vanishes(part - other) for part, other in zip(downhill, flow.right_hand_side, strict=True))
    speed = sum(length * part**2 for length, part in zip(lengths, flow.right_hand_side, strict=True))
    if len(flow.state) < 4:
        assert vanishes(flow.rate_of(flow.lyapunov) + speed)


def test_a_flow_with_a_missing_rate_a_stray_symbol_or_a_short_equilibrium_is_refused():
    with pytest.raises(FlowError, match="right_hand_side of x has 1 parts"):
        Flow("x", (a, b), (a,), ())
    with pytest.raises(FlowError, match="x uses K"):
        Flow("x", (a,), (a * K,), ())
    with pytest.raises(FlowError, match="equilibrium origin of x has 1 values"):
        Flow("x", (a, b), (a, b), (), equilibria={"origin": (0,)})


def test_the_scalar_flow_is_the_planar_one_on_balanced_states():
    product = collapsed_ce.FREE.rate_of(a * b).subs(collapsed_ce.BALANCED)
    assert vanishes(product - collapsed_ce.SCALAR.right_hand_side[0])
    product = collapsed_ce.EQUAL_DECAY.rate_of(a * b).subs(collapsed_ce.BALANCED)
    assert vanishes(product - collapsed_ce.SCALAR_DECAY.right_hand_side[0])


def test_the_implicit_time_of_the_scalar_flow_runs_at_rate_one_from_zero():
    assert vanishes(diff(collapsed_ce.implicit_time(), u) * collapsed_ce.SCALAR.right_hand_side[0] - 1)
    assert collapsed_ce.implicit_time(u0, u0) == 0


def test_every_wrong_class_has_probability_c_at_the_optimum():
    assert vanishes(ufm.wrong_probability(ufm.optimal_logit(c)) - c)
    assert vanishes(diff(ufm.margin_objective(), ufm.alpha).subs(ufm.alpha, ufm.optimal_margin(c)))


def test_the_local_rate_is_minus_the_slope_of_the_scalar_flow():
    at_rest = collapsed_ce.SCALAR_DECAY.at("collapsed")
    slope = collapsed_ce.SCALAR_DECAY.jacobian()[0, 0].subs(at_rest)
    values = {K: 4, n: 7, decay: Rational(1, 100)}
    assert abs((slope + collapsed_ce.local_rate()).subs(values).evalf(30)) < 1e-25


def test_the_logistic_mode_and_both_noises_solve_their_equations():
    sigma, start = collapsed_mse.sigma, collapsed_mse.sigma0
    mode = collapsed_mse.mode()
    values = {n: 9, collapsed_mse.weight: Rational(1, 36), decay: Rational(1, 50), start: Rational(1, 10), t: 7}
    wrong = diff(mode, t) - collapsed_mse.SCALAR.right_hand_side[0].subs(sigma, mode)
    assert abs(wrong.subs(values).evalf(30)) < 1e-25
    assert vanishes(mode.subs(t, 0) - start)
    noise = collapsed_mse.inside_noise()
    wrong = diff(noise, t) / noise + collapsed_mse.weight * mode + decay
    assert abs(wrong.subs(values).evalf(30)) < 1e-25
    assert vanishes(noise.subs(t, 0) - 1)
    balanced = collapsed_mse.PLANAR.rate_of(a * b).subs({decay_W: decay, decay_H: decay}).subs(b, a)
    assert vanishes(balanced - collapsed_mse.SCALAR.right_hand_side[0].subs(sigma, a**2))


def test_the_fit_time_is_when_the_mode_reaches_its_fraction():
    values = {
        n: 9,
        collapsed_mse.weight: Rational(1, 36),
        decay: Rational(1, 50),
        collapsed_mse.sigma0: Rational(1, 10),
    }
    fraction = Rational(9, 10)
    reached = collapsed_mse.mode(collapsed_mse.fit_time(fraction)).subs(values)
    assert abs((reached - fraction * collapsed_mse.equilibrium_mode.subs(values)).evalf(30)) < 1e-25


@pytest.mark.parametrize("convention, ratio", [("paper", K * c), ("mean", K**2 * c / 2), ("sum", c / (2 * n))])
def test_the_conventions_of_the_squared_error_move_the_threshold_as_published(convention, ratio):
    found = ufm.mse_threshold_ratio(ufm.mse_weights[convention])
    assert vanishes(found - ratio.subs(c, ufm.coupled_decay))


def test_both_clocks_of_the_central_path_run_at_rate_one():
    omega = central_path.omega
    assert vanishes(diff(central_path.projected_clock(), omega) * central_path.projected_rate() - 1)
    assert vanishes(diff(central_path.rescaled_clock(), omega) * central_path.rescaled_rate() - 1)
    assert not vanishes(diff(central_path.projected_clock(), omega) * central_path.rescaled_rate() - 1)


@pytest.mark.parametrize("depth, printed", [(3, 0.39685), (4, 0.27217), (6, 0.17235)])
def test_the_depth_threshold_has_its_published_values_and_lies_below_the_fold(depth, printed):
    depth = Integer(depth)
    threshold, fold = ufm.deep_threshold(depth), ufm.deep_fold(depth)
    assert abs(float(threshold) - printed) < 1e-5
    assert float(threshold) < float(fold)
    jump = ufm.deep_jump(depth)
    level = ufm.deep_objective(jump, depth, threshold)
    assert vanishes(level - Rational(1, 2)), "both minima have the same objective at the threshold"
    assert abs(float(ufm.deep_stationarity(jump, depth) - threshold)) < 1e-15


def test_the_fraction_flow_is_the_balanced_one_in_other_coordinates():
    w = deep_ufm.w
    for depth in (2, 3, 5):
        values = {K: 3, n: 5, decay: Rational(1, 50), L: depth}
        moved = (deep_ufm.BALANCED.right_hand_side[0] * L * w ** (L - 1) / sqrt(n)).subs(values)
        other = deep_ufm.FRACTION.right_hand_side[0].subs(deep_ufm.drive, deep_ufm.drive_of())
        other = other.subs(x, w**L / sqrt(n)).subs(values)
        assert abs((moved - other).subs(w, Rational(7, 10)).evalf(30)) < 1e-25


def test_a_gradient_step_changes_balancedness_by_the_stated_second_order_term():
    eta = deep_linear.eta
    stated = (1 - eta * decay) ** 2 * deep_linear.balancedness + deep_linear.step_defect
    assert vanishes(deep_linear.balancedness_after_step() - stated)
    assert not vanishes(deep_linear.balancedness_after_step() - (stated - 2 * deep_linear.step_defect))


def test_the_heavy_ball_has_the_stated_polynomial_and_a_root_at_minus_one_at_the_limit():
    found = descent.heavy_ball(decay).charpoly(descent.root).as_expr()
    assert vanishes(found - descent.characteristic(decay))
    at_limit = descent.characteristic(Integer(0)).subs(descent.eta, descent.stability_limit())
    assert vanishes(at_limit.subs(descent.root, -1))


def test_coupled_adam_takes_the_same_step_off_for_every_decay_where_epsilon_is_nothing():
    assert vanishes(descent.coupled_adam_step(x).subs(descent.epsilon, 0) - (x - descent.eta))
    assert not vanishes(descent.coupled_adam_step(x) - (x - descent.eta))


def test_the_minority_starts_to_separate_exactly_below_its_ratio():
    block = imbalanced_ufm
    at_origin = {part: 0 for part in (block.a_B, block.b_B)}
    jacobian = block.BLOCKS.jacobian()[2:4, 2:4].subs(at_origin).applyfunc(simplify)
    assert vanishes(jacobian.det() - decay_W * decay_H * (1 - 1 / block.minority_ratio**2))
    assert vanishes(jacobian.trace() + decay_W + decay_H)


def test_the_balanced_minority_ratio_is_the_threshold_of_the_balanced_model():
    block = imbalanced_ufm
    ratio = block.minority_ratio.subs({block.n_A: n, block.n_B: n, block.K_A: K / 2, block.K_B: K / 2})
    assert vanishes(ratio - K * ufm.coupled_decay)


def test_the_seli_state_has_unit_margins():
    block = imbalanced_ufm
    for name in "AB":
        near, far = (margin.subs(block.SELI) for margin in block.margins(name))
        assert vanishes(near - 1) and vanishes(far - 1)


def test_symmetric_spectra_stay_symmetric_in_a_cyclic_group():
    flow = abelian_ufm.group_flow((5,))
    s_0, s_1, s_2, s_3, s_4 = flow.state
    mirrored = {s_4: s_1, s_3: s_2}
    values = {s_1: Rational(3, 2), s_2: Rational(2, 3), s_0: 1, decay: Rational(1, 9)}
    wrong = (flow.right_hand_side[1] - flow.right_hand_side[4]).subs(mirrored).subs(values)
    assert abs(wrong.evalf(30)) < 1e-25
    assert isinstance(s_0, Symbol) and vanishes(flow.right_hand_side[0] + 2 * decay * s_0)


def test_decoupled_decay_with_momentum_rests_at_the_effective_decay():
    # loss gradient g(x) = h x + g0 at rest: x+ = x and m+ = m
    g0, m = Symbol("g_0"), Symbol("m")
    value = solve([descent.beta * m + descent.curvature * x + g0 - m, decay * x + m], [x, m], dict=True)[0][x]
    assert vanishes(descent.curvature * value + g0 + descent.effective_decay() * value)
