"""What a terminal shows of a claim."""

import pytest
from sympy import Symbol, exp, oo

from theory import blueprint
from theory.plain_text import in_text
from theory.statement import Every, Follows, Monotone, Quoted, RootIn, SinglePeak, Tends, at, at_most, equal, less, more

x = Symbol("x", real=True)
WORDS = [
    (equal(at(x**2, {x: 3}), 9), "[x**2 at x = 3] = 9"),
    (Every(at_most(x, x + 1), more(x, 0)), "x <= x + 1;  x > 0"),
    (Follows(equal(x, 1), less(x, 2)), "x = 1 implies x < 2"),
    (Tends(exp(-x), x, oo, 0), "exp(-x) -> 0 as x -> oo"),
    (SinglePeak(x * exp(-x), x), "x*exp(-x) has exactly one peak for x in (0, oo)"),
    (RootIn(x - 1, x, 0, 2), "x - 1 = 0 exactly once for x in (0, 2)"),
    (Monotone(x, x, 1), "x never falls as x grows"),
    (Monotone(-x, x, -1), "-x never rises as x grows"),
    (Quoted("it helps"), "it helps"),
]


@pytest.mark.parametrize("claim,text", WORDS)
def test_a_claim_reads_as_a_line(claim, text):
    assert in_text(claim) == text


def test_no_claim_of_the_ledger_shows_the_names_of_classes():
    shown = [in_text(blueprint.statement(key).goal) for key in blueprint.keys()]
    names = ("Eq(", "Subs(", "Every(", "Follows(", "Tends(", "Monotone(", "SinglePeak(", "RootIn(")
    assert not [text for text in shown if any(name in text for name in names)]
