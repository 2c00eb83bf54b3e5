"""The relation of numbers that the search holds against a part of a claim: the part, or what follows from it.

    standing_for(part) -> Searchable, or the reason why there is none

Monotone is searched at two points of its variable, SinglePeak at three, RootIn at the two ends of its interval, and an
equation of matrices at one entry. These say less than the part does; where one fails, so does the part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sympy import Eq, Expr, Ge, Gt, Le, Lt, MatrixExpr, Min, S, Symbol
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixElement

from proofs.search_hypotheses import Hypothesis
from theory.objects.entries import entry
from theory.objects.matrices import Rank
from theory.statement import Follows, Monotone, RootIn, SinglePeak, at_least, at_most, equal, less, more

RELATIONS = (Eq, Ge, Gt, Le, Lt)
STEPS = tuple(Symbol(f"step_{number}", positive=True) for number in (1, 2))
ROW, COLUMN = (Symbol(name, integer=True, positive=True) for name in ("row", "column"))


@dataclass(frozen=True, slots=True)
class Searchable:
    """A relation, and further hypotheses under which it follows from the part: those at its other points."""

    relation: Boolean
    shifts: tuple[Mapping[Symbol, Expr], ...] = ()
    inside: tuple[Boolean, ...] = ()

    def hypotheses(self, given: tuple[Boolean, ...]) -> tuple[Boolean, ...]:
        """What must hold beside the statement's own hypotheses `given`."""
        moved = [h.xreplace(dict(shift)) for shift in self.shifts for h in given if h.free_symbols & shift.keys()]
        return (*self.inside, *(h for h in moved if h not in given))


@dataclass(slots=True)
class Part:
    """What the search has seen of one part of a claim: points inside the hypotheses, judged ones, smallest margin."""

    part: int
    relation: Boolean
    hypotheses: tuple[Hypothesis, ...]
    steer: Callable | None
    points: int = 0
    judged: int = 0
    margin: float | None = None
    at: dict[str, str] = field(default_factory=dict)

    @property
    def equation(self) -> bool:
        return isinstance(self.relation, Eq)


def standing_for(part: Boolean) -> Searchable | str:
    if isinstance(part, Monotone):
        f, x, direction = part.args
        later = {x: x + STEPS[0]}
        return Searchable((at_least if direction > 0 else at_most)(f.xreplace(later), f), (later,))
    if isinstance(part, SinglePeak):
        f, x, low, high = part.args
        middle, last = {x: x + STEPS[0]}, {x: x + STEPS[0] + STEPS[1]}
        inside = (more(x, low),) if low != S.NegativeInfinity else ()
        inside += (less(last[x], high),) if high != S.Infinity else ()
        return Searchable(more(f.xreplace(middle), Min(f, f.xreplace(last), evaluate=False)), (middle, last), inside)
    if isinstance(part, RootIn):
        f, x, low, high = part.args
        return Searchable(less(f.xreplace({x: low}) * f.xreplace({x: high}), 0))
    if isinstance(part, Follows):
        return "Follows: its premise holds at no random point"
    if not isinstance(part, RELATIONS):
        return f"{type(part).__name__}: no relation of numbers at a point"
    if not part.has(MatrixExpr, MatrixElement):
        return Searchable(part)
    return "the rank of a matrix" if part.has(Rank) else _entries(part)


def _entries(part: Boolean) -> Searchable | str:
    """One entry of both sides, or the entries that a relation names, as finite sums."""
    left, right = part.args
    try:
        if isinstance(left, MatrixExpr) or isinstance(right, MatrixExpr):
            sides = [entry(side, ROW, COLUMN) if isinstance(side, MatrixExpr) else side for side in part.args]
            return Searchable(equal(*sides))
        return Searchable(part.func(*map(_spelt_out, part.args), evaluate=False))
    except TypeError as error:
        return f"a relation of matrices: {error}"


def _spelt_out(expr: Expr) -> Expr:
    places = {e: entry(e.parent, e.i, e.j) for e in expr.atoms(MatrixElement)}
    return expr.xreplace(places)
