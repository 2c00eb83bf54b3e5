"""Points that no chance meets are made, and what is no relation of numbers is searched through one that follows."""

from dataclasses import replace

import pytest
from flint import ctx
from sympy import E, IndexedBase, KroneckerDelta, Rational, Sum, Symbol, exp, sqrt
from sympy.matrices.expressions.matexpr import MatrixElement

from proofs.search import search
from proofs.search_layers import LAYERS
from proofs.search_points import Domain, Draw
from theory import blueprint
from theory.objects.matrices import CENTRING, IDENTITY, ONES, Rank
from theory.statement import (
    Assumption,
    Monotone,
    RootIn,
    SinglePeak,
    Source,
    Statement,
    at_least,
    at_most,
    equal,
    less,
)
from theory.symbols import K, u, x

d, i, j, k = (Symbol(name, integer=True, positive=True) for name in "dijk")
weights = IndexedBase(Symbol("w", positive=True))


def stated(claim, *relations) -> Statement:
    granted = tuple(Assumption(relation, "granted") for relation in relations)
    return Statement("planted", "planted", claim, Source("nobody", "nowhere"), granted)


def uncorrelated(spread):
    """Members Y_.i of a sample, i = 1..d, in draws k = 1..K of law w: mean u, variance v, uncorrelated; and the mean
    square of the sample's mean about u."""
    draws, r = IndexedBase(Symbol("Y", real=True)), Symbol("r", integer=True, positive=True)

    def mean(term):
        return Sum(weights[k] * term, (k, 1, K))

    held = (
        equal(mean(1), 1),
        equal(mean(draws[k, i]), u),
        equal(mean(draws[k, i] * draws[k, r]), u**2 + spread * KroneckerDelta(i, r)),
    )
    return held, mean((u - Sum(draws[k, i], (i, 1, d)) / d) ** 2)


def test_uncorrelated_members_are_met_and_a_variance_that_is_too_small_is_found():
    v = Symbol("v", nonnegative=True)
    held, square = uncorrelated(v)
    right = search(stated(equal(square, v / d), *held), 300)
    assert right.inside > 100 and right.worst.margin == 0
    wrong = search(stated(at_most(square, v / (2 * d)), *held), 300)
    assert wrong.inside > 100 and wrong.worst.margin < -0.1


def test_indicators_and_entries_with_a_cap_are_met():
    failing, kept = (IndexedBase(Symbol(name, nonnegative=True)) for name in "Fg")
    held = at_least(1 - failing[i], 0), at_least(failing[i] * (kept[i] - 1), 0), at_least(2 - kept[i], 0)
    found = search(stated(at_most(failing[i] * (2 - kept[i]), 1), *held), 300)
    assert found.inside > 250 and found.worst.margin == 0
    assert search(stated(at_most(failing[i], Rational(1, 2)), *held), 300).worst.margin < 0


def test_a_scalar_whose_square_an_equation_names_is_computed():
    root = Symbol("q", nonnegative=True)
    found = search(stated(at_most(2 * root, 1 + x), equal(root**2, x)), 300)
    assert found.inside > 250 and 0 <= found.worst.margin < 1e-3


@pytest.mark.parametrize(
    "true, false",
    [
        (Monotone(x / (1 + x), x, 1), Monotone(x / (1 + x**2), x, 1)),
        (SinglePeak(x * exp(-x), x), SinglePeak(x * exp(-x) + exp(-1 / x) / 2, x)),
        (RootIn(x**2 - 2, x, 1, 2), RootIn(x**2 - 2, x, Rational(3, 2), 2)),
        (equal(CENTRING * CENTRING, CENTRING), equal(CENTRING * ONES, IDENTITY - ONES)),
        (
            equal(MatrixElement(CENTRING**2, j, k), KroneckerDelta(j, k) - 1 / K),
            at_least(MatrixElement(CENTRING**2, j, k), 0),
        ),
    ],
    ids=["monotone", "one peak", "one root", "matrices", "entries of a matrix"],
)
def test_what_is_no_relation_is_searched_through_one_that_follows_from_it(true, false):
    held = () if K not in true.free_symbols else (at_least(K, 2),)
    assert search(stated(true, *held), 150).worst.margin >= 0
    assert search(stated(false, *held), 150).worst.margin < 0


def test_the_other_points_of_a_monotone_quantity_lie_inside_the_hypotheses_too():
    """x (4 - x) rises up to 2 alone."""
    found = search(stated(Monotone(x * (4 - x), x, 1), at_most(x, 2)), 300)
    assert found.inside > 20 and found.worst.margin >= 0
    assert search(stated(Monotone(x * (4 - x), x, 1), at_most(x, 2000)), 300).worst.margin < 0


def test_a_comparison_of_two_numbers_is_made_once():
    (part,) = search(stated(less(sqrt(2), Rational(141, 100))), 10).parts
    assert part.points == part.judged == 1 and part.margin < 0
    (unknown,) = search(stated(less(E, 3)), 10).parts  # balls have no value for the symbol
    assert unknown.judged == 0 and unknown.margin is None
    assert search(stated(equal(Rank(CENTRING), K - 1)), 10).not_searched == {0: "the rank of a matrix"}


@pytest.mark.parametrize("key", sorted(LAYERS))
def test_layers_made_for_a_claim_meet_all_its_hypotheses(key):
    statement = blueprint.statement(key)
    domain = Domain.of(statement.parts, statement.hypotheses, key)
    for seed in range(4):
        with ctx.workprec(400):
            point = domain.point(Draw({}, (), 1e-3, seed))
            assert all(hypothesis.holds(point) for hypothesis in domain.hypotheses)
    found = search(statement, 60)
    assert found.inside > 50 and found.worst.margin >= 0 and all(part.points for part in found.parts)


@pytest.mark.parametrize("key, place", [("flatness_from_class_centres", 1), ("nc1_from_balancedness", 3)])
def test_a_bound_on_layers_made_too_sharp_is_caught(key, place):
    statement = blueprint.statement(key)
    smaller, larger = statement.parts[place].args
    assert search(replace(statement, claim=at_most(smaller, larger / 4)), 25).worst.margin < 0
