"""Ball arithmetic for claims: expressions at exact points or on boxes, and random exact points inside hypotheses.

Every value is an Arb ball that provably contains the true one. A comparison of overlapping balls is None (undecided),
never False.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from itertools import product

from flint import arb, ctx, fmpq
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
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Mul,
    Ne,
    Pow,
)
from sympy import Min, Rational, Sum, Symbol, exp, log, pi, sinh, cosh, tanh
from sympy.logic.boolalg import Boolean

PRECISION = 256
FUNCTIONS = {exp: arb.exp, log: arb.log, Ei: arb.ei, Abs: abs, sinh: arb.sinh, cosh: arb.cosh, tanh: arb.tanh}


class NotEvaluable(ValueError):
    """The expression has a part that ball arithmetic does not know."""


def ball(value) -> arb:
    if isinstance(value, arb):
        return value
    value = Fraction(int(value.p), int(value.q)) if isinstance(value, Rational) else Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def evaluate(expr: Expr, point: Mapping) -> arb:
    """The ball of `expr`; `point` maps symbols to exact numbers or balls, and indexed bases to functions of indices."""
    if expr in point:
        return ball(point[expr])
    if isinstance(expr, Rational):
        return ball(expr)
    if isinstance(expr, Add):
        return sum((evaluate(a, point) for a in expr.args), arb(0))
    if isinstance(expr, Mul):
        result = arb(1)
        for a in expr.args:
            result *= evaluate(a, point)
        return result
    if isinstance(expr, Pow):
        base, power = evaluate(expr.base, point), expr.exp
        if isinstance(power, Integer):
            return base ** int(power)
        return base.sqrt() ** int(2 * power) if power.is_Rational and power.q == 2 else base ** evaluate(power, point)
    if isinstance(expr, Derivative):
        return evaluate(reduce(lambda f, variable: f.diff(variable), expr.variables, expr.expr), point)
    if isinstance(expr, Sum):
        (index, low, high), *rest = expr.limits[::-1]
        body = Sum(expr.function, *rest[::-1]) if rest else expr.function
        span = range(_integer(low, point), _integer(high, point) + 1)
        return sum((evaluate(body, {**point, index: value}) for value in span), arb(0))
    if isinstance(expr, KroneckerDelta):
        return arb(int(_integer(expr.args[0], point) == _integer(expr.args[1], point)))
    if isinstance(expr, Indexed) and expr.base in point:
        return ball(point[expr.base](*(_integer(x, point) for x in expr.indices)))
    if isinstance(expr, (Max, Min)):
        values = [evaluate(a, point) for a in expr.args]
        pick = arb.max if isinstance(expr, Max) else arb.min
        result = values[0]
        for value in values[1:]:
            result = pick(result, value)
        return result
    if expr.func in FUNCTIONS:
        return FUNCTIONS[expr.func](evaluate(expr.args[0], point))
    if expr is pi:
        return arb.pi()
    raise NotEvaluable(f"{expr} has no ball; give a value for it")


def _integer(expr: Expr, point: Mapping) -> int:
    value = expr.subs({s: int(point[s]) for s in expr.free_symbols if s in point and isinstance(point[s], int)})
    if not value.is_Integer:
        raise NotEvaluable(f"index or bound {expr} is {value}, must be an integer at the point")
    return int(value)


def decide(relation: Boolean, point: Mapping) -> bool | None:
    """True or False when the balls prove it at the point, None when they overlap."""
    gap = evaluate(relation.lhs, point) - evaluate(relation.rhs, point)
    if not gap.is_finite():
        return None
    above, below, zero = gap > 0, gap < 0, gap.is_zero()
    verdicts = {Gt: (above, below or zero), Ge: (above or zero, below), Lt: (below, above or zero)}
    verdicts |= {Le: (below or zero, above), Eq: (zero, above or below), Ne: (above or below, zero)}
    true, false = verdicts[relation.func]
    return True if true else False if false else None


def random_point(expressions: tuple, hypotheses: tuple, seed: int) -> dict | None:
    """A random exact point for all symbols and indexed bases, inside the hypotheses; None if none was found.

    Sums over a simplex (Sum_s p_s = 1) and unit rows (Sum_k v_k^2 = 1) are met by normalising; other equalities
    must hold by chance or the point is refused."""
    draw = random.Random(seed)
    everything = [*expressions, *hypotheses]
    bound = {x for e in everything for total in e.atoms(Sum) for x, *_ in total.limits}
    indices = {x for e in everything for a in e.atoms(Indexed) for x in a.indices if x.is_Symbol}
    indices |= {x for e in everything for a in e.atoms(KroneckerDelta) for x in a.args if x.is_Symbol}
    limits = {limit for e in everything for total in e.atoms(Sum) for _, *pair in total.limits for limit in pair}
    bases = {a.base for e in everything for a in e.atoms(Indexed)}
    labels = {b.label for b in bases}
    scalars = sorted(
        {x for e in everything for x in e.free_symbols if isinstance(x, Symbol)} - bound - indices - labels, key=str
    )
    fixed = {h.lhs: h.rhs for h in hypotheses if isinstance(h, Eq) and h.lhs in scalars}
    for _ in range(60):
        point: dict = {}
        for x in scalars:
            whole = x.is_integer or x in limits
            size = Rational(draw.randint(1, 400), draw.randint(20, 400) * draw.choice((1, 1, 1, 8, 64))) * draw.choice((1, 1, 16))
            point[x] = draw.randint(1, 5) if whole else size if x.is_nonnegative else size * draw.choice((-1, 1))
        point |= {
            x: draw.randint(1, max(1, min((v for s, v in point.items() if s in limits), default=3))) for x in indices
        }
        try:
            for x, value in fixed.items():
                point[x] = evaluate(value, point)
            for base in bases:
                point[base] = _element(base, hypotheses, point, draw.randint(0, 2**32))
            if all(_holds(h, point, fixed) for h in hypotheses):
                return point
        except NotEvaluable:
            return None
    return None


def _holds(hypothesis: Boolean, point: Mapping, fixed: Mapping) -> bool:
    if isinstance(hypothesis, Eq):
        return hypothesis.lhs in fixed or evaluate(hypothesis.lhs - hypothesis.rhs, point).overlaps(arb(0))
    quantified = sorted({x for a in hypothesis.atoms(Indexed) for x in a.indices} & hypothesis.free_symbols, key=str)
    top = max((v for v in point.values() if isinstance(v, int)), default=1)
    choices = product(range(1, top + 1), repeat=len(quantified)) if quantified else [()]
    return all(decide(hypothesis, {**point, **dict(zip(quantified, choice, strict=True))}) for choice in choices)


def _element(base: IndexedBase, hypotheses: tuple, point: Mapping, seed: int):
    positive = base.label.is_nonnegative

    def raw(*indices: int) -> Rational:
        value = random.Random(f"{seed}/{indices}")
        return Rational(value.randint(1, 300), 100) * (1 if positive else value.choice((-1, 1)))

    for h in hypotheses:
        if isinstance(h, Eq) and isinstance(h.lhs, Sum) and len(h.lhs.limits) == 1 and h.rhs == 1:
            body, (index, low, high) = h.lhs.function, h.lhs.limits[0]
            power = 2 if isinstance(body, Pow) and body.exp == 2 else 1
            element = body.base if power == 2 else body
            if isinstance(element, Indexed) and element.base == base:
                place, span = element.indices.index(index), range(_integer(low, point), _integer(high, point) + 1)

                def normalised(*indices: int, place=place, span=span, power=power) -> arb:
                    row = [ball(raw(*indices[:place], m, *indices[place + 1 :])) ** power for m in span]
                    total = sum(row, arb(0))
                    return ball(raw(*indices)) / (total if power == 1 else total.sqrt())

                return normalised
    return raw


def precision(bits: int = PRECISION):
    return ctx.workprec(bits)
