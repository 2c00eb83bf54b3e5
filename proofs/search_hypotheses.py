"""A point of the search, and hypotheses as floats see them: both sides at all values of the free indices at once.

An index runs through every range over which one of its slots (a base and a place in it) is summed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from flint import arb
from sympy import Basic, Eq, Ge, Gt, Indexed, IndexedBase, KroneckerDelta, Le, Symbol
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import decide, evaluate, integer
from proofs.attack import Terrain
from proofs.floats import compiled, without_signs
from proofs.index_ranges import Slot, occurrences


@dataclass(frozen=True, slots=True)
class Point:
    """One point twice: exact for the balls, floats for steering; bases are memoised functions of their indices."""

    exact: dict
    floats: dict


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One hypothesis as floats see it: its two sides over all values of its free indices at once."""

    relation: Boolean
    names: frozenset
    indices: tuple[Symbol, ...]
    ranges: Mapping[Symbol, frozenset]
    left: Callable
    right: Callable
    terms: Callable | None  # of an equation: the size of what cancels in it

    def spans(self, exact: Mapping) -> list[range]:
        """All values that an index takes anywhere in the claim."""
        tops = [max((integer(high, exact) for high in self.ranges[x]), default=exact[None]) for x in self.indices]
        return [range(1, top + 1) for top in tops]

    def holds_in_floats(self, point: Point) -> bool:
        env = dict(point.floats)
        for depth, (x, span) in enumerate(zip(self.indices, self.spans(point.exact), strict=True)):
            env[x] = np.array(span, dtype=float).reshape((-1,) + (1,) * depth)
        with np.errstate(all="ignore"):
            left, right = np.asarray(self.left(env)), np.asarray(self.right(env))
            gap = left - right
            if self.terms is not None:
                size = max(1e-300, np.asarray(self.terms(env)).max())
                return bool((np.abs(gap) <= 1e-9 * size).all())
            gap = gap if isinstance(self.relation, (Ge, Gt)) else -gap
            return bool((gap >= 0).all() if isinstance(self.relation, (Ge, Le)) else (gap > 0).all())

    def holds(self, point: Point) -> bool:
        """By balls, at every value of its indices; an equation where the balls overlap."""
        for choice in product(*self.spans(point.exact)):
            here = {**point.exact, **dict(zip(self.indices, choice, strict=True))}
            if isinstance(self.relation, Eq):
                if not evaluate(self.relation.lhs - self.relation.rhs, here).overlaps(arb(0)):
                    return False
            elif not decide(self.relation, here):
                return False
        return True


def names(expr: Basic, terrain: Terrain) -> frozenset:
    """The bases and scalars, sizes aside, that an expression speaks of."""
    return frozenset(expr.atoms(IndexedBase)) | (expr.free_symbols & (set(terrain.scalars) - terrain.sizes))


def ranges_of_slots(relations: list[Basic]) -> dict[Slot, frozenset]:
    """The upper ends of all ranges over which an index runs through a slot (a base and a place in it) anywhere."""
    found: dict[Slot, frozenset] = {}
    while True:
        before = dict(found)
        for relation in relations:
            own = _ranges(relation, found)
            for symbol, place, bound in occurrences(relation, {}):
                if isinstance(place, tuple):
                    tops = frozenset({bound[symbol][1]}) if symbol in bound else own.get(symbol, frozenset())
                    found[place] = found.get(place, frozenset()) | tops
        if found == before:
            return found


def _ranges(relation: Basic, slots: Mapping[Slot, frozenset]) -> dict[Symbol, frozenset]:
    """The upper ends of the ranges of the free indices of one relation: those of all slots that they stand in."""
    found: dict[Symbol, frozenset] = {}
    for _ in range(2):  # a Kronecker delta passes ranges on from one side to the other
        for symbol, place, bound in occurrences(relation, {}):
            if symbol not in bound:
                if isinstance(place, tuple):
                    new = slots.get(place, frozenset())
                else:
                    new = frozenset({bound[place][1]}) if place in bound else found.get(place, frozenset())
                found[symbol] = found.get(symbol, frozenset()) | new
    return found


def hypothesis_of(h: Boolean, slots: Mapping, terrain: Terrain) -> Hypothesis:
    indices = {x for a in h.atoms(Indexed) for x in a.indices} | {x for a in h.atoms(KroneckerDelta) for x in a.args}
    indices = tuple(sorted((x for x in indices & h.free_symbols if x in terrain.indices), key=str))
    left, right = (compiled(side, len(indices)) for side in (h.lhs, h.rhs))
    terms = compiled(without_signs(h.lhs) + without_signs(h.rhs), len(indices)) if isinstance(h, Eq) else None
    ranges = _ranges(h, slots)
    spans = {x: ranges.get(x, frozenset()) for x in indices}
    return Hypothesis(h, names(h, terrain), indices, spans, left, right, terms)


def gap_at(hypothesis: Hypothesis, point: Point, values: Mapping) -> np.ndarray:
    env = {**point.floats, **values}
    for depth, (x, span) in enumerate(zip(hypothesis.indices, hypothesis.spans(point.exact), strict=True)):
        env[x] = np.array(span, dtype=float).reshape((-1,) + (1,) * depth)
    with np.errstate(all="ignore"):
        gap = np.asarray(hypothesis.left(env)) - np.asarray(hypothesis.right(env))
    return gap if isinstance(hypothesis.relation, (Ge, Gt)) else -gap
