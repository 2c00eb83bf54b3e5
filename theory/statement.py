"""What a claim is: frozen data, no proofs and no status. A status is computed by the ledger, never typed here.

A statement's `claim` is a SymPy Boolean. Relations are built unevaluated (`equal`, `at_most`, ...), so that no claim
collapses to true on construction, and so are values put into an expression (`at`), so that no side of an equation
collapses into the other; several parts are joined in order by `Every`. A free class or coordinate index in a relation
is universally quantified, and so is every free symbol, over the domain that the assumptions describe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sympy import Basic, Eq, Expr, Ge, Gt, Le, Lt, Ne, S, Subs, Symbol, Tuple, sympify
from sympy.logic.boolalg import Boolean


class Expected(StrEnum):
    """What the authors of the ledger believed before checking; the evidence decides."""

    PROVED = "proved"
    REFUTED = "refuted"
    SHARPENED = "sharpened"
    CITED = "cited"
    EMPIRICAL = "empirical"


class Every(Boolean):
    """All parts hold; unlike And it keeps their order and never simplifies."""

    def __new__(cls, *parts: Boolean) -> Every:
        return Basic.__new__(cls, *(sympify(part) for part in parts))

    @property
    def parts(self) -> tuple[Boolean, ...]:
        return self.args


class Follows(Boolean):
    """`conclusion` holds wherever `premise` does (both relations, free symbols universally quantified)."""

    def __new__(cls, premise: Boolean, conclusion: Boolean) -> Follows:
        return Basic.__new__(cls, premise, conclusion)


class Tends(Boolean):
    """`expression` tends to `limit` as `variable` goes to `point` (oo: along the ray)."""

    def __new__(cls, expression: Expr, variable: Symbol, point: Expr, limit: Expr) -> Tends:
        return Basic.__new__(cls, *map(sympify, (expression, variable, point, limit)))


class SinglePeak(Boolean):
    """On (lower, upper) `expression` is strictly increasing in `variable` up to one interior point and strictly
    decreasing after it."""

    def __new__(cls, expression: Expr, variable: Symbol, lower: Expr = S.Zero, upper: Expr = S.Infinity) -> SinglePeak:
        return Basic.__new__(cls, *map(sympify, (expression, variable, lower, upper)))


class RootIn(Boolean):
    """`expression` has exactly one zero in `variable` between `lower` and `upper`."""

    def __new__(cls, expression: Expr, variable: Symbol, lower: Expr, upper: Expr) -> RootIn:
        return Basic.__new__(cls, *map(sympify, (expression, variable, lower, upper)))


class Monotone(Boolean):
    """`expression` never increases (direction -1) or never decreases (+1) in `variable` on the assumptions' domain."""

    def __new__(cls, expression: Expr, variable: Symbol, direction: int) -> Monotone:
        return Basic.__new__(cls, sympify(expression), variable, sympify(direction))


class Quoted(Boolean):
    """A claim in words, for what is cited or judged on data alone; no rule but Citation proves it."""

    def __new__(cls, words: str) -> Quoted:
        return Basic.__new__(cls, Symbol(words))


def equal(left, right) -> Boolean:
    """left = right, unevaluated (scalar expressions, or matrices of the same shape)."""
    return Eq(sympify(left), sympify(right), evaluate=False)


def at_most(left, right) -> Boolean:
    return Le(sympify(left), sympify(right), evaluate=False)


def less(left, right) -> Boolean:
    return Lt(sympify(left), sympify(right), evaluate=False)


def at_least(left, right) -> Boolean:
    return Ge(sympify(left), sympify(right), evaluate=False)


def more(left, right) -> Boolean:
    return Gt(sympify(left), sympify(right), evaluate=False)


def different(left, right) -> Boolean:
    return Ne(sympify(left), sympify(right), evaluate=False)


def at(expression: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """The expression where its symbols have these values, all at once and unevaluated: a rule has to put them in.

    Raises ValueError for an expression that is one of these itself: SymPy would merge the two, and the inner values
    would not see the outer ones."""
    if isinstance(expression, Subs):
        raise ValueError(f"{expression} has values put in already; name all values in one `at`")
    return Subs(sympify(expression), tuple(values), tuple(map(sympify, values.values())))


@dataclass(frozen=True, slots=True)
class Assumption:
    """One hypothesis: a relation and what it means. `defect` names the observable that measures how far a real
    network is from it (0 when it holds exactly), so that `check` can say OUT_OF_SCOPE with a number."""

    relation: Boolean
    words: str
    defect: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the claim comes from: paper, place in it, what was printed there if it differs, and how we know."""

    paper: str
    place: str
    printed: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A prediction about an observable of a run: lower <= observable <= upper at every logged time in scope.

    `upper` and `lower` are SymPy expressions whose free symbols are named like other observables of the trajectory.
    `scope` lists (observable, largest value) pairs; outside them the verdict is OUT_OF_SCOPE. `ceiling` and `floor` are
    the observable's own a-priori range: an upper bound beyond the ceiling says nothing (VACUOUS).
    `tolerance` is the relative rounding slack of the float64 comparison, nothing more.
    """

    name: str
    observable: str
    upper: Expr | None = None
    lower: Expr | None = None
    scope: tuple[tuple[str, float], ...] = ()
    ceiling: Expr | None = None
    floor: Expr | None = None
    deterministic: bool = True
    tolerance: float = 1e-9
    words: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim. `key` is the stem of its file, set by the blueprint; `uses` are keys of the claims it rests on.

    A claim that is false as stated keeps its place: `claim` is refuted by a witness and `instead` is what holds.
    `finding` says in a sentence what was found about the published form, if it is loose, wrong or needs less."""

    title: str
    words: str
    claim: Boolean
    source: Source
    assumptions: tuple[Assumption, ...] = ()
    uses: tuple[str, ...] = ()
    expected: Expected = Expected.PROVED
    instead: Boolean | None = None
    finding: str | None = None
    bounds: tuple[Bound, ...] = ()
    tags: tuple[str, ...] = ()
    key: str = field(default="")

    @property
    def domain(self) -> Tuple:
        """The assumptions' relations, as one SymPy tuple."""
        return Tuple(*(assumption.relation for assumption in self.assumptions))

    @property
    def goal(self) -> Boolean:
        """What the derivation has to prove: the claim, or what holds instead of it."""
        return self.claim if self.instead is None else self.instead

    @property
    def parts(self) -> tuple[Boolean, ...]:
        """The goal's conjuncts."""
        return self.goal.parts if isinstance(self.goal, Every) else (self.goal,)

    @property
    def hypotheses(self) -> tuple[Boolean, ...]:
        return tuple(self.domain)
