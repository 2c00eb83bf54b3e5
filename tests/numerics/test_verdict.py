"""compare(bound, trajectories): every agreement, each seen once for its own reason."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sympy import Symbol, exp, log, sqrt

from numerics.margin import evaluate
from numerics.trajectory import Trajectory
from numerics.verdict import Agreement, VerdictError, as_json, compare
from theory.statement import Bound

nan, inf = float("nan"), float("inf")
loss, width, flatness = Symbol("loss"), Symbol("width", positive=True), Symbol("flatness")
UPPER = Bound("flat", "flatness", upper=2 * loss)


def run(name="run-0", **columns):
    size = len(next(iter(columns.values())))
    return Trajectory(name, np.arange(size) + 1.0, {key: np.array(values, float) for key, values in columns.items()})


def test_a_bound_that_holds_is_respected_with_the_margin_and_its_time():
    verdict = compare(UPPER, [run(flatness=[1.0, 1.5, 0.1], loss=[1.0, 1.0, 1.0])], "some_claim")
    assert verdict.agreement is Agreement.RESPECTED
    assert verdict.claim == "some_claim"
    assert verdict.margin == pytest.approx(0.25)
    assert verdict.margin_in_units == pytest.approx(0.5)
    assert verdict.at == 2.0
    np.testing.assert_allclose(verdict.margins[0].absolute, [1.0, 0.5, 1.9])


def test_a_planted_violation_of_a_deterministic_bound_is_a_bug_until_shown_otherwise():
    verdict = compare(UPPER, [run(flatness=[1.0, 2.1, 0.1], loss=[1.0, 1.0, 1.0])])
    assert verdict.agreement is Agreement.VIOLATED
    assert "bug" in verdict.reason and "run-0" in verdict.reason
    assert verdict.margin == pytest.approx(-0.1 / 2.1)
    assert verdict.at == 2.0


def test_a_planted_violation_of_a_lower_bound_is_seen():
    bound = Bound("floor", "flatness", lower=loss)
    assert compare(bound, [run(flatness=[1.0, 0.5], loss=[1.0, 1.0])]).agreement is Agreement.VIOLATED
    assert compare(bound, [run(flatness=[1.0, 1.5], loss=[1.0, 1.0])]).agreement is Agreement.RESPECTED


def test_a_two_sided_bound_has_the_margin_of_its_nearer_side():
    bound = Bound("both", "flatness", upper=2 * loss, lower=0, floor=0)
    verdict = compare(bound, [run(flatness=[0.5, 1.0, nan], loss=[1.0, 1.0, 1.0])])
    np.testing.assert_allclose(verdict.margins[0].relative, [0.75, 0.5, nan])
    np.testing.assert_allclose(verdict.margins[0].absolute, [1.5, 1.0, nan])
    assert compare(bound, [run(flatness=[-0.5], loss=[1.0])]).agreement is Agreement.VIOLATED
    assert compare(bound, [run(flatness=[2.5], loss=[1.0])]).agreement is Agreement.VIOLATED


def test_a_lower_bound_at_the_floor_does_not_make_a_vacuous_bound_say_something():
    bound = Bound("both", "error_rate", upper=2 * loss, lower=0, floor=0, ceiling=1)
    assert compare(bound, [run(error_rate=[0.5], loss=[1.0])]).agreement is Agreement.VACUOUS


@pytest.mark.parametrize("value, agreement", [(2 + 1e-12, Agreement.RESPECTED), (2 + 1e-6, Agreement.VIOLATED)])
def test_rounding_is_no_violation_and_more_than_rounding_is(value, agreement):
    assert compare(UPPER, [run(flatness=[value], loss=[1.0])]).agreement is agreement


def test_underflow_is_no_violation():
    bound = Bound("tiny", "flatness", upper=exp(-loss))
    assert compare(bound, [run(flatness=[5e-324], loss=[1e4])]).agreement is Agreement.RESPECTED


def test_a_failure_outside_the_scope_does_not_count():
    bound = Bound("flat", "flatness", upper=loss, scope=(("nc1", 0.1),))
    verdict = compare(bound, [run(flatness=[9.0, 0.5], loss=[1.0, 1.0], nc1=[0.5, 0.05])])
    assert verdict.agreement is Agreement.RESPECTED
    assert verdict.at == 2.0


def test_out_of_scope_names_the_defect_that_was_measured_nearest():
    bound = Bound("flat", "flatness", upper=loss, scope=(("nc1", 0.1), ("nc3", 0.2)))
    verdict = compare(bound, [run(flatness=[9.0, 9.0], loss=[1.0, 1.0], nc1=[0.5, 0.3], nc3=[0.1, 0.1])])
    assert verdict.agreement is Agreement.OUT_OF_SCOPE
    assert verdict.defects == {"nc1": 0.3, "nc3": 0.1}
    assert "nc1 is 0.3, must be <= 0.1" in verdict.reason
    assert verdict.margin is None


def test_a_bound_beyond_the_observables_own_range_is_vacuous():
    bound = Bound("error", "error_rate", upper=loss, ceiling=1)
    assert compare(bound, [run(error_rate=[0.5, 0.2], loss=[4.0, 1.0])]).agreement is Agreement.VACUOUS
    half = compare(bound, [run(error_rate=[0.5, 0.2], loss=[4.0, 0.9])])
    assert half.agreement is Agreement.RESPECTED
    assert "vacuous at 1 of them" in half.reason


def test_an_infinite_bound_is_vacuous_without_any_ceiling():
    verdict = compare(Bound("huge", "flatness", upper=exp(loss)), [run(flatness=[1.0], loss=[1e6])])
    assert verdict.agreement is Agreement.VACUOUS
    assert as_json(verdict)["margin"] == 1.0


def test_a_value_beyond_its_own_ceiling_and_the_bound_is_violated_not_vacuous():
    bound = Bound("error", "error_rate", upper=loss, ceiling=1)
    assert compare(bound, [run(error_rate=[3.0], loss=[2.0])]).agreement is Agreement.VIOLATED


def test_values_that_were_not_logged_are_ignored():
    verdict = compare(UPPER, [run(flatness=[nan, 1.0, 1.0], loss=[1.0, nan, 1.0])])
    assert verdict.agreement is Agreement.RESPECTED
    assert verdict.at == 3.0
    assert "1 judged log times of 3" in verdict.reason


def test_nothing_logged_is_inconclusive_and_says_what():
    verdict = compare(UPPER, [run(flatness=[nan, nan], loss=[1.0, 1.0])])
    assert verdict.agreement is Agreement.INCONCLUSIVE
    assert "flatness was never logged" in verdict.reason
    absent = compare(UPPER, [run(flatness=[1.0])])
    assert absent.agreement is Agreement.INCONCLUSIVE
    assert "loss not logged" in absent.reason


def test_a_scope_that_was_never_measured_is_inconclusive_and_not_out_of_scope():
    bound = Bound("flat", "flatness", upper=loss, scope=(("nc1", 0.1),))
    verdict = compare(bound, [run(flatness=[1.0], loss=[2.0], nc1=[nan])])
    assert verdict.agreement is Agreement.INCONCLUSIVE
    assert "nc1" in verdict.reason


def test_a_violation_needs_every_seed_in_scope():
    bound = Bound("flat", "flatness", upper=loss, scope=(("nc1", 0.1),))
    inside = run("run-0", flatness=[2.0], loss=[1.0], nc1=[0.05])
    outside = run("run-1", flatness=[2.0], loss=[1.0], nc1=[0.5])
    assert compare(bound, [inside]).agreement is Agreement.VIOLATED
    verdict = compare(bound, [inside, outside])
    assert verdict.agreement is Agreement.INCONCLUSIVE
    assert "only 1 of 2 seeds" in verdict.reason


EXPECTATION = Bound("mean", "flatness", upper=loss, deterministic=False)


def seeds(values):
    return [run(f"run-{seed}", flatness=[0.5, value], loss=[1.0, 1.0]) for seed, value in enumerate(values)]


def test_a_probabilistic_bound_is_violated_when_the_seeds_agree():
    verdict = compare(EXPECTATION, seeds([1.5, 1.52, 1.49, 1.51]))
    assert verdict.agreement is Agreement.VIOLATED
    assert "p = " in verdict.reason
    assert compare(EXPECTATION, seeds([1.5, 1.5, 1.5])).agreement is Agreement.VIOLATED


def test_a_probabilistic_bound_is_not_violated_by_one_seed_or_by_noise():
    assert compare(EXPECTATION, seeds([1.5])).agreement is Agreement.INCONCLUSIVE
    assert compare(EXPECTATION, seeds([1.9, 0.9, 0.95])).agreement is Agreement.INCONCLUSIVE
    respected = compare(EXPECTATION, seeds([1.01, 0.5, 0.5]))
    assert respected.agreement is Agreement.RESPECTED
    assert "mean over 3 seeds" in respected.reason


def test_seeds_without_a_common_time_cannot_be_tested():
    late = Trajectory("late", np.array([7.0]), {"flatness": np.array([2.0]), "loss": np.array([1.0])})
    assert compare(EXPECTATION, [seeds([1.5])[0], late]).agreement is Agreement.INCONCLUSIVE


def test_a_correct_probabilistic_bound_is_rarely_called_violated():
    """Margins of mean zero at 40 times, 5 seeds: the level bounds the share of false alarms over the whole run."""
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(100):
        runs = [run(f"run-{s}", flatness=1 + 0.1 * random.standard_normal(40), loss=np.ones(40)) for s in range(5)]
        alarms += compare(EXPECTATION, runs).agreement is Agreement.VIOLATED
    assert alarms <= 10


def test_expressions_see_columns_by_name_whatever_their_assumptions():
    expression = sqrt(width) + Symbol("width") * log(flatness)
    values = evaluate(expression, run(width=[4.0, -1.0], flatness=[1.0, 1.0]))
    assert values[0] == 2.0 and np.isnan(values[1])


def test_a_comparison_without_runs_or_sides_is_refused():
    with pytest.raises(VerdictError, match="no trajectory"):
        compare(UPPER, [])
    with pytest.raises(VerdictError, match="neither upper nor lower"):
        compare(Bound("empty", "flatness"), [run(flatness=[1.0])])


columns = arrays(np.float64, 6, elements=st.floats(allow_nan=True, allow_infinity=True, width=64))


def fails_exactly(value, limit):
    """value > limit by more than rounding, in rational arithmetic."""
    if not (np.isfinite(value) and np.isfinite(limit)):
        return value > limit
    size = max(abs(Fraction(value)), abs(Fraction(limit)))
    return Fraction(value) - Fraction(limit) > max(size / 10**9, Fraction(float(np.finfo(float).tiny)))


@settings(deadline=None, max_examples=100)
@given(columns, columns, columns)
def test_any_numbers_give_the_verdict_of_rational_arithmetic(values, limits, defect):
    bound = Bound("any", "flatness", upper=loss, scope=(("nc1", 1.0),))
    verdict = compare(bound, [run(flatness=values, loss=limits, nc1=defect)])
    json.loads(json.dumps(as_json(verdict), allow_nan=False))
    pairs = [(value, limit) for value, limit, nc1 in zip(values, limits, defect, strict=True) if nc1 <= 1.0]
    known = [pair for pair in pairs if not np.isnan(pair).any() and not (np.isinf(pair[0]) and pair[0] == pair[1])]
    assert (verdict.agreement is Agreement.VIOLATED) == any(fails_exactly(*pair) for pair in known)
    assert (verdict.margin is not None) == bool(known)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=8), st.floats(0.1, 10))
def test_the_relative_margin_does_not_depend_on_the_units(values, unit):
    bound = Bound("any", "flatness", upper=loss)
    first = compare(bound, [run(flatness=values, loss=[1.0] * len(values))])
    second = compare(bound, [run(flatness=np.array(values) * unit, loss=[unit] * len(values))])
    np.testing.assert_allclose(second.margins[0].relative, first.margins[0].relative, atol=1e-12)
