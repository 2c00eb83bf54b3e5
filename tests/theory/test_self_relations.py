"""No part of a claim may relate an expression to itself: it would say nothing, whatever its status."""

import sys

import pytest
from sympy import Symbol

from theory import blueprint, statements
from theory.statement import Every, Follows, Source, Statement, at, at_most, equal

x = Symbol("x", positive=True)


def planted(*parts) -> Statement:
    return Statement("planted", "planted", Every(*parts), Source("nobody", "nowhere"))


@pytest.mark.parametrize("key", blueprint.keys())
def test_no_part_relates_an_expression_to_itself(key):
    assert blueprint.self_relations(blueprint.statement(key)) == ()


def test_planted_self_relations_are_found_by_number():
    conclusion = Follows(equal(x, 1), equal(x / x, 1))
    found = planted(at_most(x, x + 1), equal(2 * x / 2, x), at_most(x**2 / x, x), conclusion)
    assert blueprint.self_relations(found) == (2, 3, 4)


def test_values_put_in_unevaluated_keep_the_two_sides_apart():
    assert blueprint.self_relations(planted(equal(at(x**2, {x: 3}), 9), equal(at(x / 2, {x: 2 * x}), x))) == ()


def test_values_put_in_twice_are_refused_because_they_would_merge():
    with pytest.raises(ValueError, match="name all values in one `at`"):
        at(at(x**2, {x: x + 1}), {x: 3})


def test_a_file_whose_claim_says_nothing_is_named_with_the_part(tmp_path, monkeypatch):
    text = (
        "from theory.statement import *\nfrom theory.symbols import x\nparts = at_most(x, x + 1), equal(2 * x / 2, x)\n"
    )
    path = tmp_path / "says_nothing.py"
    path.write_text(text + "STATEMENT = Statement('t', 'w', Every(*parts), Source('p', 'q'))\n")
    monkeypatch.setattr(statements, "__path__", [*statements.__path__, str(tmp_path)])
    graph, problems = blueprint.load()
    assert "part 2 of the claim of theory/statements/says_nothing.py" in problems["says_nothing"]
    assert set(problems) == {"says_nothing"} and "simplex_etf_gram" in graph
    sys.modules.pop("theory.statements.says_nothing", None)
