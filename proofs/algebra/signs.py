"""The sign of an expression that shows it: sums and products of parts whose sign is known, nothing cleverer.

Known are SymPy's own assumptions, lower bounds on symbols (K >= 2), hypotheses that occur as a term, and two lemmas:
exp(x) - Sum_{m<=r} x^m/m! >= 0 for x >= 0 (for every real x when r is odd), 1 - exp(-x) >= 0
for x >= 0, and x - 1 - log x >= 0 for x > 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from sympy import (
    Add,
    Ei,
    Expr,
    Ge,
    Gt,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Mul,
    Pow,
    S,
    Subs,
    Sum,
    Symbol,
    cosh,
    exp,
    factor,
    factorial,
    fraction,
    log,
    oo,
    preorder_traversal,
    sinh,
    tanh,
    together,
)
from sympy.logic.boolalg import Boolean

from proofs.algebra.bound_names import plain, put_in, uncaptured
from proofs.algebra.normal_form import Hypotheses, atoms_as_symbols, shifts, vanishes

POSITIVE, NONNEGATIVE, UNKNOWN = 2, 1, 0


@cache
def sign(expr: Expr, hypotheses: Hypotheses = ()) -> int:
    """POSITIVE, NONNEGATIVE or UNKNOWN, for every value that the hypotheses allow."""
    known = _by_hypothesis(expr, hypotheses)
    if known:
        return known
    if isinstance(expr, Add):
        parts = [sign(term, hypotheses) for term in expr.args]
        shown = max(parts) if min(parts) else UNKNOWN
        return shown or _after_shift(expr, hypotheses) or _exp_or_log_lemma(expr, hypotheses)
    if isinstance(expr, Mul):
        signs = [sign(factor, hypotheses) for factor in expr.args]
        return min(signs) if all(signs) else _negated_pairs(expr, signs, hypotheses) or _by_product(expr, hypotheses)
    if isinstance(expr, Pow):
        base = sign(expr.base, hypotheses)
        if base == POSITIVE:
            return POSITIVE if expr.exp.is_real else UNKNOWN
        if expr.exp.is_even and _real(expr.base, hypotheses) and expr.exp.is_positive:
            return NONNEGATIVE
        return NONNEGATIVE if base and expr.exp.is_positive else UNKNOWN
    if isinstance(expr, exp):
        return POSITIVE if _real(expr.args[0], hypotheses) else UNKNOWN
    if isinstance(expr, Sum):
        filled = all(low == 1 and high.is_integer and high.is_positive for _, low, high in expr.limits)
        body = sign(expr.function, uncaptured(expr, hypotheses)) if plain(expr) else UNKNOWN
        return min(body, POSITIVE if filled else NONNEGATIVE)
    if isinstance(expr, KroneckerDelta):
        return NONNEGATIVE
    if isinstance(expr, log):
        return sign(expr.args[0] - 1, hypotheses)
    if isinstance(expr, Max):
        return max(sign(a, hypotheses) for a in expr.args)
    if expr.is_positive:
        return POSITIVE
    return NONNEGATIVE if expr.is_nonnegative else _after_shift(expr, hypotheses) if expr.is_Symbol else UNKNOWN


def _real(expr: Expr, hypotheses: Hypotheses) -> bool:
    return bool(expr.is_real or atoms_as_symbols(expr).xreplace(shifts(hypotheses)).is_real)


def _by_hypothesis(expr: Expr, hypotheses: Hypotheses) -> int:
    for h in hypotheses:
        if isinstance(h, (Le, Lt)):
            h = h.reversed
        if isinstance(h, (Ge, Gt)):
            fact = h.lhs - h.rhs
            same = expr == fact or (isinstance(expr, (Add, Mul)) and expr.free_symbols == fact.free_symbols)
            surplus = (expr - fact).expand() if same else None
            if surplus is not None and surplus.is_Rational and surplus >= 0:
                return POSITIVE if isinstance(h, Gt) or surplus > 0 else NONNEGATIVE
            if isinstance(h.lhs, Mul) and expr in h.lhs.args and _above_zero(h):  # p A > 0 with p > 0
                if sign(Mul(*(f for f in h.lhs.args if f != expr))) == POSITIVE:
                    return POSITIVE
    if isinstance(expr, Add) and expr == 1 - (delta := next(iter(expr.atoms(KroneckerDelta)), S.Zero)):
        return NONNEGATIVE if delta != 0 else UNKNOWN
    return UNKNOWN


def _above_zero(h: Boolean) -> bool:
    return h.rhs.is_positive or (h.rhs == 0 and isinstance(h, Gt))


def _by_product(expr: Mul, hypotheses: Hypotheses) -> int:
    """A hypothesis `product >= 0` whose factors are among those of the expression, times a rest of known sign."""
    for h in hypotheses:
        if isinstance(h, (Ge, Gt)) and h.rhs == 0 and isinstance(h.lhs, Mul) and set(h.lhs.args) < set(expr.args):
            return min(NONNEGATIVE, sign(Mul(*(f for f in expr.args if f not in h.lhs.args)), hypotheses))
    return UNKNOWN


def _negated_pairs(expr: Mul, signs: list[int], hypotheses: Hypotheses) -> int:
    """(-a)(-b) with both negations of known sign."""
    tried = [f.is_Number or isinstance(f, Add) for f in expr.args]
    flipped = [s or (-sign(-f, hypotheses) if t else 0) for f, s, t in zip(expr.args, signs, tried, strict=True)]
    if 0 in flipped or sum(f < 0 for f in flipped) % 2:
        return UNKNOWN
    return min(abs(f) for f in flipped)


def _after_shift(expr: Expr, hypotheses: Hypotheses) -> int:
    """K >= 2 as K = 2 + K': a polynomial with nonnegative coefficients and constant term is nonnegative."""
    moved = expr.xreplace(shifts(hypotheses))
    if moved == expr or moved.has(Sum, Indexed):
        return UNKNOWN
    parts = [[sign(term) for term in Add.make_args(part.expand())] for part in fraction(together(moved))]
    return min(max(part) if min(part) else UNKNOWN for part in parts)


def _exp_or_log_lemma(expr: Add, hypotheses: Hypotheses) -> int:
    for e in (term for term in (*expr.args, *(-term for term in expr.args)) if isinstance(term, exp)):
        argument, rest = e.args[0], e - expr
        if expr == 1 - e:
            return sign(-argument, hypotheses)
        if rest.has(e):  # no polynomial
            continue
        for degree in range(0, 7):
            if vanishes(rest - sum(argument**m / factorial(m) for m in range(degree + 1)), hypotheses):
                strength = sign(argument, hypotheses)
                return strength or (NONNEGATIVE if degree % 2 and _real(argument, hypotheses) else UNKNOWN)
    for x in (
        (term for term in expr.args if sign(term, hypotheses) == POSITIVE) if expr.has(log) and -1 in expr.args else ()
    ):
        if vanishes(expr - (x - 1 - log(x)), hypotheses):
            return NONNEGATIVE
    for e in (-term for term in expr.args if isinstance(-term, log)):  # x - 1 already added up: y - log(1 + y)
        if sign(e.args[0], hypotheses) == POSITIVE and (expr + e + 1 - e.args[0]).expand() == 0:
            return NONNEGATIVE
    return UNKNOWN


def implied(relation, hypotheses: Hypotheses) -> bool:
    """Whether a relation is among the hypotheses or its gap has a plain sign under them."""
    if relation in hypotheses:
        return True
    if isinstance(relation, (Le, Lt)):
        relation = relation.reversed
    if not isinstance(relation, (Ge, Gt)):
        return False
    return sign(relation.lhs - relation.rhs, hypotheses) >= (POSITIVE if isinstance(relation, Gt) else NONNEGATIVE)


def undefined(claim, hypotheses: Hypotheses, shown=S.true):
    """The first power or logarithm, not in `shown`, that is not plainly a finite real number, or None."""
    hypotheses = uncaptured(claim, hypotheses)
    seen = set(_partial_parts(shown))
    for base, exponent in (pair for pair in _partial_parts(claim) if pair not in seen):
        known = sign(base, hypotheses)
        if exponent is None:
            if known != POSITIVE:
                return log(base, evaluate=False)
            continue
        whole = exponent.is_Integer and (exponent > 0 or sign(-base, hypotheses) == POSITIVE)
        root = exponent.is_Rational and exponent > 0 and known
        if not (whole or root or known == POSITIVE):
            return Pow(base, exponent, evaluate=False)
    return None


@lru_cache(10_000)
def _partial_parts(expr) -> tuple[tuple[Expr, Expr | None], ...]:
    return tuple(dict.fromkeys(_partial(expr)))


def _partial(expr) -> Iterator[tuple[Expr, Expr | None]]:
    """Every power as (base, exponent) and logarithm as (argument, None); where values are put in, those of the values
    and of the expression before anything can cancel."""
    if isinstance(expr, Subs):
        for value in expr.point:
            yield from _partial(value)
        for base, exponent in _partial_parts(expr.expr):
            values = [put_in(Subs(part, expr.variables, expr.point)) for part in (base, exponent or S.One)]
            yield values[0], exponent and values[1]
        return
    if isinstance(expr, (Pow, log)):
        yield (expr.base, expr.exp) if isinstance(expr, Pow) else (expr.args[0], None)
    for arg in expr.args:
        yield from _partial(arg)


def smooth(expr: Expr, x: Symbol) -> bool:
    """Whether the expression, wherever it is defined, has a derivative in the real variable x."""
    known = (Add, Mul, Pow, exp, log, Ei, sinh, cosh, tanh, Sum)
    parts = [e for e in preorder_traversal(expr) if e.has(x)]
    return x.is_Symbol and not x.is_integer and all(e == x or isinstance(e, known) for e in parts)


def is_vanishing_power(slack: Expr, x: Symbol, point: Expr) -> bool:
    """slack = C x^r with C free of x, and r < 0 towards oo, r > 0 towards 0; or slack = 0."""
    if slack == 0:
        return True
    constant, power = factor(slack).as_independent(x, as_Add=False)
    base, r = power.as_base_exp()
    return bool(base == x and r.is_Rational and (r < 0 if point is oo else r > 0) and not constant.has(x))
