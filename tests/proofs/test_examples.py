"""A statement's own EXAMPLE satisfies its assumptions, and then its claims, at every choice of free indices."""

import importlib
import random
from itertools import product

import pytest
from flint import ctx
from sympy import Eq, Ge, Gt, Indexed, KroneckerDelta, Le, Lt, Rational, Symbol

from proofs.algebra.balls import NoBall, decide, evaluate
from proofs.attack import Terrain, satisfies
from theory import blueprint
from theory.objects.examples import table
from theory.statement import at_most

RELATIONS = (Eq, Ge, Gt, Le, Lt)
MODULES = {key: importlib.import_module(f"theory.statements.{key}") for key in blueprint.keys()}
WITH_EXAMPLE = [key for key, module in MODULES.items() if hasattr(module, "EXAMPLE")]


def completed(example, relation, seed):
    """The example with random values for what only the claim mentions."""
    draw = random.Random(seed)
    terrain = Terrain.of((relation.lhs, relation.rhs), ())
    values = {
        x: 2 if x in terrain.sizes or x.is_integer else Rational(draw.randint(1, 30), 10) for x in terrain.scalars
    }
    return terrain.point(values | {x: v for x, v in example.items() if x in values}, draw) | example


def free_indices(relation):
    found = {x for a in relation.atoms(Indexed) for x in a.indices if x.is_Symbol}
    found |= {x for delta in relation.atoms(KroneckerDelta) for x in delta.args if x.is_Symbol}
    return sorted(found & relation.free_symbols, key=str)


def verdicts(relation, example):
    """What balls say of the relation at the example, once for every choice of its free indices among the first two."""
    indices = free_indices(relation)
    for seed, choice in enumerate(product((1, 2), repeat=len(indices))):
        point = completed(example, relation, seed) | dict(zip(indices, choice, strict=True))
        if isinstance(relation, Eq):
            yield evaluate(relation.lhs - relation.rhs, point).contains(0)
        else:
            yield decide(relation, point) is not False


@pytest.mark.parametrize("key", WITH_EXAMPLE)
def test_the_claims_hold_at_the_statements_own_example(key):
    statement, example = blueprint.statement(key), MODULES[key].EXAMPLE
    judged = 0
    with ctx.workprec(200):
        for part in statement.parts:
            if isinstance(part, RELATIONS) and part.free_symbols:
                try:
                    seen = list(verdicts(part, example))
                except NoBall:
                    continue
                assert seen and all(seen), part
                judged += 1
    assert judged


def test_a_false_claim_fails_at_the_example():
    """The planted fault: half the sharp margin bound."""
    statement, example = blueprint.statement("flatness_from_margin"), MODULES["flatness_from_margin"].EXAMPLE
    sharp = statement.parts[0]
    with ctx.workprec(200):
        assert not all(verdicts(at_most(sharp.lhs, sharp.rhs / 2), example))


def test_an_example_outside_the_assumptions_is_refused():
    """The planted fault: odds q beyond what the example's margin allows."""
    statement, example = blueprint.statement("flatness_from_margin"), dict(MODULES["flatness_from_margin"].EXAMPLE)
    odds = next(x for x in example if isinstance(x, Symbol) and x.name == "q")
    assert satisfies(example, statement.hypotheses)
    assert not satisfies(example | {odds: Rational(1, 10)}, statement.hypotheses)


def test_tables_wrap_around():
    entries = table((1, 2), (3, 4))
    assert [entries(1, 1), entries(2, 2), entries(3, 1), entries(1, 4)] == [1, 4, 1, 2]
