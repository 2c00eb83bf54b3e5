"""Powers and exponentials have one normal form: true identities vanish, planted false ones do not."""

import pytest
from sympy import Ei, Rational, Symbol, exp, log, sqrt

from proofs.algebra.normal_form import vanishes
from theory.statement import at_least
from theory.symbols import L

x, y, z = Symbol("x", positive=True), Symbol("y", real=True), Symbol("z", real=True)
DEEP = (at_least(L, 3),)
BASE = (L - 2) / (L - 1)
GROWTH = (L - 1) * log(x) + Ei(x)
TRUE = [
    (BASE ** (1 - 2 / L) * BASE ** (2 / L) - BASE, DEEP),
    (exp((1 - 2 / L) * log(BASE)) - BASE * exp(-2 * log(BASE) / L), DEEP),
    (exp(y / L) ** L - exp(y), ()),
    (exp(log(x) / 2) - sqrt(x), ()),
    (exp((L - 2) / L * y) * exp(2 * y / L) - exp(y), ()),
    (x ** (2 / L) * x ** (1 - 2 / L) - x, ()),
    (log(x * GROWTH) - log(x) - log(GROWTH), (at_least(GROWTH, 1),)),
]
FALSE = [
    (BASE ** (1 - 2 / L) - BASE ** (1 - 1 / L), DEEP),
    (exp((1 - 2 / L) * log(BASE)) - BASE, DEEP),
    (exp(y / L) - exp(y), ()),
    (exp(log(x) / 2) - x, ()),
    (x ** (2 / L) - x ** (3 / L), ()),
    (exp(y * z) - exp(y) * exp(z), ()),
    (exp(Rational(1, 3)) ** 2 - exp(1), ()),
    (log(GROWTH**2) - 3 * log(GROWTH), (at_least(GROWTH, 1),)),
]


@pytest.mark.parametrize(("expression", "known"), TRUE)
def test_a_true_identity_vanishes(expression, known):
    assert vanishes(expression, known)


@pytest.mark.parametrize(("expression", "known"), FALSE)
def test_a_false_identity_does_not(expression, known):
    assert not vanishes(expression, known)


def test_a_logarithm_is_not_split_at_a_factor_of_unknown_sign():
    assert not vanishes(log(y * z) - log(y) - log(z))
