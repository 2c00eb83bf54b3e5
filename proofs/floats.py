"""Expressions over float64, compiled once: what a search steers by. Quick and approximate, it decides nothing.

`compiled(expr)` is a function of an environment: symbols and indices to numbers, indexed bases to `Entries`. A sum runs
over an axis of its own: an index at nesting depth j is an array of shape (n, 1, ..., 1) with j ones, so that one pass
of numpy evaluates all terms. Overflow and division by zero give inf and nan, which the caller sends to the balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import product

import numpy as np
from sympy import (
    Abs,
    Add,
    Derivative,
    Ei,
    Eq,
    Expr,
    Indexed,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Subs,
    Sum,
    Symbol,
    atan,
    cosh,
    exp,
    log,
    pi,
    sinh,
    tanh,
)
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import differentiated

TERMS = 20_000  # a sum of more terms is not computed at once, and not at all
FUNCTIONS = {exp: np.exp, log: np.log, Abs: np.abs, sinh: np.sinh, cosh: np.cosh, tanh: np.tanh, atan: np.arctan}
Value = float | np.ndarray
Compiled = Callable[[Mapping], Value]


class NoFloat(Exception):
    """The expression has a part that floats do not know, or too many terms at this point."""


class Entries:
    """The values of an indexed base at one point: computed once each, and looked up by arrays of indices."""

    def __init__(self, element: Callable[..., float]) -> None:
        self.element, self.known, self.blocks = element, {}, {}

    def __call__(self, *places: int):
        if places not in self.known:
            self.known[places] = self.element(*places)
        return self.known[places]

    def at(self, places: list[Value]) -> Value:
        if all(np.ndim(place) == 0 for place in places):
            return float(self(*(round(place) for place in places)))
        rows = [np.asarray(place).astype(int) for place in places]
        spans = tuple((int(row.min()), int(row.max()) + 1) for row in rows)
        if spans not in self.blocks:
            values = [float(self(*place)) for place in product(*(range(*span) for span in spans))]
            self.blocks[spans] = np.array(values).reshape([high - low for low, high in spans])
        return self.blocks[spans][tuple(row - low for row, (low, _) in zip(rows, spans, strict=True))]


def compiled(expr: Expr, depth: int = 0) -> Compiled:
    """The expression as a function of an environment. Raises NoFloat for what floats do not know."""
    if isinstance(expr, Rational) or expr is pi:
        number = np.float64(expr.p / expr.q if isinstance(expr, Rational) else math.pi)
        return lambda env: number
    if isinstance(expr, Symbol):
        return lambda env: env[expr]
    if isinstance(expr, (Add, Mul, Max, Min)):
        join = {Add: np.add, Mul: np.multiply, Max: np.maximum, Min: np.minimum}[expr.func]
        terms = [compiled(a, depth) for a in expr.args]
        return lambda env: reduce(join, (term(env) for term in terms))
    if isinstance(expr, Pow):
        return _power(expr, depth)
    if isinstance(expr, Derivative):
        return compiled(differentiated(expr), depth)
    if isinstance(expr, Subs):
        body, values = compiled(expr.expr, depth), [compiled(value, depth) for value in expr.point]
        names = expr.variables
        return lambda env: body({**env, **{x: value(env) for x, value in zip(names, values, strict=True)}})
    if isinstance(expr, Sum):
        return _sum(expr, depth)
    if isinstance(expr, KroneckerDelta):
        left, right = (compiled(a, depth) for a in expr.args[:2])
        return lambda env: np.multiply(np.equal(left(env), right(env)), 1.0)
    if isinstance(expr, Indexed):
        base, places = expr.base, [compiled(place, depth) for place in expr.indices]
        return lambda env: env[base].at([place(env) for place in places])
    if expr.func is Ei:
        from scipy.special import expi

        inner = compiled(expr.args[0], depth)
        return lambda env: expi(inner(env))
    if expr.func not in FUNCTIONS:
        raise NoFloat(f"{expr.func.__name__} has no value in floats")
    function, argument = FUNCTIONS[expr.func], compiled(expr.args[0], depth)
    return lambda env: function(argument(env))


def margin(relation: Boolean) -> Callable[[Mapping], float]:
    """The relation's relative margin as a function of the environment: see proofs.search; nan where it has none.

    Of an equation it is minus the difference relative to all terms that cancel in it: rounding alone makes that a
    little negative, and relative to the sides it would be -1 where one of them is 0."""
    left, right = compiled(relation.lhs), compiled(relation.rhs)
    turned = -1.0 if relation.func.__name__.endswith("LessThan") else 1.0
    terms = compiled(without_signs(relation.lhs) + without_signs(relation.rhs)) if isinstance(relation, Eq) else None

    def at(env: Mapping) -> float:
        with np.errstate(all="ignore"):
            above, below = np.float64(left(env)), np.float64(right(env))
            gap, size = above - below, abs(above) + abs(below) if terms is None else np.float64(terms(env))
            share = float(gap / size) if size else 0.0
        return -abs(share) if terms else turned * share

    return at


def without_signs(expr: Expr) -> Expr:
    """The size of what is added up in a value of `expr`: sums and products of absolute values, nothing cancels."""
    if isinstance(expr, Derivative):
        return without_signs(differentiated(expr))
    if isinstance(expr, (Add, Mul)):
        return expr.func(*(without_signs(a) for a in expr.args))
    if isinstance(expr, Sum):
        return Sum(without_signs(expr.function), *expr.limits)
    return Abs(expr)


def _power(expr: Pow, depth: int) -> Compiled:
    base, power = compiled(expr.base, depth), expr.exp
    if power == Rational(1, 2):
        return lambda env: np.sqrt(base(env))
    if power == 2:
        return lambda env: np.square(base(env))
    exponent = compiled(power, depth)
    return lambda env: np.power(np.asarray(base(env), dtype=float), exponent(env))


def _sum(expr: Sum, depth: int) -> Compiled:
    *inner, (index, low, high) = expr.limits
    body = compiled(Sum(expr.function, *inner) if inner else expr.function, depth + 1)
    first, last = compiled(low, depth), compiled(high, depth)

    def total(env: Mapping) -> Value:
        start, stop = first(env), last(env)
        if np.ndim(start) or np.ndim(stop):
            raise NoFloat(f"the range of {index} depends on another index")
        terms = np.arange(round(start), round(stop) + 1, dtype=float).reshape((-1,) + (1,) * depth)
        if not len(terms):
            return np.float64(0.0)
        values = np.asarray(body({**env, index: terms}))
        if values.size > TERMS:
            raise NoFloat(f"the sum has more than {TERMS} terms here")
        if values.ndim <= depth:  # the body does not know the index
            return values * len(terms)
        return values.sum(axis=0) * (len(terms) // len(values))

    return total
