"""Values put into an expression (`at`): all at once, captured by no bound name, and defined before anything cancels."""

import pytest
from flint import ctx
from sympy import Derivative, IndexedBase, Integer, Rational, Sum, Symbol, exp, log

from proofs.algebra.balls import decide, evaluate
from proofs.algebra.bound_names import put_in
from proofs.algebra.normal_form import vanishes
from proofs.algebra.signs import undefined
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.rocq_terms import REALS, Translator
from theory.statement import at, equal, less, more
from theory.symbols import K, d, j, k, r, s

f, g, h = (IndexedBase(name, real=True) for name in "fgh")
x, y, z = (Symbol(name, real=True) for name in "xyz")
p = Symbol("p", positive=True)

TRUE = [
    equal(at(x**2, {x: 3}), 9),
    equal(at(x - 2 * y, {x: y, y: x}), y - 2 * x),
    equal(at(Derivative(x**2, x), {x: 3}), 6),
    equal(Derivative(at(x**2, {x: y + 1}), y), 2 * y + 2),
    equal(at(Sum(x * f[k], (k, 1, d)), {x: g[k]}), g[k] * Sum(f[k], (k, 1, d))),
    equal(Sum(at(x * y, {x: f[k], y: g[k]}), (k, 1, d)), Sum(f[k] * g[k], (k, 1, d))),
    equal(at(log(p), {p: exp(y)}), y),
]
FALSE = [
    equal(at(x**2, {x: 3}), 6),
    equal(at(x - 2 * y, {x: y, y: x}), -x),
    equal(at(Derivative(x**2, x), {x: 3}), 0),
    equal(at(Sum(x * f[k], (k, 1, d)), {x: g[k]}), Sum(f[k] * g[k], (k, 1, d))),
    equal(at(x * y, {x: f[k], y: g[k]}), x * y),
]


@pytest.mark.parametrize("claim", TRUE, ids=str)
def test_true_values_are_proved(claim):
    assert checked(Identity(claim)).outcome is Outcome.PROVED


@pytest.mark.parametrize("claim", FALSE, ids=str)
def test_false_values_are_not(claim):
    assert checked(Identity(claim)).outcome is Outcome.UNDECIDED


def test_an_inequality_sees_the_values():
    claim = less(at(x, {x: y**2}), y**2 + 1)
    assert checked(PositiveTerms(claim, (Integer(1),))).outcome is Outcome.PROVED
    assert checked(PositiveTerms(less(at(x, {x: y**2 + 2}), y**2 + 1), (Integer(1),))).outcome is Outcome.UNDECIDED


def test_what_cancels_once_the_values_are_in_must_still_be_defined():
    cancels = equal(at((x - y) * z, {z: 1 / (x - y)}), 1)
    assert vanishes(cancels.lhs - cancels.rhs)  # wherever x and y differ
    assert undefined(cancels, ()) is not None
    assert undefined(cancels, (more(x - y, 0),)) is None
    assert undefined(equal(at(1 / z, {z: 1 / (x - y)}), x - y), ()) is not None
    assert undefined(equal(at(log(p), {p: x}), 0), ()) is not None
    assert undefined(equal(at(log(p), {p: exp(x)}), x), ()) is None


def test_balls_and_rocq_put_all_values_in_at_once():
    swapped = at(x - 2 * y, {x: y, y: x})
    with ctx.workprec(64):
        assert evaluate(swapped, {x: Rational(1), y: Rational(5)}) == 3
        assert decide(equal(swapped, 3), {x: Rational(1), y: Rational(5)}) is True
    assert put_in(swapped) == y - 2 * x
    assert Translator(REALS, {}).expr(swapped) == "((fun x y : R => x - (2 * y)) (y) (x))"


def test_a_symbols_value_reaches_what_another_hypothesis_says_of_it():
    q, total = Symbol("q", real=True), Sum(f[s], (s, 1, K))
    rows = equal(Sum(h[r, k], (k, 1, d)), q * f[r])
    claim = equal(Sum(h[j, k], (k, 1, d)), total * f[j])
    assert checked(Identity(claim, (rows, equal(q, total)))).outcome is Outcome.PROVED
    assert checked(Identity(claim, (rows, equal(q, f[1])))).outcome is Outcome.UNDECIDED
    other = equal(Sum(h[j, k], (k, 1, d)), total * f[s])
    assert checked(Identity(other, (rows, equal(q, total)))).outcome is Outcome.UNDECIDED
