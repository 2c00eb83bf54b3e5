"""Points of a claim for the search: wide and degenerate ones, inside the hypotheses by construction where possible.

On top of what proofs.attack.element meets (simplex weights, unit rows, simplex frames, solved bases), rows or columns
are made orthonormal (a rational reflection I - 2 v v^T/|v|^2), sums are made zero, a scalar that an equation names is
computed from it, and one that bounds something is put at its bound or a little beyond: there margins are smallest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np
from sympy import (
    Add,
    Basic,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    MatrixExpr,
    Mul,
    Sum,
    Symbol,
)
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import evaluate
from proofs.algebra.bound_names import apart, put_in
from proofs.attack import Terrain, element
from proofs.floats import Entries
from proofs.search_entries import bounded_entry, drawn_entries, law_of_uncorrelated, own_entry, precise_entry
from proofs.search_hypotheses import Hypothesis, Point, gap_at, hypothesis_of, names, ranges_of_slots
from proofs.search_layers import LAYERS

TERMS, MOST_TERMS, RARELY = 1_000, 20_000, 12  # of one nested sum, and of one in every so many examples
INEQUALITIES = (Ge, Gt, Le, Lt)


@dataclass(frozen=True, slots=True)
class Draw:
    """What the search chooses: values of scalars and sizes, a style for each base, how tight bounds are, a seed."""

    values: Mapping[Symbol, object]
    styles: tuple[str, ...]
    slack: float
    seed: int


def _sides(part: Basic) -> list[Basic]:
    """The expressions in a part. They are taken out of it: a relation that is built anew may collapse to true."""
    return [side for a in part.args for side in _sides(a)] if not isinstance(part, Expr) else [part]


def number_of_terms(expr: Basic) -> list[frozenset | tuple]:
    """The sizes over which sums are nested, one tuple for each innermost body."""
    if isinstance(expr, Sum):
        own = tuple(high for _, _, high in expr.limits)
        return [own + inner for inner in number_of_terms(expr.function)]
    return [chain for a in expr.args for chain in number_of_terms(a)] or [()]


@dataclass(frozen=True, slots=True)
class Domain:
    """Where the points of a statement come from."""

    terrain: Terrain
    hypotheses: tuple[Hypothesis, ...]
    chains: tuple[tuple, ...]
    layer: Callable[[random.Random, float], Mapping] | None = None

    @classmethod
    def of(cls, parts: tuple[Boolean, ...], hypotheses: tuple[Boolean, ...], key: str = "") -> Domain:
        """`parts` are all of the goal: the ranges of its indices may be seen in any of them. Points of the claim `key`
        are whole layers where proofs.search_layers makes some."""
        sides = [side for part in parts if part.free_symbols and not part.has(MatrixExpr) for side in _sides(part)]
        parts = tuple(apart(put_in(side)) for side in sides)
        terrain = Terrain.of(tuple(sides), hypotheses)  # what is put in may cancel
        ranges = ranges_of_slots([*hypotheses, *parts])
        shown = tuple(hypothesis_of(h, ranges, terrain) for h in hypotheses)
        chains = {chain for e in parts for chain in number_of_terms(e)}
        for h in shown:  # it is checked at all values of its free indices
            tops = tuple(top for x in h.indices for top in sorted(h.ranges[x], key=str)[:1])
            chains |= {tops + chain for chain in number_of_terms(h.relation)}
        return cls(terrain, shown, tuple(chains), LAYERS.get(key))

    def relevant(self, part: Boolean) -> tuple[Hypothesis, ...]:
        """The hypotheses that speak, directly or through others, of what the part speaks of.

        The rest concern other names; that they can be met together with these is what the statement's example shows."""
        known, chosen = names(part, self.terrain), []
        sizes = part.free_symbols & self.terrain.sizes
        waiting = list(self.hypotheses)
        while found := [h for h in waiting if h.names & known or (not h.names and h.relation.free_symbols & sizes)]:
            chosen += found
            waiting = [h for h in waiting if h not in found]
            for h in found:
                known |= h.names
                sizes |= h.relation.free_symbols & self.terrain.sizes
        return tuple(h for h in self.hypotheses if h in chosen)

    def point(self, draw: Draw) -> Point | None:
        """The drawn point, completed; None where a computed scalar leaves its own domain."""
        chance, relations = random.Random(draw.seed), self.terrain.hypotheses
        if self.layer is not None:
            return self._of_layer(self.layer(chance, draw.slack), chance)
        exact = dict(draw.values)
        self._widen(exact)
        self._shrink(exact, TERMS if draw.seed % RARELY else MOST_TERMS)
        self._widen(exact)
        exact[None] = max(1, min((exact[x] for x in self.terrain.sizes if x in exact), default=3))
        exact |= {x: chance.randint(1, exact[None]) for x in sorted(self.terrain.indices, key=str)}
        floats = {x: float(value) for x, value in exact.items() if x is not None}
        for base, style in zip(self.terrain.bases, draw.styles, strict=True):
            raw = drawn_entries(base, style, chance.randint(0, 2**32), max(exact[None], *_sizes(exact), 2) + 1)
            made = own_entry(base, relations, exact, raw) or element(base, relations, exact, raw)
            made = precise_entry(bounded_entry(base, relations, exact, raw) if made is raw else made)
            exact[base], floats[base] = made, Entries(lambda *places, made=made: float(made(*places)))
        point = Point(exact, floats)
        return point if _solve_scalars(self, point) and _meet_bounds(self, point, draw.slack) else None

    def _of_layer(self, layer: Mapping, chance: random.Random) -> Point:
        exact = dict(layer)
        exact[None] = min(exact[x] for x in self.terrain.sizes if x in exact)
        exact |= {x: chance.randint(1, exact[None]) for x in sorted(self.terrain.indices, key=str)}
        floats = {x: Entries(value) if callable(value) else float(value) for x, value in exact.items() if x is not None}
        return Point(exact, floats)

    def _shrink(self, exact: dict, terms: int) -> None:
        for chain in self.chains:
            sizes = [x for x in chain if x in exact]
            while prod(exact[x] for x in sizes) > terms:
                largest = max(exact[x] for x in sizes)
                exact |= {x: max(2, largest * 2 // 3) for x in sizes if exact[x] == largest}

    def _widen(self, exact: dict) -> None:
        """Orthonormal rows and simplex frames need as many coordinates as there are rows, uncorrelated variables one
        draw more than there are variables."""
        for h in self.hypotheses:
            if h.relation.rhs.has(KroneckerDelta) and isinstance(h.relation.lhs, Sum):
                width = h.relation.lhs.limits[0][2]
                rows = {x for tops in h.ranges.values() for x in tops if x in exact and x in self.terrain.sizes}
                if width in exact and rows:
                    more = 1 if law_of_uncorrelated(h.relation) else 0
                    exact[width] = max(exact[width], *(exact[x] + more for x in rows))


def _sizes(exact: Mapping) -> list[int]:
    return [value for value in exact.values() if isinstance(value, int)]


def _solve_scalars(domain: Domain, point: Point) -> bool:
    """Scalars that an equation determines, as in Sum(P T) = m and Sum(P T^2) = m^2 + v; False where one gets the
    wrong sign."""
    done: set[Symbol] = set()
    for hypothesis in domain.hypotheses:
        h = hypothesis.relation
        if not isinstance(h, Eq) or hypothesis.indices:
            continue
        for one, other in ((h.rhs, h.lhs), (h.lhs, h.rhs)):
            free = {t: t.base if t.is_Pow and t.exp == 2 and t.base.is_nonnegative else t for t in Add.make_args(one)}
            free = {t: x for t, x in free.items() if x in domain.terrain.scalars and x not in domain.terrain.sizes}
            free = {t: x for t, x in free.items() if x not in done and not other.has(x) and not (one - t).has(x)}
            if free:
                term, x = list(free.items())[-1]
                value = evaluate(other - (one - term), point.exact)
                if (x.is_positive and not value > 0) or ((x.is_nonnegative or term != x) and value < 0):
                    return False
                value = value if term == x else value.sqrt()
                point.exact[x], point.floats[x] = value, float(value.mid())
                done.add(x)
                break
    return True


def _meet_bounds(domain: Domain, point: Point, slack: float) -> bool:
    """Scalars x that a hypothesis a + b x >= 0 or a + b x^2 >= 0 bounds are put at the bound, `slack` beyond it."""
    if slack < 0:
        return True
    for hypothesis in domain.hypotheses:
        h = hypothesis.relation
        if isinstance(h, INEQUALITIES) and h.has(Indexed) and (found := _bounding(h, domain.terrain)):
            x, power = found
            at, above = (gap_at(hypothesis, point, {x: value}) for value in (0.0, 1.0))
            with np.errstate(all="ignore"):
                bounds, slope = -at / (above - at), above - at
            lower = bool((slope >= 0).all())
            bound = float(
                np.max(bounds[slope > 0], initial=-np.inf) if lower else np.min(bounds[slope < 0], initial=np.inf)
            )
            if not np.isfinite(bound) or (bound < 0 and power == 2):
                continue
            value = bound ** (1 / power)
            value += (abs(value) * (slack + 1e-9)) * (1 if lower else -1)
            if not np.isfinite(value) or (x.is_positive and value <= 0) or (x.is_nonnegative and value < 0):
                continue
            point.exact[x], point.floats[x] = Fraction(value), value
    return True


def _bounding(h: Boolean, terrain: Terrain) -> tuple[Symbol, int] | None:
    factors = Mul.make_args(h.lhs - h.rhs if h.rhs != 0 else h.lhs)
    inner = next((f for f in factors if isinstance(f, Add) and f.has(Sum)), None) or next(
        (f for f in factors if isinstance(f, Add) and not f.has(KroneckerDelta)), None
    )
    for term in Add.make_args(inner) if inner is not None else ():
        x = term.base if term.is_Pow and term.exp == 2 else term
        if x in terrain.scalars and x not in terrain.sizes and not (inner - term).has(x):
            return x, 2 if term.is_Pow else 1
    return None
