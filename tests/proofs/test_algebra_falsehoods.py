"""What the rules compute with rejects planted falsehoods: ranges, names, poles, points outside the symbols' domain."""

import pytest
from sympy import (
    Derivative,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Piecewise,
    Rational,
    S,
    Sum,
    Symbol,
    exp,
    log,
    oo,
    sqrt,
)

from proofs.kernel.ball import Ball, Counterexample
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.slopes import GrowsFromStart, OnePeak, SlopeSign
from proofs.kernel.smt import Smt
from proofs.kernel.structure import ByLemmas, Chain
from theory.statement import Follows, Monotone, SinglePeak, Tends, at_least, at_most, equal, less, more
from theory.symbols import K, M, d, j, k, p, r, s, v, x

f, g, w = (IndexedBase(name, real=True) for name in "fgw")
y, z, q = (Symbol(name, real=True) for name in "yzq")
m = Symbol("m", integer=True)
below = Symbol("z", negative=True)
delta = KroneckerDelta
CUBE = z**3 - 3 * z**2 + 3 * z - 1


def terms(claim, *form, known=()):
    return PositiveTerms(claim, form, known)


RANGES = [
    Identity(equal(Sum(f[s] * Sum(delta(s, k), (k, 1, d)), (s, 1, K)), Sum(f[s], (s, 1, K)))),
    Identity(equal(Sum(delta(s, j), (j, 1, K)) + Sum(delta(s, j), (j, 1, d)), 2)),
    Identity(equal(Sum(f[j], (j, 1, K)) + f[s] * Sum(delta(s, j), (j, 1, d)), Sum(f[r], (r, 1, K)) + f[s])),
    Identity(equal(Sum(delta(z, s), (s, 1, K)), 1)),
    Identity(equal(Sum(S.One, (r, 1, s), (s, 1, K)), s * K)),
    Identity(equal(Sum(f[s] * Sum(delta(s, j) * g[r], (r, 1, s)), (s, 1, K)), f[j] * Sum(g[r], (r, 1, s)))),
    Identity(equal(Sum(S.One, (s, 3, K)), K - 2)),
    Identity(equal(Sum(sqrt(m**2), (m, -2, 1)), Sum(m, (m, -2, 1)))),
    terms(at_least(Sum(s, (s, -5, 1)), 0), Sum(s, (s, -5, 1))),
    terms(at_least(Sum(K - 2, (K, 1, d)), 0), Sum(K - 2, (K, 1, d)), known=(at_least(K, 2),)),
    VanishingTerms(
        Follows(equal(Sum(f[s], (s, 1, K)), 0), equal(f[s], 0)),
        Sum(f[s], (s, 1, K)),
        Sum(f[s], (s, 1, K)),
        S.One,
        1,
        (at_least(Sum(f[s], (s, 1, K)), 0),),
    ),
    VanishingTerms(
        Follows(equal(Sum(f[s] ** 2, (s, 2, K)), 0), equal(f[s], 0)),
        Sum(f[s] ** 2, (s, 2, K)),
        Sum(f[s] ** 2, (s, 2, K)),
        S.One,
        2,
    ),
]

NAMES = [
    Identity(equal(Derivative(Sum(p[s] ** 2, (s, 1, K)), p[s]), Sum(2 * p[s], (s, 1, K)))),
    Identity(equal(Derivative(q * z, z), 3 * z**2), (equal(q, z**2),)),
    Identity(
        equal(Sum(v[r, k], (k, 1, d)), Sum(w[k], (k, 1, d))),
        (
            equal(Sum(v[s, k], (k, 1, d)), Sum(g[s, r], (r, 1, K))),
            equal(Sum(w[k], (k, 1, d)), Sum(g[r, r], (r, 1, K))),
        ),
    ),
    Identity(equal(Sum(v[s, k] ** 2, (k, 1, d)), 1), (equal(Sum(v[K, k] ** 2, (k, 1, d)), 1), at_least(K, 2))),
    Identity(equal(Integral(q, (x, 0, 1)), Integral(x, (x, 0, 1))), (equal(q, x),)),
    Identity(equal(Symbol("z"), z)),
    Identity(equal(Sum(f[s], (s, 1, K)), Sum(f[s], (s, 1, Symbol("K", integer=True))))),
    Smt(at_least(Symbol("x"), 0), (at_least(x, 0),)),
    Identity(equal(sqrt(z - 1) * sqrt(z + 1), sqrt(z**2 - 1))),
    Identity(equal((z**2) ** q, z ** (2 * q))),
    Identity(equal(log(z**2), 2 * log(z))),
    Identity(equal(2 ** delta(s, j) * f[s], 2 * f[j])),
]

ray = Smt(at_least(1 / (z - 1) ** 2, 0))
beyond_pole = GrowsFromStart(at_least(-1 / (z - 1), 0), z, S.Zero, terms(at_least(S.One, 0), S.One), ray)
POLES = [
    beyond_pole,
    ByLemmas(at_most(z, 1), Smt(at_most(z, 1), (beyond_pole.claim,)), (beyond_pole,)),
    Chain(less(0, (z - 1) ** 2), (Smt(less(0, CUBE / (z - 1))), Identity(equal(CUBE / (z - 1), (z - 1) ** 2)))),
    SlopeSign(Monotone(1 / z, z, -1), Smt(at_least(1 / z**2, 0))),
    SlopeSign(Monotone(Piecewise((x, x < 1), (x - 5, True)), x, 1), terms(at_least(S.One, 0), S.One)),
    SlopeSign(Monotone(-delta(K, 2), K, 1), terms(at_least(S.Zero, 0), S.Zero)),
    GrowsFromStart(at_least(x**2 - 1, 0), x, S(-5), terms(at_least(S(24), 0), S(24)), terms(at_least(2 * x, 0), 2 * x)),
    GrowsFromStart(
        at_least((K - 1) ** 2 / 2 - Rational(1, 4), 0),
        K,
        S.Zero,
        terms(at_least(Rational(1, 4), 0), Rational(1, 4)),
        terms(at_least(K - 1, 0), K - 1),
    ),
    OnePeak(
        SinglePeak(x**3 / 3 - x**2 / 2, x),
        1 - x / (x - 1),
        S(2),
        S.Half,
        Smt(more((x**3 - 3 * x**2 + 3 * x - 1) / (x - 1), 0)),
        Smt(more(1 / (x - 1) ** 2, 0)),
        terms(more(S(2), 0), S(2)),
        terms(more(S.One, 0), S.One),
    ),
    Limit(Tends(S.One, z, 0, 0), Smt(at_most(1, z**2), (at_most(z, -1),)), terms(at_least(S.One, 0), S.One)),
    Limit(Tends(z, z, oo, z), terms(at_most(z, z), S.Zero), terms(at_least(z, z), S.Zero)),
    Limit(
        Tends(S.One, below, oo, 0),
        Smt(at_most(1, below**-2), (at_least(below, -1),)),
        terms(at_least(S.One, 0), S.One),
    ),
]

REFUTATIONS = [
    Ball(at_least(x, 1), ((x, S.Zero, S(3)),), (at_least(x, 1),)),
    Ball(at_least(x, 0), ((x, S(-3), S(-2)),)),
    Counterexample(at_least(x, 0), {x: S(-2)}),
    Counterexample(more(M, 0), {M: S.Zero}),
    Counterexample(at_least(K, 1), {K: S.Half}),
    Counterexample(Monotone(x * exp(-x), x, 1), {x: S.Half}, S(3), (at_most(x, 1),)),
    Counterexample(Monotone(x**2, x, 1), {x: S(-2)}, S(-1)),
    Counterexample(Monotone(x**2, x, -1), {x: S(-2)}, S(3)),
    Counterexample(
        at_most(Sum(f[j], (j, 1, K)), 1),
        {K: 2, s: 1, f: lambda a: Rational(1, 2) if a == 1 else S(5)},
        None,
        (at_most(f[s], Rational(1, 2)),),
    ),
    Counterexample(at_least(Sum(p[s], (s, 1, K)), 0), {K: 2, p: lambda a: S(-1)}),
    Counterexample(at_least(Sum(p[s], (s, 1, K)), p[1]), {K: 2, p[s]: S.Zero, p[1]: S.One}),
    Smt(less(below, 0)),
]


@pytest.fixture(autouse=True)
def fresh_answers():
    checked.cache_clear()


@pytest.mark.parametrize("step", RANGES + NAMES + POLES, ids=lambda step: f"{type(step).__name__}: {step.claim}"[:90])
def test_a_falsehood_of_ranges_names_or_poles_is_not_proved(step):
    assert checked(step).outcome is not Outcome.PROVED


@pytest.mark.parametrize("step", REFUTATIONS, ids=lambda step: f"{type(step).__name__}: {step.claim}"[:90])
def test_a_true_claim_is_not_refuted(step):
    assert checked(step).outcome is not Outcome.REFUTED
