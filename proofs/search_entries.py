"""Entries of indexed bases for the search: exact, in several styles, and inside the hypotheses by construction.

On top of what proofs.attack.element meets (simplex weights, unit rows, simplex frames, solved bases), rows or columns
are made orthonormal (a rational reflection I - 2 v v^T/|v|^2), sums are made zero, and random variables uncorrelated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

import numpy as np
from flint import arb, ctx
from sympy import Eq, Ge, Indexed, IndexedBase, KroneckerDelta, Mul, S, Sum

from proofs.algebra.balls import ball, evaluate, integer

BITS = 700
STYLES = ("usual", "usual", "usual", "tiny", "huge", "mixed", "equal", "sparse", "one")


def precise_entry(entry: Callable) -> Callable:
    """Each entry computed once, with more bits than any judgement uses."""

    @lru_cache(None)
    def precise(*indices: int):
        with ctx.workprec(BITS):
            return entry(*indices)

    return precise


def drawn_entries(base: IndexedBase, style: str, seed: int, size: int) -> Callable[..., Fraction]:
    """Random exact entries in one of the STYLES; beyond `size` they repeat."""
    chance = np.random.default_rng(seed)
    digits = chance.integers(1, 301, size=997)
    signs = chance.integers(0, 2, size=997) * 2 - 1
    powers = chance.integers(-6, 7, size=997) if style == "mixed" else np.zeros(997, dtype=int)
    scale = {"tiny": Fraction(1, 10**9), "huge": Fraction(10**9)}.get(style, Fraction(1))
    signed, zeros = not base.label.is_nonnegative, not base.label.is_positive and style == "sparse"

    def raw(*indices: int) -> Fraction:
        place = 0
        for index in indices:
            place = (place * (size + 1) + index) % 997 if style not in {"equal", "one"} else 0
        if style == "one":
            return Fraction(1)
        if zeros and digits[place] % 3:
            return Fraction(0)
        value = Fraction(int(digits[place]), 100) * scale * Fraction(10) ** int(powers[place])
        return value * int(signs[place]) if signed else value

    return raw


def own_entry(base: IndexedBase, relations: tuple, exact: Mapping, raw: Callable) -> Callable | None:
    """Orthonormal rows or columns, sums that are zero, and uncorrelated columns."""
    for h in relations:
        if not (isinstance(h, Eq) and isinstance(h.lhs, Sum) and len(h.lhs.limits) == 1):
            continue
        body, (index, low, high) = h.lhs.function, h.lhs.limits[0]
        entries = [a for a in body.atoms(Indexed)]
        if law := law_of_uncorrelated(h, base):
            return _uncorrelated(law, base, h, relations, exact)
        if {a.base for a in entries} != {base}:
            continue
        span = range(integer(low, exact), integer(high, exact) + 1)
        if h.rhs.func is KroneckerDelta and len(entries) == 2 and body == Mul(*entries):
            return _reflection(raw, len(span), entries[0].indices.index(index))
        if h.rhs == 0 and body == entries[0] and entries[0].indices.count(index) == 1:
            if any(o != h and isinstance(o, Eq) and base in o.atoms(IndexedBase) and o.rhs != 0 for o in relations):
                return None
            return _centred(raw, entries[0].indices.index(index), span)
    return None


def bounded_entry(base: IndexedBase, relations: tuple, exact: Mapping, raw: Callable) -> Callable:
    """Entries that a hypothesis c - X_j >= 0 bounds are at most c; an indicator's (c = 1) are zero where a hypothesis
    F_j g_j >= 0 would not hold."""
    caps, factors = [], []
    for h in (h for h in relations if isinstance(h, Ge) and h.rhs == 0):
        own = [a for a in h.lhs.atoms(Indexed) if a.base == base]
        if len(own) == 1 and not (h.lhs + own[0]).has(Indexed):
            caps.append(h.lhs + own[0])
        elif len(own) == 1 and isinstance(h.lhs, Mul) and own[0] in h.lhs.args:
            factors.append((own[0].indices, h.lhs / own[0]))
    factors = factors if S.One in caps else []
    if not (caps or factors) or not base.label.is_nonnegative or base.label.is_positive:
        return raw

    def entry(*places: int):
        for indices, factor in factors:
            if not evaluate(factor, {**exact, **dict(zip(indices, places, strict=True))}) >= 0:
                return Fraction(0)
        value = raw(*places)
        return next((cap for cap in (evaluate(cap, exact) for cap in caps) if ball(value) > cap), value)

    return entry


def law_of_uncorrelated(h: Eq, base: IndexedBase | None = None) -> IndexedBase | None:
    """Q where the equation reads Sum_k Q_k Y_ki Y_kr = m^2 + v delta_ir (for this base Y), else None."""
    rows = [a for a in h.lhs.function.atoms(Indexed) if len(a.indices) == 2]
    weights = [a for a in h.lhs.function.atoms(Indexed) if len(a.indices) == 1]
    pair = len(rows) == 2 and len(weights) == 1 and {a.base for a in rows} == {base or rows[0].base}
    return weights[0].base if pair and h.lhs.function == Mul(*rows, *weights) and h.rhs.has(KroneckerDelta) else None


def _uncorrelated(law: IndexedBase, base: IndexedBase, h: Eq, relations: tuple, exact: Mapping) -> Callable:
    """Y_ki = m + sqrt(v) c_ki with weighted Helmert contrasts: in every draw up to the i-th c_ki is the same, in the
    next it brings Sum_k Q_k c_ki to 0, after that it is 0; Sum_k Q_k c_ki^2 = 1. Computed when asked for: m and v are
    known only then."""
    (delta,) = h.rhs.atoms(KroneckerDelta)
    spread = h.rhs.xreplace({delta: S.One}) - h.rhs.xreplace({delta: S.Zero})
    centre = next(
        o.rhs
        for o in relations
        if isinstance(o, Eq) and {a.base for a in o.lhs.atoms(Indexed)} == {law, base} and o != h
    )

    def entry(draw: int, member: int) -> arb:
        before = sum((ball(exact[law](k)) for k in range(1, member + 1)), arb(0))
        following = ball(exact[law](member + 1))
        step = (following / (before * (before + following))).sqrt()
        shape = step if draw <= member else -step * before / following if draw == member + 1 else arb(0)
        variance = evaluate(spread, exact)  # its ball holds 0 where the law is a point
        return evaluate(centre, exact) + (variance.sqrt() if variance > 0 else arb(0)) * shape

    return entry


def _reflection(raw: Callable, size: int, place: int) -> Callable:
    row = [raw(*((1, m) if place else (m, 1))) for m in range(1, size + 1)]
    length = sum(value**2 for value in row) or Fraction(1)

    def entry(*indices: int) -> Fraction:
        k, m = indices
        if max(k, m) > size:
            return Fraction(int(k == m))
        return Fraction(int(k == m)) - 2 * row[k - 1] * row[m - 1] / length

    return entry


def _centred(raw: Callable, place: int, span: range) -> Callable:
    @lru_cache(None)
    def mean(before: tuple, after: tuple) -> Fraction:
        return sum((raw(*before, m, *after) for m in span), Fraction(0)) / len(span)

    return lambda *indices: raw(*indices) - mean(indices[:place], indices[place + 1 :])
