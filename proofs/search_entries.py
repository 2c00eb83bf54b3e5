"""Entries of indexed bases for the search: exact, in several styles, and inside the hypotheses by construction.

On top of what proofs.attack.element meets (simplex weights, unit rows, simplex frames, solved bases), rows or columns
are made orthonormal (a rational reflection I - 2 v v^T/|v|^2) and sums are made zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

import numpy as np
from flint import ctx
from sympy import Eq, Indexed, IndexedBase, KroneckerDelta, Mul, Sum

from proofs.algebra.balls import integer

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
    """Orthonormal rows or columns, and sums that are zero."""
    for h in relations:
        if not (isinstance(h, Eq) and isinstance(h.lhs, Sum) and len(h.lhs.limits) == 1):
            continue
        body, (index, low, high) = h.lhs.function, h.lhs.limits[0]
        entries = [a for a in body.atoms(Indexed)]
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
