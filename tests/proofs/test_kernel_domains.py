"""Each certificate names its claim, its whole domain and what it trusts: nothing dropped, nothing added."""

import pytest
from sympy import Identity as Unit
from sympy import IndexedBase, Rational, S, Sum, Symbol, exp, oo, sqrt

from proofs.kernel.ball import Ball, Counterexample
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.slopes import GrowsFromStart, OnePeak, SlopeSign
from proofs.kernel.smt import Smt
from proofs.kernel.structure import ByLemmas, Chain, Citation, Conjunction
from proofs.kernel.symmetric_algebra import SymmetricAlgebra
from theory.statement import (
    Every,
    Follows,
    Monotone,
    Quoted,
    RootIn,
    SinglePeak,
    Tends,
    at_least,
    at_most,
    different,
    equal,
    less,
    more,
)
from theory.symbols import D, K, p, s, x

z, y, q = (Symbol(name, real=True) for name in "zyq")
below = Symbol("b", negative=True)
count = Symbol("m", integer=True, nonnegative=True)
f = IndexedBase("f", real=True)
HALF = S.Half
SIMPLEX = equal(Sum(p[s], (s, 1, K)), 1)
SQUARES = Sum(f[s] ** 2, (s, 1, K))
ARB, Z3, ALONE = {"sympy", "arb"}, {"sympy", "z3"}, {"sympy"}
two, one, up_to_one, positive = at_least(K, 2), at_least(x, 1), at_most(x, 1), more(z, 0)


def terms(claim, *form, known=(), multiplier=S.One):
    return PositiveTerms(claim, form, known, multiplier)


def gone(premise, conclusion, form, term=None, weight=S.One, power=2, known=()):
    return VanishingTerms(Follows(premise, conclusion), form, form if term is None else term, weight, power, known)


square = terms(at_least(z**2, 0), z**2)
later = terms(at_least(z, 1), z - 2, S.One, known=(at_least(z, 2),))
sooner = terms(at_least(z, 0), z - 1, S.One, known=(at_least(z, 1), at_least(y, 0)))
boxed = Ball(less(exp(below), 2), ((below, S(-2), S.Zero),))
bump = x * exp(-x)
peak = {
    "psi": x,
    "near": HALF,
    "far": S(2),
    "factor": terms(more(exp(-x), 0), exp(-x)),
    "rises": terms(more(S.One, 0), S.One),
    "low": terms(less(HALF, 1), HALF),
    "high": terms(more(S(2), 1), S.One),
}

PROVED = [
    (Identity(SIMPLEX, (SIMPLEX,)), (SIMPLEX,), ALONE),
    (SymmetricAlgebra(equal(x * Unit(K), 2 * Unit(K)), K, (equal(x, 2),)), (equal(x, 2),), ALONE),
    (terms(at_least(1 / z, 0), S.One, known=(positive,), multiplier=z), (positive,), ALONE),
    (terms(at_least(Sum(p[s], (s, 1, K)), 1), S.Zero, known=(SIMPLEX,)), (SIMPLEX,), ALONE),
    (gone(equal(z**2 + Sum(p[s], (s, 1, K)), 1), equal(z, 0), z**2, known=(SIMPLEX,)), (SIMPLEX,), ALONE),
    (gone(equal(z * y**2, 0), equal(y, 0), z * y**2, weight=z, known=(positive,)), (positive,), ALONE),
    (gone(equal(D + z**2, 0), equal(D, 0), D + z**2, D, power=1), (), ALONE),
    (gone(equal(2 * SQUARES, 0), equal(f[s], 0), 2 * SQUARES, weight=S(2)), (), ALONE),
    (gone(equal((z - 1) ** 2, 0), equal(z, 1), (z - 1) ** 2), (), ALONE),
    (gone(equal(x * z**2, 0), equal(z, 0), x * z**2, weight=S(2), known=(equal(x, 2),)), (equal(x, 2),), ALONE),
    (Conjunction(square.claim, (square,)), (), ALONE),
    (Conjunction(Every(square.claim, later.claim), (square, later)), (at_least(z, 2),), ALONE),
    (Chain(less(0, z**2 + 2), (terms(at_most(0, z**2), z**2), terms(less(z**2, z**2 + 2), S(2)))), (), ALONE),
    (ByLemmas(sooner.claim, sooner, (later,)), (at_least(z, 2), at_least(y, 0)), ALONE),
    (ByLemmas(at_least(z, 0), Smt(at_least(z, 0), (at_least(z, 1),)), (later,)), (at_least(z, 2),), Z3),
    (Ball(boxed.claim, boxed.box, (at_least(below, -2), at_most(below, 0))), None, ARB),
    *((Ball(RootIn(g, x, low, 1)), (), ARB) for g, low in ((x - HALF, 0), (HALF - x, 0), (x / 2 - HALF / 2, 0))),
    (Ball(RootIn(2 - x**2, x, 1, 2)), (), ARB),
    (
        Limit(
            Tends(1 + 2 / x, x, oo, 1),
            terms(at_most(1 + 2 / x, 1 + 2 / x), S.Zero, known=(one, two)),
            terms(at_least(1 + 2 / x, 1), 2 / x),
        ),
        (two,),
        ALONE,
    ),
    (
        Limit(
            Tends(x**2, x, 0, 0),
            terms(at_most(x**2, x), x * (1 - x), known=(up_to_one,)),
            terms(at_least(x**2, 0), x**2),
        ),
        (),
        ALONE,
    ),
    (Smt(different(z**2 + 1, 0)), (), Z3),
    (Smt(more(x, 0)), (), Z3),
    (Smt(at_least(K, 1)), (), Z3),
    (Smt(at_least(D, 0)), (), Z3),
    (Smt(more(1 / z**2, 0)), (), Z3),
    (Smt(at_least(z, 0), (at_least(z, y), equal(y, 1))), (at_least(z, y), equal(y, 1)), Z3),
    (
        GrowsFromStart(
            at_least(exp(x), 0), x, S.Zero, terms(at_least(S.One, 0), S.One), terms(more(exp(x), 0), exp(x))
        ),
        (at_least(x, 0),),
        ALONE,
    ),
    *(
        (SlopeSign(Monotone((x - 1) ** 2, x, way), terms(at_least(slope, 0), slope, known=(h,))), (h,), ALONE)
        for way, slope, h in (
            (1, 2 * (x - 1), one),
            (1, 2 * (x - 1), at_most(1, x)),
            (-1, 2 * (1 - x), at_least(1 / x, 1)),
        )
    ),
    (OnePeak(SinglePeak(bump, x), **peak, hypotheses=(two,)), (two,), ALONE),
]

NOT_PROVED = [
    VanishingTerms(Every(equal(z**2, 0), equal(z, 0)), z**2, z**2, S.One, 2),
    gone(equal(z**2 + y**2, 0), equal(q, 0), z**2 + y**2, q**2),
    gone(equal(z**2, 0), equal(z, 0), z**2, weight=z),
    *(
        Ball(RootIn(g, x, S.Zero, high))
        for g, high in ((x, 1), (-x, 1), (x - 1, 1), (1 - x, 1), (x + HALF, 1), (2 - x, Rational(3, 2)))
    ),
    Limit(
        Tends(1 / (1 + x), x, oo, 0), terms(at_least(1 / (1 + x), 0), 1 / (1 + x)), terms(at_least(exp(x), 0), exp(x))
    ),
    Limit(
        Tends(exp(x), x, oo, 0),
        terms(at_most(1 / (1 + x), 1 / x), 1 / (x * (1 + x))),
        terms(at_least(exp(x), 0), exp(x)),
    ),
    Limit(Tends(sqrt(x), x, oo, 0), terms(at_most(sqrt(x), sqrt(x)), S.Zero), terms(at_least(sqrt(x), 0), sqrt(x))),
    Smt(less(1 / z, z)),
    Smt(at_least(K, 2)),
    Smt(more(D, 0)),
    Smt(more(count, 0)),
    GrowsFromStart(
        at_least((x - 1) ** 2 - HALF, 0),
        x,
        S.Zero,
        terms(at_least(HALF, 0), HALF),
        terms(at_least(2 * (x - 1), 0), 2 * (x - 1), known=(one,)),
    ),
    SlopeSign(
        Monotone(z**3 - 3 * z, z, 1),
        terms(at_least(3 * z**2 - 3, 0), 3 * (z**2 - 1), known=(at_least(z**2, 1),)),
    ),
    SlopeSign(
        Monotone(z**3 / 3 - z**2 / 2, z, 1),
        terms(at_least(z**2 - z, 0), z**2 * (1 - 1 / z), known=(at_least(1, 1 / z),)),
    ),
    OnePeak(SinglePeak(bump, x), **{**peak, "rises": terms(more(S.One, 0), S.One, known=(one,))}),
    OnePeak(Monotone(bump, x, 1), **peak),
]


@pytest.fixture(autouse=True)
def fresh_answers():
    checked.cache_clear()


@pytest.mark.parametrize(("step", "domain", "trusts"), PROVED, ids=lambda v: str(getattr(v, "claim", ""))[:60])
def test_a_certificate_says_exactly_what_holds_where(step, domain, trusts):
    found = checked(step)
    assert found.outcome is Outcome.PROVED, found.evidence
    assert (found.claim, set(found.trusts)) == (step.claim, trusts)
    assert found.evidence and found.witness is None
    if domain is not None:
        assert set(found.domain) == set(domain)


@pytest.mark.parametrize("step", NOT_PROVED, ids=lambda step: f"{type(step).__name__}: {step.claim}"[:90])
def test_a_step_beyond_its_premises_is_not_proved(step):
    assert checked(step).outcome is Outcome.UNDECIDED


def test_a_box_certificate_has_both_sides_of_the_box():
    found = checked(boxed)
    assert (found.claim, found.outcome, set(found.trusts)) == (boxed.claim, Outcome.ON_BOX, ARB)
    assert set(found.domain) == {at_least(below, -2), at_most(below, 0)}


def test_an_undecided_conclusion_keeps_its_claim_and_what_it_trusted():
    whole = checked(Conjunction(Every(boxed.claim), (boxed,)))
    assert (whole.claim, whole.domain, set(whole.trusts)) == (Every(boxed.claim), (), ARB)
    assert "premise ON_BOX" in whole.evidence


def test_a_citation_certificate_is_of_its_claim_alone():
    cited = checked(Citation(Quoted("a theorem"), "Nobody 1900"))
    assert (cited.claim, cited.domain) == (Quoted("a theorem"), ())


def test_a_refutation_shows_the_point_and_both_sides():
    found = checked(Counterexample(at_most(Sum(f[s], (s, 1, K)), x), {K: 2, x: S.One, f: lambda a: a}, None, (two,)))
    assert (found.claim, found.domain, set(found.trusts)) == (at_most(Sum(f[s], (s, 1, K)), x), (two,), ARB)
    assert {name: float(value) for name, value in found.witness.items()} == {"K": 2, "x": 1, "left": 3, "right": 1}
    falls = checked(Counterexample(Monotone(x**2, x, -1), {x: S.One}, S(2)))
    shown = {name: float(value) for name, value in falls.witness.items()}
    assert shown == {"x": 1, "value": 1, "x later": 2, "value later": 4}


def test_a_constant_is_not_refuted_as_monotone_nor_a_point_outside_the_hypotheses_used():
    assert checked(Counterexample(Monotone(S.One, x, 1), {x: S.One}, S(2))).outcome is Outcome.UNDECIDED
    outside = Counterexample(at_most(z, 1), {z: S(2)}, None, (at_most(z, 1),))
    assert checked(outside).outcome is Outcome.UNDECIDED
