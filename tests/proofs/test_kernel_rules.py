"""Each rule of inference rejects planted falsehoods, and accepts the true claim next to them."""

import importlib
import inspect
import pkgutil

import pytest
from sympy import (
    Derivative,
    Eq,
    IndexedBase,
    KroneckerDelta,
    OneMatrix,
    Rational,
    S,
    Sum,
    Symbol,
    Trace,
    exp,
    log,
    oo,
    sqrt,
)
from sympy import (
    Identity as Unit,
)

import proofs.kernel
from proofs.kernel.ball import Ball, Counterexample
from proofs.kernel.certificate import Certificate, Outcome, checked
from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.rocq import Kernel
from proofs.kernel.slopes import GrowsFromStart, OnePeak, SlopeSign
from proofs.kernel.smt import Smt
from proofs.kernel.structure import ByLemmas, Chain, Citation, Conjunction
from proofs.kernel.symmetric_algebra import SymmetricAlgebra
from theory.blueprint import statement
from theory.objects.matrices import Rank, simplex_frame
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
    equal,
    less,
    more,
)
from theory.symbols import K, d, j, k, p, s, v, x

z = Symbol("z", real=True)
y = Symbol("y", real=True)
two = at_least(K, 2)
simplex = equal(Sum(p[s], (s, 1, K)), 1)
free = IndexedBase("f", real=True)
FRAME = simplex_frame()
square = PositiveTerms(at_least(z**2, 0), (z**2,))
TWO = S(2)
bump = x * exp(-x)


def peak(psi=x, near=S.Half, far=TWO, factor=bump / x, rises=S.One, low=None, high=None, f=bump):
    """x exp(-x) peaks at x = 1: f' = (f/x)(1 - x)."""
    low = low or PositiveTerms(less(psi.subs(x, near), 1), (1 - psi.subs(x, near),))
    high = high or PositiveTerms(more(psi.subs(x, far), 1), (psi.subs(x, far) - 1,))
    return OnePeak(
        SinglePeak(f, x),
        psi,
        near,
        far,
        PositiveTerms(more(factor, 0), (factor,)),
        PositiveTerms(more(rises, 0), (rises,)),
        low,
        high,
    )


TRUE = {
    Identity: Identity(equal(Sum(p[s] * (free[s] - 1), (s, 1, K)), Sum(p[s] * free[s], (s, 1, K)) - 1), (simplex,)),
    SymmetricAlgebra: SymmetricAlgebra(equal(Rank(FRAME), K - 1), K, (two,)),
    PositiveTerms: PositiveTerms(more(K**2, K), (K * (K - 1),), (two,)),
    VanishingTerms: VanishingTerms(Follows(equal(z**2 + y**2, 0), equal(z, 0)), z**2 + y**2, z**2, S.One, 2),
    Ball: Ball(less(exp(Rational(1, 2)), 2)),
    Limit: Limit(
        Tends(1 / (1 + x), x, oo, 0),
        PositiveTerms(at_most(1 / (1 + x), 1 / x), (1 / (x * (1 + x)),)),
        PositiveTerms(at_least(1 / (1 + x), 0), (1 / (1 + x),)),
    ),
    Smt: Smt(at_most(2 * z * y, z**2 + y**2)),
    ByLemmas: ByLemmas(square.claim, square, ()),
    Chain: Chain(at_least(z**2 + 1, 0), (square, PositiveTerms(at_least(z**2 + 1, z**2), (S.One,)))),
    Conjunction: Conjunction(Every(square.claim), (square,)),
    GrowsFromStart: GrowsFromStart(
        at_least(exp(x) - 1 - x, 0),
        x,
        S.Zero,
        PositiveTerms(at_least(S.Zero, 0), (S.Zero,)),
        PositiveTerms(at_least(exp(x) - 1, 0), (exp(x) - 1,)),
    ),
    SlopeSign: SlopeSign(Monotone(exp(-x), x, -1), PositiveTerms(more(exp(-x), 0), (exp(-x),))),
    OnePeak: peak(),
}

LOOP = PositiveTerms(at_least(z, 1), (z,))  # concludes the hypothesis without proof

FALSE = [
    Identity(equal(K, K + 1)),
    Identity(equal(Sum(p[s], (s, 1, K)), 1)),
    Identity(equal(Sum(p[s] ** 2, (s, 1, K)), Sum(p[s], (s, 1, K)) ** 2), (simplex,)),
    Identity(equal(Sum(KroneckerDelta(s, j) * free[j], (j, 1, K)), free[j])),
    Identity(equal(sqrt(z**2), z)),
    Identity(equal(log(z * y), log(z) + log(y))),
    Identity(equal(Derivative(exp(z**2), z), exp(z**2))),
    Identity(at_most(z, z + 1)),
    SymmetricAlgebra(equal(FRAME.T * FRAME, Unit(K)), K, (two,)),
    SymmetricAlgebra(equal(Rank(FRAME), K), K, (two,)),
    SymmetricAlgebra(equal(Trace(OneMatrix(K, K) / K), K), K, (two,)),
    SymmetricAlgebra(equal(OneMatrix(K, K) * OneMatrix(K, K), OneMatrix(K, K)), K),
    SymmetricAlgebra(equal(Rank(Unit(K) - OneMatrix(K, K) / K), K - 1 + 0 * z + 1), K, (two,)),
    PositiveTerms(at_least(z, 0), (z,)),
    PositiveTerms(more(z**2, 0), (z**2,)),
    PositiveTerms(at_least(K - 2, 0), (K - 2,)),
    PositiveTerms(at_least(-(z**2), 0), (z**2,), (), -S.One),
    PositiveTerms(at_least(z**2 - 1, 0), (z**2,)),
    PositiveTerms(at_least(z - 1 - log(z), 0), (z - 1 - log(z),)),
    PositiveTerms(at_least(exp(z) - 1, 0), (exp(z) - 1,)),
    PositiveTerms(at_least(exp(z) - 1 - z - z**2 / 2, 0), (exp(z) - 1 - z - z**2 / 2,)),
    PositiveTerms(at_least(Sum(free[s], (s, 1, K)), 0), (Sum(free[s], (s, 1, K)),)),
    PositiveTerms(at_least(z, 5), (z - 5,), (at_least(z, 4),)),
    VanishingTerms(Follows(equal(z - y, 0), equal(z, 0)), z - y, z, S.One, 1),
    VanishingTerms(Follows(equal(z**2 + y**2, 0), equal(z, 1)), z**2 + y**2, z**2, S.One, 2),
    VanishingTerms(Follows(equal(z**2 + y**2 - 1, 0), equal(z, 0)), z**2 + y**2, z**2, S.One, 2),
    Ball(less(exp(S.One), 2)),
    Ball(less(exp(x), 100), ((x, S.Zero, S(3)),)),
    Ball(at_least(x**2 - x, 0), ((x, S.Zero, S(2)),)),
    Ball(RootIn(x**2 - 2, x, S(2), S(3))),
    Ball(RootIn((x - 1) * (x - 2) * (x - 3), x, S.Zero, S(4))),
    Ball(RootIn(x**2 + 1, x, -S.One, S.One)),
    Counterexample(at_most(z, z**2), {z: S(2)}),
    Counterexample(less(z, 1), {z: S(2)}, hypotheses=(less(z, 0),)),
    Counterexample(Monotone(bump, x, -1), {x: S(2)}, S(3)),
    Limit(
        Tends(1 / (1 + x), x, oo, 1),
        PositiveTerms(at_most(1 / (1 + x), 1), (x / (1 + x),)),
        PositiveTerms(at_least(1 / (1 + x), 0), (1 / (1 + x),)),
    ),
    Limit(
        Tends(x, x, oo, 0),
        PositiveTerms(at_most(x, x), (S.Zero,)),
        PositiveTerms(at_least(x, 0), (x,)),
    ),
    Limit(
        Tends(S.One + 0 * x, x, oo, 0),
        PositiveTerms(at_most(S.One, 1), (S.Zero,)),
        PositiveTerms(at_least(S.One, 0), (S.One,)),
    ),
    Limit(
        Tends(1 - x, x, oo, 0),
        PositiveTerms(at_most(1 - x, 1 / x), (1 / x, x - 1), (at_least(x, 1),)),
        PositiveTerms(at_least(1 - x, 0), (1 - x,), (at_most(x, 1),)),
    ),
    Smt(less(z**2, z)),
    Smt(at_least(z * y, 0)),
    Smt(more(z**2, 0)),
    Smt(at_least(exp(z), 0)),
    Smt(equal(z / z, 1 + y)),
    Citation(Quoted("a theorem"), ""),
    Citation(Quoted("a theorem"), "Nobody 1900"),
    Citation(at_least(z, 0), "Nobody 1900, Lemma 1"),
    Chain(at_least(z**2 + 1, 5), (square,)),
    Chain(more(z**2, 0), (square,)),
    Chain(at_least(z**2, -1), (square,)),
    ByLemmas(at_least(z, 0), PositiveTerms(at_least(z, 0), (z,)), (square,)),
    ByLemmas(more(z**2, 0), square, ()),
    ByLemmas(at_least(z, 1), PositiveTerms(at_least(z, 1), (z - 1,), (at_least(z, 1),)), (LOOP,)),
    Conjunction(Every(square.claim, more(z, 0)), (square,)),
    Conjunction(Every(square.claim, square.claim), (square,)),
    Conjunction(Every(more(z, 0)), (PositiveTerms(more(z, 0), (z,)),)),
    GrowsFromStart(
        at_least(x - 1, 0),
        x,
        S.Zero,
        PositiveTerms(at_least(S(-1), 0), (S(-1),)),
        PositiveTerms(at_least(S.One, 0), (S.One,)),
    ),
    GrowsFromStart(
        at_least(1 - x, 0),
        x,
        S.Zero,
        PositiveTerms(at_least(S.One, 0), (S.One,)),
        PositiveTerms(at_least(S.One, 0), (S.One,)),
    ),
    GrowsFromStart(
        more(exp(x) - 1 - x, 0),
        x,
        S.Zero,
        PositiveTerms(at_least(S.Zero, 0), (S.Zero,)),
        PositiveTerms(at_least(exp(x) - 1, 0), (exp(x) - 1,)),
    ),
    SlopeSign(Monotone(exp(-x), x, 1), PositiveTerms(more(exp(-x), 0), (exp(-x),))),
    SlopeSign(Monotone(exp(-x), x, -1), PositiveTerms(more(exp(x), 0), (exp(x),))),
    SlopeSign(Monotone(x**2 - x, x, 1), PositiveTerms(at_least(2 * x - 1, 0), (2 * x - 1,))),
    SlopeSign(Monotone(exp(-x), x, 0), PositiveTerms(at_least(S.Zero, 0), (S.Zero,))),
    peak(f=exp(-x), factor=exp(-x), psi=S(2) + 0 * x),
    peak(near=S(2), far=S(3)),
    peak(near=S(-1)),
    peak(f=x * exp(x), factor=exp(x), psi=-x),
    peak(rises=S(2)),
    Kernel(more(z, 0), "two_clocks"),
    Kernel(equal(K, 2), "two_clocks"),
    Kernel(statement("two_clocks").goal, "two_clocks"),  # it has no Rocq proof
]


def rules() -> set[type]:
    """Every class of the kernel with a `check` method, found by looking."""
    modules = [importlib.import_module(f"proofs.kernel.{m.name}") for m in pkgutil.iter_modules(proofs.kernel.__path__)]
    classes = {c for module in modules for _, c in inspect.getmembers(module, inspect.isclass)}
    return {
        c
        for c in classes
        if hasattr(c, "check") and c.__module__.startswith("proofs.kernel") and "claim" in getattr(c, "__slots__", ())
    }


@pytest.fixture(autouse=True)
def fresh_answers():
    checked.cache_clear()


@pytest.mark.parametrize("step", FALSE, ids=lambda step: f"{type(step).__name__}: {step.claim}"[:90])
def test_a_planted_falsehood_is_not_proved(step):
    outcome = checked(step).outcome
    assert outcome is not Outcome.PROVED
    if isinstance(step, Counterexample):
        assert outcome is not Outcome.REFUTED


@pytest.mark.parametrize("step", TRUE.values(), ids=lambda step: type(step).__name__)
def test_the_true_claim_beside_it_is_proved(step):
    assert checked(step).outcome is Outcome.PROVED, checked(step).evidence


def test_every_rule_meets_at_least_three_falsehoods():
    planted = {rule: sum(type(step) is rule for step in FALSE) for rule in rules()}
    assert len(planted) >= 13
    assert {rule.__name__: count for rule, count in planted.items() if count < 3} == {}


def test_a_counterexample_refutes_with_its_point():
    certificate = checked(Counterexample(Monotone(bump, x, -1), {x: S.Half}, S.One))
    assert certificate.outcome is Outcome.REFUTED
    assert certificate.witness["x"] == "1/2"
    follows = Counterexample(Follows(more(z, 0), more(z, 1)), {z: S.Half})
    assert checked(follows).outcome is Outcome.REFUTED


def test_a_box_is_not_the_whole_domain():
    box = ((x, S.Zero, S(3)),)
    assert checked(Ball(less(exp(x), 100), box)).outcome is Outcome.ON_BOX
    sides = (at_least(x, 0), at_most(x, 3))
    assert checked(Ball(less(exp(x), 100), box, sides)).outcome is Outcome.PROVED


def test_a_citation_is_trusted_by_name_and_never_proved():
    certificate = checked(Citation(Quoted("a theorem"), "Petzka et al. 2021, Theorem 6"))
    assert certificate.outcome is Outcome.TRUSTED
    assert certificate.trusts == {"Petzka et al. 2021, Theorem 6"}


def test_a_certificate_refuses_to_be_a_bool():
    with pytest.raises(TypeError, match="compare its outcome"):
        bool(Certificate(Eq(z, z, evaluate=False), Outcome.PROVED, ""))


def test_an_undecided_premise_leaves_the_conclusion_undecided():
    weak = Ball(less(exp(x), 100), ((x, S.Zero, S(3)),))
    assert checked(Conjunction(Every(weak.claim), (weak,))).outcome is Outcome.UNDECIDED


def test_unit_rows_contract_under_further_sums():
    unit = equal(Sum(v[s, k] ** 2, (k, 1, d)), 1)
    total = Sum(v[j, k] ** 2, (j, 1, K), (k, 1, d))
    assert checked(Identity(equal(total, K), (unit,))).outcome is Outcome.PROVED
    assert checked(Identity(equal(total, K))).outcome is Outcome.UNDECIDED
