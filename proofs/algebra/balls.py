"""Ball arithmetic: expressions and relations at exact points and on boxes, by Arb.

Every value is a ball that provably contains the true one; a comparison of overlapping balls is None (undecided), never
False.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import product
from math import prod

from flint import arb, fmpq
from sympy import (
    Abs,
    Add,
    Derivative,
    Ei,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    Subs,
    Sum,
    Symbol,
    cosh,
    exp,
    log,
    pi,
    sinh,
    sympify,
    tanh,
)
from sympy.logic.boolalg import Boolean


class NoBall(Exception):
    """The expression has a part that ball arithmetic does not know at the point."""


BITS, PIECES = 256, 20_000
FUNCTIONS = {exp: arb.exp, log: arb.log, Ei: arb.ei, Abs: abs, sinh: arb.sinh, cosh: arb.cosh, tanh: arb.tanh}


def ball(value) -> arb:
    if isinstance(value, arb):
        return value
    value = Fraction(int(value.p), int(value.q)) if isinstance(value, Rational) else Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def evaluate(expr: Expr, point: Mapping) -> arb:
    """The ball of `expr`; `point` maps symbols to exact numbers or balls, and indexed bases to functions of indices."""
    if isinstance(expr, Rational) or (expr.is_Symbol and expr in point):
        return ball(point.get(expr, expr))
    if isinstance(expr, (Add, Mul)):
        values = [evaluate(a, point) for a in expr.args]
        return sum(values, arb(0)) if isinstance(expr, Add) else prod(values, start=arb(1))
    if isinstance(expr, Pow):
        base, power = evaluate(expr.base, point), expr.exp
        if power.is_Rational and power.q <= 2:  # by products: Arb's general power has no value at 0
            root = base if power.q == 1 else base.sqrt()
            whole = prod([root] * abs(int(power.p)), start=arb(1))
            return whole if power > 0 else 1 / whole
        return base ** evaluate(power, point)
    if isinstance(expr, Derivative):
        return evaluate(differentiated(expr), point)
    if isinstance(expr, Subs):
        values = (evaluate(value, point) for value in expr.point)
        return evaluate(expr.expr, {**point, **dict(zip(expr.variables, values, strict=True))})
    if isinstance(expr, Sum):
        *inner, (index, low, high) = expr.limits
        body = Sum(expr.function, *inner) if inner else expr.function
        span = range(integer(low, point), integer(high, point) + 1)
        return sum((evaluate(body, {**point, index: value}) for value in span), arb(0))
    if isinstance(expr, KroneckerDelta):
        return arb(int(integer(expr.args[0], point) == integer(expr.args[1], point)))
    if isinstance(expr, Indexed) and expr.base in point:
        value = ball(point[expr.base](*(integer(x, point) for x in expr.indices)))
        if (value < 0 and expr.base.label.is_nonnegative) or (value <= 0 and expr.base.label.is_positive):
            raise NoBall(f"{expr} is {value}, outside the domain of {expr.base}")
        return value
    if isinstance(expr, (Max, Min)):
        return reduce(arb.max if isinstance(expr, Max) else arb.min, (evaluate(a, point) for a in expr.args))
    if expr.func not in FUNCTIONS and expr is not pi:
        raise NoBall(f"{expr} has no ball; give a value for it")
    return arb.pi() if expr is pi else FUNCTIONS[expr.func](evaluate(expr.args[0], point))


@lru_cache(maxsize=1000)
def differentiated(expr: Derivative) -> Expr:
    """The derivative carried out: a sum evaluates the same one at every index."""
    return reduce(lambda f, variable: f.diff(variable), expr.variables, expr.expr)


def integer(expr: Expr, point: Mapping) -> int:
    if expr.is_Integer or (expr.is_Symbol and isinstance(point.get(expr), int)):
        return int(point.get(expr, expr))  # as below, without a substitution
    value = expr.subs({s: int(point[s]) for s in expr.free_symbols if isinstance(point.get(s), int)})
    if not value.is_Integer:
        raise NoBall(f"index or bound {expr} is {value}, must be an integer at the point")
    return int(value)


def decide(relation: Boolean, point: Mapping) -> bool | None:
    """True or False when the balls prove it at the point, None when they overlap."""
    gap = evaluate(relation.lhs, point) - evaluate(relation.rhs, point)
    above, below, zero = gap > 0, gap < 0, gap.is_zero()
    verdicts = {Gt: (above, below or zero), Ge: (above or zero, below), Lt: (below, above or zero)}
    verdicts |= {Le: (below or zero, above), Eq: (zero, above or below), Ne: (above or below, zero)}
    true, false = verdicts.get(relation.func, (False, False)) if gap.is_finite() else (False, False)
    return True if true else False if false else None


def fits(name: Expr, value) -> bool:
    """Whether an exact number meets all assumptions of the symbol; an indexed base takes a function of its indices."""
    if not isinstance(name, Symbol):
        return callable(value)
    value = sympify(value)
    return value.is_Rational and all(getattr(value, f"is_{word}") == truth for word, truth in name.assumptions0.items())


def holds(relation: Boolean, point: Mapping) -> bool:
    """Whether the balls prove the relation at the point for every value of its free indices."""
    free = sorted({x for a in relation.atoms(Indexed) for x in a.indices} & relation.free_symbols, key=str)
    top = max((value for value in point.values() if isinstance(value, int)), default=1)
    choices = product(range(1, top + 1), repeat=len(free))
    return all(decide(relation, {**point, **dict(zip(free, choice, strict=True))}) is True for choice in choices)


def holds_on_box(relation: Boolean, box: Mapping[Symbol, tuple]) -> tuple[bool | None, int]:
    """Whether the relation holds on the whole box, fails on a whole piece, or is undecided after PIECES pieces."""
    queue, done = [{x: (ball(low), ball(high)) for x, (low, high) in box.items()}], 0
    while queue:
        piece, done = queue.pop(), done + 1
        answer = decide(relation, {x: low.union(high) for x, (low, high) in piece.items()})
        if answer is False or (answer is None and (done >= PIECES or not piece)):
            return answer, done
        if answer is None:
            widest = max(piece, key=lambda x: float((piece[x][1] - piece[x][0]).mid()))
            low, high = piece[widest]
            middle = arb(((low + high) / 2).mid())
            queue += [{**piece, widest: (low, middle)}, {**piece, widest: (middle, high)}]
    return True, done
