"""Every guard of the kernel is needed: without it, its planted falsehood comes out proved (or a truth refuted).

A guard is a `require(condition, reason)` statement of a rule. Each is taken out in turn, in a copy of its module made
in memory, and the falsehood planted for it has to get through the copy and be stopped by the rule as it is. Two guards
only name a misuse before Python does; they are listed with the exception that comes without them.
"""

import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sympy import IndexedBase, OneMatrix, Piecewise, S, Sum, Symbol, Trace, exp, oo

from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import GrowsFromStart, SlopeSign
from proofs.kernel.smt import Smt
from theory.statement import (
    Every,
    Follows,
    Monotone,
    RootIn,
    SinglePeak,
    Tends,
    at_least,
    at_most,
    equal,
    less,
    more,
)
from theory.symbols import K, s, x

z, y = (Symbol(name, real=True) for name in "zy")
w, m = Symbol("w", nonpositive=True), Symbol("m", integer=True)
f = IndexedBase("f", real=True)
HALF = S.Half
TWO, BUMP = S(2), x * exp(-x)


def terms(claim, *form, known=(), multiplier=S.One):
    return PositiveTerms(claim, form, known, multiplier)


def peak(rules, function=BUMP, psi=x, near=HALF, far=TWO, lower=S.Zero, **steps):
    """x exp(-x) peaks at x = 1, with any of its parts replaced."""
    due = {
        "factor": terms(more(exp(-x), 0), exp(-x)),
        "rises": terms(more(S.One, 0), S.One),
        "low": terms(less(HALF, 1), HALF),
        "high": terms(more(S(2), 1), S.One),
    }
    return rules.OnePeak(SinglePeak(function, x, lower), psi, near, far, **{**due, **steps})


def gone(rules, premise, conclusion, form, term=None, weight=S.One, power=2):
    return rules.VanishingTerms(Follows(premise, conclusion), form, form if term is None else term, weight, power)


square = terms(at_least(z**2, 0), z**2)
nothing = terms(at_least(S.Zero, 0), S.Zero)
rising = terms(at_least(S.One, 0), S.One)
JUMP = Piecewise((x, x < 1), (x - 5, True))
TWO_PEAKS = Piecewise((x * exp(-x), x < 5), (x * exp(-x) + 9, True))
HOLE = (z**2 - 1) / (z - 1)  # z + 1, and nothing at z = 1
ONES = Trace(OneMatrix(K, K) / K)

PLANTED = {
    "ball": [
        lambda r: r.Ball(less(exp(HALF), 1)),
        lambda r: r.Ball(RootIn(-x, x, S.One, S(2))),
        lambda r: r.Ball(RootIn((x - 1) * (x - 2) * (x - 3), x, S.Zero, S(4))),
        lambda r: r.Counterexample(at_least(x, 0), {x: S(-2)}),
        lambda r: r.Counterexample(less(z, 1), {z: S(2)}, None, (less(z, 0),)),
        lambda r: r.Counterexample(Monotone(x**2, x, 1), {x: S(3)}, S.One),
        lambda r: r.Counterexample(Monotone(x**2, x, 1), {x: S.One}, S(2)),
        lambda r: r.Counterexample(Follows(more(z, 0), more(z, -1)), {z: S(-2)}),
        lambda r: r.Counterexample(at_least(x, 0), {x: S.One}),
    ],
    "identity": [lambda r: r.Identity(less(z, z)), lambda r: r.Identity(equal(K, K + 1))],
    "limit": [
        lambda r: r.Limit(RootIn(1 + x, x, 0, 1), terms(at_most(1 + x, 1 + x), S.Zero), terms(at_least(1 + x, 1), x)),
        lambda r: r.Limit(Tends(x, x, S.One, 0), terms(at_most(x, x), S.Zero), terms(at_least(x, 0), x)),
        lambda r: r.Limit(Tends(z, z, oo, z), terms(at_most(z, z), S.Zero), terms(at_least(z, z), S.Zero)),
        lambda r: r.Limit(Tends(x, x, oo, 0), terms(at_most(S.Zero, 0), S.Zero), nothing),
        lambda r: r.Limit(Tends(S.One, x, oo, 0), terms(at_most(S.One, 1), S.Zero), rising),
        lambda r: r.Limit(
            Tends(x, x, oo, 0),
            terms(at_most(x, 1 / x), (1 - x) * (1 + x) / x, known=(at_most(x, 1),)),
            terms(at_least(x, 0), x),
        ),
    ],
    "positive_terms": [
        lambda r: r.PositiveTerms(equal(S.Zero, x), (x,)),
        lambda r: r.PositiveTerms(at_least(-(z**2), 0), (z**2,), (), -S.One),
        lambda r: r.PositiveTerms(at_least(z, 0), (z**2,)),
        lambda r: r.PositiveTerms(at_least(z, 0), (z,)),
        lambda r: r.PositiveTerms(more(z**2, 0), (z**2,)),
        lambda r: gone(r, at_least(z**2, 0), equal(z, 0), z**2),
        lambda r: gone(r, equal(z**2 + y, 0), equal(z, 0), z**2),
        lambda r: gone(r, equal(z**2 + y, 0), equal(z, 0), z**2 + y, z**2),
        lambda r: gone(r, equal(z**2, 0), equal(y, 0), z**2, y**2),
        lambda r: gone(r, equal(y**2 * z**2, 0), equal(z, 0), y**2 * z**2, weight=y**2),
        lambda r: gone(r, equal(Sum(f[s] ** 2, (s, 2, K)), 0), equal(f[s], 0), Sum(f[s] ** 2, (s, 2, K))),
        lambda r: gone(r, equal(z**2 + y**2, 0), equal(z, 1), z**2 + y**2, z**2),
    ],
    "slopes": [
        lambda r: r.GrowsFromStart(
            at_least(x**2 - 1, 0), x, S(-5), terms(at_least(S(24), 0), S(24)), terms(at_least(2 * x, 0), 2 * x)
        ),
        lambda r: r.GrowsFromStart(at_least(-z, 0), z, S.Zero, nothing, rising),
        lambda r: r.GrowsFromStart(more(z, 0), z, S.Zero, nothing, rising),
        lambda r: r.GrowsFromStart(
            at_least(z**2 - 6 * z, 0),
            z,
            S.Zero,
            nothing,
            terms(at_least(2 * z - 6, 0), 2 * (z - 3), known=(at_least(z, 3),)),
        ),
        lambda r: r.GrowsFromStart(at_least(HOLE, 0), z, S.Zero, rising, rising),
        lambda r: r.SlopeSign(square.claim, square),
        lambda r: r.SlopeSign(Monotone(JUMP, x, 1), rising),
        lambda r: r.SlopeSign(Monotone(exp(-x), x, 0), nothing),
        lambda r: r.SlopeSign(Monotone(exp(-x), x, 1), terms(more(exp(-x), 0), exp(-x))),
        lambda r: r.SlopeSign(
            Monotone(z**3 - 3 * z, z, 1),
            Smt(at_least(3 * z**2 - 3, 0), (at_least(z**2, 1),)),
        ),
        lambda r: r.SlopeSign(Monotone(HOLE, z, 1), rising),
        lambda r: peak(r, lower=S(2)),
        lambda r: peak(r, TWO_PEAKS),
        lambda r: peak(r, S(5), factor=nothing),
        lambda r: peak(
            r,
            (x + 2) * exp(-x),
            psi=x + 2,
            near=S(-2),
            low=terms(less(S.Zero, 1), S.One),
            high=terms(more(S(4), 1), S(3)),
        ),
        lambda r: peak(r, exp(-x)),
        lambda r: peak(r, -(x**3) / 3 + 2 * x**2 - 3 * x, factor=terms(more(x - 3, 0), x - 3, known=(more(x, 3),))),
        lambda r: peak(r, BUMP + HOLE.subs(z, x) - x - 1),
    ],
    "smt": [lambda r: r.Smt(Every(z, y)), lambda r: r.Smt(less(z**2, z))],
    "structure": [
        lambda r: r.Conjunction(Every(square.claim, more(z, 0)), (square,)),
        lambda r: r.Chain(at_least(z**2 + 1, 5), (square,)),
        lambda r: r.ByLemmas(more(z**2, 0), square, ()),
        lambda r: r.Citation(at_least(z, 0), " "),
    ],
    "symmetric_algebra": [
        lambda r: r.SymmetricAlgebra(less(K, K), K),
        lambda r: r.SymmetricAlgebra(equal(ONES, K), K),
    ],
}
BACKED = {("slopes", 5): ValueError, ("smt", 0): KeyError}
FOLDER = Path(importlib.import_module("proofs.kernel").__file__).parent


def guards(name: str) -> list[ast.Expr]:
    """The module's `require` statements, from the top."""
    found = [
        node
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text()))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "require"
    ]
    return sorted(found, key=lambda node: node.lineno)


CASES = [(name, place) for name, planted in PLANTED.items() for place in range(len(planted))]
IDS = [f"{name}: {ast.unparse(guards(name)[place].value.args[1])[:70]}" for name, place in CASES]


def without(name: str, place: int, monkeypatch) -> ModuleType:
    """A copy of the kernel's module in which one guard asks for nothing."""
    guard = guards(name)[place]
    lines = (FOLDER / f"{name}.py").read_text().splitlines()
    lines[guard.lineno - 1 : guard.end_lineno] = [" " * guard.col_offset + "pass"]
    copy = ModuleType(f"proofs.kernel.{name}_without_a_guard")
    monkeypatch.setitem(sys.modules, copy.__name__, copy)
    exec(compile("\n".join(lines), copy.__name__, "exec"), copy.__dict__)
    return copy


def gets_through(step) -> bool:
    checked.cache_clear()
    return checked(step).outcome in {Outcome.PROVED, Outcome.REFUTED, Outcome.TRUSTED}


def test_every_guard_has_a_falsehood_planted_for_it():
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"rocq"}  # its guards ask what coqc said
    assert {name: len(guards(name)) for name in modules if guards(name)} == {k: len(v) for k, v in PLANTED.items()}


@pytest.mark.parametrize("name, place", CASES, ids=IDS)
def test_a_falsehood_gets_through_without_its_guard_and_only_then(name, place, monkeypatch):
    plant = PLANTED[name][place]
    assert not gets_through(plant(importlib.import_module(f"proofs.kernel.{name}")))
    weaker = without(name, place, monkeypatch)
    if (name, place) in BACKED:
        with pytest.raises(BACKED[name, place]):
            gets_through(plant(weaker))
    else:
        assert gets_through(plant(weaker)), checked(plant(weaker)).evidence


def beyond(relation):
    """f = z^2 - 6 z falls from 0 before it rises, and `relation` hides that."""
    slope = Smt(at_least(2 * z - 6, 0), (relation,))
    return GrowsFromStart(at_least(z**2 - 6 * z, 0), z, S.Zero, nothing, slope)


# What one condition of a guard, among several, has to stop; and the words that it does so with.
HALVES = [
    (
        Limit(Tends(x, x, oo, 0), Smt(at_least(x, 1 / x), (at_least(x, 1),)), terms(at_least(x, 0), x)),
        "no bound on that",
    ),
    (
        Limit(Tends(x, x, oo, 0), Smt(at_most(x, 1 / x), (at_least(1 - x, 0),)), terms(at_least(x, 0), x)),
        "does not leave a neighbourhood",
    ),
    (
        Limit(Tends(z, z, oo, 0), Smt(at_most(z, 0), (at_least(z, 2 * z),)), Smt(at_least(z, 0), (at_least(z, 0),))),
        "does not leave a neighbourhood",
    ),
    (GrowsFromStart(at_least(z - 1, 0), z, S.Zero, rising, rising), "belong to another function"),
    (GrowsFromStart(at_least(JUMP, 0), x, S.Zero, nothing, rising), "no smooth function"),
    (beyond(at_least(z - 3, 0)), "on a part of the ray only"),
    (Limit(Tends(w, w, oo, 0), terms(at_most(w, 1), S.One), terms(at_least(w, 0), w)), "does not go to oo"),
    (Smt(at_least(x, 1)), "answers sat"),  # positive numbers below 1 are numbers too
    (Smt(at_least(m, 0)), "answers sat"),  # and so are negative integers
    (
        SlopeSign(Monotone(z**4 / 4 - z**2 / 2, z, 1), Smt(at_least(z**3 - z, 0), (at_least(z, 1 / z),))),
        "more than one interval",
    ),
]


@pytest.mark.parametrize("step, words", HALVES, ids=lambda value: str(getattr(value, "claim", value))[:60])
def test_each_condition_of_a_guard_stops_its_own_falsehood(step, words):
    checked.cache_clear()
    assert checked(step).outcome is Outcome.UNDECIDED and words in checked(step).evidence
