"""The range of every index of a claim, read off its sums: W[s, k] under Sum(..., (s, 1, K)) means rows in 1..K.

A slot is one position of an indexed base (W has two). A bound index gives its range to the slots it stands in, a slot
gives its range to the free indices that stand in it, and a Kronecker delta makes its two sides share one. A free index
whose range follows from nothing is an ordinary integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sympy import Basic, Expr, Indexed, KroneckerDelta, Sum, Symbol

Range = tuple[Expr, Expr]
Slot = tuple[str, int]


class RangeError(Exception):
    """An index that stands in slots of different ranges; the message names it."""


def slot_ranges(relations: Iterable[Basic]) -> dict[Slot, Range]:
    """Range of each slot over all relations of a statement, as far as the sums determine it."""
    relations = tuple(relations)
    known: dict[Slot, Range] = {}
    while True:
        before = len(known)
        for relation in relations:
            free = free_ranges(relation, known)
            for symbol, place, bound in occurrences(relation, {}):
                value = bound.get(symbol) or free.get(symbol)
                if value is not None and isinstance(place, tuple):
                    known.setdefault(place, value)
        if len(known) == before:
            return known


def free_ranges(relation: Basic, slots: Mapping[Slot, Range]) -> dict[Symbol, Range]:
    """Range of each free index of one relation. Raises RangeError where two slots disagree."""
    found: dict[Symbol, Range] = {}
    pairs: list[tuple[Symbol, Symbol]] = []
    for symbol, place, bound in occurrences(relation, {}):
        if symbol in bound:
            continue
        if isinstance(place, Symbol):
            if place in bound:
                _settle(found, symbol, bound[place])
            else:
                pairs.append((symbol, place))
        elif place in slots:
            _settle(found, symbol, slots[place])
    for left, right in pairs * 2:
        for one, other in ((left, right), (right, left)):
            if one in found:
                _settle(found, other, found[one])
    return found


def _settle(found: dict[Symbol, Range], symbol: Symbol, value: Range) -> None:
    if found.setdefault(symbol, value) != value:
        raise RangeError(f"index {symbol} runs over {found[symbol]} and over {value}; use two names")


def occurrences(expr: Basic, bound: dict[Symbol, Range]):
    """(index symbol, slot or partner in a delta, ranges bound there) for every place an index stands."""
    if isinstance(expr, Sum):
        inner = dict(bound)
        for symbol, lower, upper in expr.limits:
            inner[symbol] = (lower, upper)
        yield from occurrences(expr.function, inner)
        return
    if isinstance(expr, Indexed):
        for place, index in enumerate(expr.indices):
            if isinstance(index, Symbol):
                yield index, (str(expr.base.label), place), bound
        return
    if isinstance(expr, KroneckerDelta):
        left, right = expr.args[:2]
        if isinstance(left, Symbol) and isinstance(right, Symbol):
            yield left, right, bound
            yield right, left, bound
        return
    for arg in expr.args:
        yield from occurrences(arg, bound)
