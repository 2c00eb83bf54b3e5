"""Bound names and ranges: what must hold before a finite sum is computed with.

A sum is plain if its indices are positive integers, its range is never shorter than empty and depends on no other
bound name. `apart` gives each sum names of its own, so that nothing put into it is captured, and takes derivatives
before any hypothesis is used: they are partial, with every other symbol held. `put_in` does what `at` says, after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce

from sympy import (
    Basic,
    Derivative,
    Dummy,
    Expr,
    Indexed,
    Integral,
    KroneckerDelta,
    Lambda,
    Limit,
    Product,
    Subs,
    Sum,
    Symbol,
)

Range = tuple[Expr, Expr] | None
OTHER_BINDERS = (Integral, Product, Subs, Lambda, Limit)


def bound(*expressions: Basic) -> set[Symbol]:
    return {x for e in expressions for total in e.atoms(Sum) for x, *_ in total.limits}


def plain(expr: Basic) -> bool:
    """Whether every sum has indices, ranges and names that the normal form and the signs are right about."""
    names = bound(expr)
    limits = [limit for total in expr.atoms(Sum) for limit in total.limits]
    return not expr.has(*OTHER_BINDERS) and all(
        x.is_integer
        and x.is_positive
        and low.is_integer
        and low.is_positive
        and (high - low + 1).is_integer
        and (high - low + 1).is_nonnegative
        and not names & (low.free_symbols | high.free_symbols)
        for x, low, high in limits
    )


def apart(expr: Basic) -> Basic:
    """Every sum with bound names of its own, every derivative taken; for plain expressions."""
    if not expr.has(Sum, Derivative):
        return expr
    expr = expr.func(*(apart(arg) for arg in expr.args))
    if isinstance(expr, Derivative):
        return reduce(lambda f, variable: f.diff(variable), expr.variables, expr.expr)
    if isinstance(expr, Sum):
        return expr.xreplace({x: Dummy(x.name, integer=True, positive=True) for x, *_ in expr.limits})
    return expr


def put_in(expr: Basic) -> Basic:
    """Every expression `at` values with the values in it, all at once; no bound name captures what is put in."""
    if not expr.has(Subs):
        return expr
    if isinstance(expr, Subs):
        body = apart(put_in(expr.expr))
        return body.xreplace(dict(zip(expr.variables, map(put_in, expr.point), strict=True)))
    return expr.func(*map(put_in, expr.args))


@lru_cache(100_000)
def free_names(expr: Basic) -> frozenset[Symbol]:
    """`expr.free_symbols`, which SymPy finds anew each time; a large sum is asked often."""
    return frozenset(expr.free_symbols)


@lru_cache(10_000)
def scalars(expr: Basic) -> frozenset[Symbol]:
    """The free symbols that stand outside the index places: these are values, no index runs through them."""
    letters = {e: Dummy() for e in expr.atoms(Indexed, KroneckerDelta)}
    found = set().union(*(side.xreplace(letters).free_symbols for side in (expr.args or (expr,))))
    return frozenset(found - set(letters.values()))


def uncaptured(expr: Basic, hypotheses: tuple) -> tuple:
    """The hypotheses that speak of no scalar whose name a sum of the expression binds."""
    names = bound(expr)
    return tuple(h for h in hypotheses if not names & scalars(h)) if names else hypotheses


def ranges(expressions: Iterable[Basic]) -> dict[Symbol, Range]:
    """The range of each index, read off the sums (whose names are apart) and off the places it shares with a bound
    index; None where two places disagree."""
    expressions = tuple(expressions)
    found: dict[Symbol, Range] = {}
    for x, low, high in (limit for e in expressions for total in e.atoms(Sum) for limit in total.limits):
        found[x] = (low, high)
    own, slots = set(found), {}
    places = [(x, (a.base, n)) for e in expressions for a in e.atoms(Indexed) for n, x in enumerate(a.indices)]
    for x, slot in places:
        if x in own:
            slots[slot] = found[x] if slots.get(slot, found[x]) == found[x] else None
    for x, slot in places:
        if x not in own and slot in slots:
            found[x] = slots[slot] if found.get(x, slots[slot]) == slots[slot] else None
    return found
