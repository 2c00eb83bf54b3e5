"""The search for the smallest margin: it finds what is false and comes close to what is sharp."""

from dataclasses import replace

import pytest
from sympy import Symbol, exp

from proofs.search import margin, search
from theory import blueprint
from theory.statement import Source, Statement, at_least, at_most, equal, less
from theory.symbols import K, u, x

z = Symbol("z", real=True)
SOURCE = Source("nobody", "nowhere")


def stated(claim) -> Statement:
    return Statement("planted", "planted", claim, SOURCE)


def test_a_planted_falsehood_far_from_the_usual_scale_is_found():
    false = stated(at_most(x, 50_000))
    assert search(false, 200)[0].margin < 0


def test_a_false_equation_is_found():
    assert search(stated(equal((z + 1) ** 2, z**2 + 1)), 50)[0].margin < 0


def test_a_sharp_inequality_comes_close_to_equality():
    found = search(stated(at_most(2 * x, x**2 + 1)), 300)[0]
    assert 0 <= found.margin < 0.2 and found.points > 200


def test_the_margin_is_relative_and_signed():
    assert margin(less(x, 3), {x: 1}) == pytest.approx(0.5)
    assert margin(at_least(x, 3), {x: 1}) == pytest.approx(-0.5)
    assert margin(equal(exp(x), exp(x)), {x: 1}) == 0.0


@pytest.mark.parametrize("key", ["collapse_implies_flatness", "feature_norm_attractor", "welch_minimal_coherence"])
def test_no_margin_of_a_proved_claim_is_negative(key):
    found = search(blueprint.statement(key), 40)
    assert any(part.points for part in found)
    assert all(part.margin is None or part.margin >= 0 for part in found)


def test_a_bound_made_too_sharp_is_caught():
    statement = blueprint.statement("collapse_implies_flatness")
    published = statement.parts[0]
    planted = replace(statement, claim=at_most(published.lhs, published.rhs * 2 / K**2))
    assert min(part.margin for part in search(planted, 300) if part.margin is not None) < 0
    assert u in planted.claim.free_symbols
