"""The search for the smallest margin: it finds what is false, comes close to what is sharp, and can be resumed."""

import json
import random
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from flint import ctx
from sympy import Eq, Ge, Gt, IndexedBase, Le, Lt, MatrixExpr, Rational, Sum, Symbol, exp, log

from proofs import search as searching
from proofs.algebra.balls import NoBall, evaluate
from proofs.floats import NoFloat, compiled
from proofs.search import main, margin, search
from proofs.search_draws import counts
from proofs.search_entries import STYLES
from proofs.search_points import Domain, Draw
from theory import blueprint
from theory.statement import (
    Assumption,
    Source,
    Statement,
    at_least,
    at_most,
    equal,
    less,
    more,
)
from theory.symbols import K, u, x

z = Symbol("z", real=True)
d, i, j, k = (Symbol(name, integer=True, positive=True) for name in "dijk")
weights, values = IndexedBase(Symbol("w", positive=True)), IndexedBase(Symbol("v", real=True))
OF_NUMBERS = (Eq, Ge, Gt, Le, Lt)
SOURCE = Source("nobody", "nowhere")
RELATIONS = [
    (key, place) for key in blueprint.keys() for place, part in enumerate(blueprint.statement(key).parts)
    if isinstance(part, OF_NUMBERS) and part.free_symbols and not part.has(MatrixExpr)
]  # fmt: skip


def stated(claim, *relations) -> Statement:
    return Statement("planted", "planted", claim, SOURCE, tuple(Assumption(r, "granted") for r in relations))


@pytest.mark.parametrize("bound", [50_000, Rational(1, 10**9)])
def test_a_planted_falsehood_far_from_the_usual_scale_is_found(bound):
    worst = search(stated(at_most(x, bound)), 200).worst
    assert worst.margin < 0 and worst.at


def test_a_false_equation_is_found():
    assert search(stated(equal((z + 1) ** 2, z**2 + 1)), 50).worst.margin < 0


def test_an_equation_with_zero_is_steered_by_the_terms_that_cancel_in_it():
    """A false one is found, and a true one is not sent to the balls at every point for the rounding of its terms."""
    true = exp(z) * (z + 1) ** 2 - exp(z) * z**2 - 2 * z * exp(z) - exp(z)
    assert search(stated(equal(true + z * exp(z) / 1000, 0)), 100).worst.margin < 0
    (part,) = search(stated(equal(true, 0), at_least(z, 0), at_least(100 - z, 0)), 300).parts
    assert part.points > 50 and part.margin == 0 and part.judged < part.points / 4


def test_a_falsehood_about_sums_is_found_in_many_dimensions():
    """Cauchy-Schwarz with a constant that is too good from d = 10 on."""
    total, squares = Sum(values[i], (i, 1, d)), Sum(values[i] ** 2, (i, 1, d))
    assert search(stated(at_most(total**2, d * squares)), 300).worst.margin >= 0
    worst = search(stated(at_most(total**2, 9 * squares)), 600).worst
    assert worst.margin < 0 and int(worst.at["d"]) >= 10


def test_a_sharp_inequality_comes_close_to_equality():
    found = search(stated(at_most(2 * x, x**2 + 1)), 600)
    assert 0 <= found.worst.margin < 1e-3 and found.inside == found.examples == 600


def test_a_sharp_inequality_reaches_its_equality_on_simplex_weights():
    """The variance Sum(w v^2) - Sum(w v)^2 is never negative, and zero where all values are equal."""
    mean, second = (Sum(weights[i] * values[i] ** power, (i, 1, d)) for power in (1, 2))
    found = search(stated(at_most(mean**2, second), Eq(Sum(weights[i], (i, 1, d)), 1)), 300)
    assert found.worst.margin == 0.0 and found.inside > 100


def test_points_outside_the_hypotheses_are_not_counted():
    found = search(stated(at_least(x, 5), at_least(x, 5)), 200)
    assert found.worst.margin >= 0 and 0 < found.inside < found.examples


def test_a_scalar_that_bounds_something_is_put_at_its_bound():
    claim = at_most(values[1] ** 2, z**2)
    held = at_least(z - values[i], 0), at_least(z + values[i], 0), at_least(d - Sum(1, (k, 1, d)), 0)
    assert 0 <= search(stated(claim, *held), 300).worst.margin < 1e-6


def test_the_margin_is_relative_and_signed():
    assert margin(less(x, 3), {x: 1}) == pytest.approx(0.5)
    assert margin(at_least(x, 3), {x: 1}) == pytest.approx(-0.5)
    assert margin(equal(exp(x), exp(x)), {x: 1}) == 0.0
    assert margin(more(exp(x), 0), {x: 1}) == pytest.approx(1.0)


def test_a_margin_below_the_rounding_of_floats_is_told_from_zero():
    assert 0 < margin(more(x + 1, 1), {x: Rational(1, 10**25)}) < 1e-24


def test_an_equation_of_zeros_has_margin_zero_and_one_of_tiny_numbers_has_not():
    zero, at = log(x * u) - log(x) - log(u), {x: 3, u: 7}
    assert margin(equal(zero, 0), at) == 0.0
    assert margin(equal(zero, Rational(1, 10**60)), at) == -1.0


@pytest.mark.parametrize("key, places", [("bottleneck_bound", None), ("deep_ufm_reduction", {0, 5, 6, 7, 8})])
def test_a_part_whose_hypotheses_no_chance_meets_is_tried_at_its_example(key, places):
    found = [part for part in search(blueprint.statement(key), 5).parts if places is None or part.part in places]
    assert found and all(part.points == 0 and part.judged and part.margin >= 0 for part in found)


@pytest.mark.parametrize(
    "key", ["collapse_implies_flatness", "feature_norm_attractor", "unseen_error", "welch_minimal_coherence"]
)
def test_no_margin_of_a_proved_claim_is_negative(key):
    found = search(blueprint.statement(key), 150)
    assert any(part.points and part.judged for part in found.parts)
    assert all(part.margin is None or part.margin >= 0 for part in found.parts)


def test_a_bound_made_too_sharp_is_caught():
    statement = blueprint.statement("collapse_implies_flatness")
    published = statement.parts[0]
    planted = replace(statement, claim=at_most(published.lhs, published.rhs * 2 / K**2))
    assert search(planted, 300).worst.margin < 0


def test_what_is_not_searched_is_named_with_the_reason():
    found = search(blueprint.statement("central_path"), 5)
    limits = {p for p, part in enumerate(blueprint.statement("central_path").parts) if type(part).__name__ == "Tends"}
    assert set(found.not_searched) == limits and all("Tends" in why for why in found.not_searched.values())


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "margins.json"
    monkeypatch.setattr(searching, "RECORD", path)
    return path


def test_a_recorded_search_is_not_repeated_and_a_longer_one_is(record, capsys):
    words = ["--jobs", "1", "--seconds", "20", "welch_minimal_coherence"]
    assert main(["--examples", "100", *words]) == 0
    first = json.loads(record.read_text())["welch_minimal_coherence"]
    assert first["examples"] == first["asked"] == 100 and first["points"] <= 100 and first["judged"]
    record.write_text(json.dumps({"welch_minimal_coherence": first | {"margin": 0.25}, "another": {}}))
    assert main(["--examples", "100", *words]) == 0
    kept = json.loads(record.read_text())
    assert kept["welch_minimal_coherence"]["margin"] == 0.25 and "another" in kept
    assert main(["--examples", "120", *words]) == 0
    assert json.loads(record.read_text())["welch_minimal_coherence"]["examples"] == 120
    assert "0 of 1 claims to search" in capsys.readouterr().err


def test_a_search_of_another_statement_is_stale():
    row = {"statement": "of an older one", "examples": 10**6, "asked": 10**6, "seconds": 1e6}
    assert not searching.fresh(row, "simplex_etf_gram", 10, 1.0)


def test_a_negative_margin_on_record_is_an_error(record):
    key = "simplex_etf_gram"
    row = {"statement": searching.resumable.statement_hash(blueprint.statement(key)), "examples": 9, "margin": -0.1}
    record.write_text(json.dumps({key: row}))
    assert main(["--examples", "9", "--jobs", "1", key]) == 1


@lru_cache(1)
def domain_of(key: str) -> Domain:
    statement = blueprint.statement(key)
    return Domain.of(statement.parts, statement.hypotheses)


@pytest.mark.parametrize(("key", "place"), RELATIONS)
def test_floats_and_balls_agree_on_every_part(key, place):
    """Each side separately, at random points whether or not inside the hypotheses, up to the rounding of its terms."""
    part, domain = blueprint.statement(key).parts[place], domain_of(key)
    sides = [compiled(side) for side in (part.lhs, part.rhs)]
    compared, chance = 0, random.Random(place)
    for seed in range(40):
        scale = 10 if seed % 3 else 1000
        drawn = {
            name: chance.randint(2, 4) if counts(name, domain.terrain) else Rational(chance.randint(5, 40), scale)
            for name in domain.terrain.scalars
        }
        try:
            point = domain.point(Draw(drawn, tuple(STYLES[0] for _ in domain.terrain.bases), -1.0, seed))
            if point is None:
                continue
            for side, expression in zip(sides, (part.lhs, part.rhs), strict=True):
                with ctx.workprec(200), np.errstate(all="ignore"):
                    exact, quick = evaluate(expression, point.exact), float(side(point.floats))
                if exact.is_finite() and np.isfinite(quick):
                    assert quick == pytest.approx(float(exact.mid()), rel=1e-7, abs=1e-7)
                    compared += 1
        except (NoBall, NoFloat):
            continue
        if compared >= 6:
            break
    assert compared, "no point at which both have a value"


def test_floats_know_sums_of_any_depth():
    inner = Sum(weights[i] * values[k] * Sum(values[i], (i, 1, 3)), (k, 1, 4), (i, 1, 2))
    env = {weights: _entries(lambda a: 1.0 * a), values: _entries(lambda a: a + 0.5)}
    expected = sum(a * (b + 0.5) * 7.5 for b in range(1, 5) for a in (1, 2))
    assert float(compiled(log(inner))(env)) == pytest.approx(np.log(expected))


def _entries(element):
    from proofs.floats import Entries

    return Entries(element)
