"""An attack on a claim: evaluate it in ball arithmetic at random exact points of its domain. Objects, never proves.

A relation that fails at one point by disjoint balls is refuted there, whatever a computer-algebra system says of it.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from flint import arb, ctx
from sympy import Eq, Expr, Ge, Gt, Indexed, IndexedBase, KroneckerDelta, Le, Lt, Pow, Rational, Sum, Symbol, solve
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import BITS, NoBall, ball, decide, evaluate, integer

POINTS, TRIES, SECONDS = 8, 60, 0.5


def attack(claim: Boolean, hypotheses: tuple, points: int = POINTS) -> tuple[int, dict | None]:
    """How many random exact points were tried, and one at which the relation provably fails (or None)."""
    tried = 0
    if not isinstance(claim, (Eq, Ge, Gt, Le, Lt)) or claim.has(Symbol) is False:
        return tried, None
    begin = time.monotonic()
    with ctx.workprec(BITS):
        for seed in range(points):
            if time.monotonic() - begin > SECONDS:
                break
            point = random_point((claim.lhs, claim.rhs), hypotheses, seed, begin + 2 * SECONDS)
            if point is None:
                if seed and not tried:
                    break  # the hypotheses leave no room for chance
                continue
            try:
                holds = decide(claim, point)
            except (NoBall, ZeroDivisionError):
                continue
            tried += 1
            if holds is False:
                gap = evaluate(claim.lhs - claim.rhs, point)
                shown = {str(name): str(value) for name, value in point.items() if not callable(value)}
                return tried, shown | {"left - right": gap.str(8, radius=False)}
    return tried, None


@dataclass(frozen=True, slots=True)
class Terrain:
    """What a point of a claim consists of: scalars (of which `sizes` count something), indices and indexed bases."""

    hypotheses: tuple
    scalars: tuple[Symbol, ...]
    sizes: frozenset
    indices: frozenset
    bases: tuple[IndexedBase, ...]

    @classmethod
    @lru_cache(256)
    def of(cls, expressions: tuple, hypotheses: tuple) -> Terrain:
        everything = [*expressions, *hypotheses]
        sums = [total for e in everything for total in e.atoms(Sum)]
        bound = {x for total in sums for x, *_ in total.limits}
        sizes = {limit for total in sums for _, *pair in total.limits for limit in pair}
        indices = {x for e in everything for a in e.atoms(Indexed) for x in a.indices if x.is_Symbol}
        indices |= {x for e in everything for a in e.atoms(KroneckerDelta) for x in a.args if x.is_Symbol}
        bases = sorted({a.base for e in everything for a in e.atoms(Indexed)}, key=str)
        names = {x for e in everything for x in e.free_symbols if isinstance(x, Symbol)}
        scalars = sorted(names - bound - indices - {b.label for b in bases}, key=str)
        return cls(hypotheses, tuple(scalars), frozenset(sizes), frozenset(indices), tuple(bases))

    def point(self, values: Mapping, draw: random.Random) -> dict | None:
        """Complete values of the scalars to a point inside the hypotheses; None if they do not allow it.

        Sums over a simplex (Sum_s p_s = 1), unit rows (Sum_k v_k^2 = 1) and simplex-frame Gram matrices are met by
        construction; other equalities must hold by chance. Raises NoBall where something cannot be evaluated."""
        point = dict(values)
        fixed = {h.lhs: h.rhs for h in self.hypotheses if isinstance(h, Eq) and h.lhs in self.scalars}
        for rows, columns in _frames(self.hypotheses).values():  # a simplex frame of K rows is written in K coordinates
            point[columns] = max(point[columns], point[rows])
        top = max(1, min((v for x, v in point.items() if x in self.sizes), default=3))
        point |= {x: draw.randint(1, top) for x in sorted(self.indices, key=str)}
        point |= {x: evaluate(value, point) for x, value in fixed.items()}
        point |= {
            base: element(base, self.hypotheses, point, usual_entries(base, draw.randint(0, 2**32)))
            for base in self.bases
        }
        return point if all(_holds(h, point, fixed) for h in self.hypotheses) else None


def random_point(expressions: tuple, hypotheses: tuple, seed: int, until: float = math.inf) -> dict | None:
    """A random exact point for all symbols and indexed bases, inside the hypotheses; None if none was found in time."""
    draw, terrain = random.Random(seed), Terrain.of(expressions, hypotheses)
    for attempt in range(TRIES):
        if time.monotonic() > until:
            return None
        stretch = 4 ** (attempt % 5)  # hypotheses such as "no row is further than D" want large scalars
        values: dict = {x: _scalar(x, x in terrain.sizes, draw) for x in terrain.scalars}
        values = {x: value if isinstance(value, int) else value * stretch for x, value in values.items()}
        try:
            point = terrain.point(values, draw)
        except (NoBall, KeyError):
            return None
        if point is not None:
            return point
    return None


def satisfies(point: Mapping, hypotheses: tuple) -> bool:
    """Whether an exact point (indexed bases as functions of indices) satisfies every hypothesis, by balls."""
    fixed = {h.lhs: h.rhs for h in hypotheses if isinstance(h, Eq) and h.lhs.is_Symbol and h.lhs not in point}
    with ctx.workprec(BITS):
        return all(_holds(h, point, fixed) for h in hypotheses)


def _scalar(x: Symbol, is_size: bool, draw: random.Random):
    if x.is_integer or is_size:
        return draw.choice((1, 2, 2, 3, 3, 4)) if is_size else draw.randint(1, 6)
    size = Rational(draw.randint(1, 400), draw.randint(20, 400) * draw.choice((1, 1, 1, 8, 64))) * draw.choice(
        (1, 1, 16)
    )
    return size if x.is_nonnegative else size * draw.choice((-1, 1))


def _holds(hypothesis: Boolean, point: Mapping, fixed: Mapping) -> bool:
    indices, gap = _indices(hypothesis), _gap(hypothesis) if isinstance(hypothesis, Eq) else None
    top = max((v for v in point.values() if isinstance(v, int)), default=1)
    for choice in product(range(1, top + 1), repeat=len(indices)) if indices else [()]:
        here = {**point, **dict(zip(indices, choice, strict=True))}
        if gap is not None:
            if hypothesis.lhs not in fixed and not evaluate(gap, here).overlaps(arb(0)):
                return False
        elif not decide(hypothesis, here):
            return False
    return True


@lru_cache(10_000)
def _indices(hypothesis: Boolean) -> tuple[Symbol, ...]:
    found = {x for a in hypothesis.atoms(Indexed) for x in a.indices} & hypothesis.free_symbols
    return tuple(sorted(found, key=str))


@lru_cache(10_000)
def _gap(equation: Eq) -> Expr:
    return equation.lhs - equation.rhs


@lru_cache(1_000)
def _frames(hypotheses: tuple) -> dict[IndexedBase, tuple]:
    """Bases whose rows a hypothesis makes a simplex frame: {base: (K, d)}, from Sum_k m_sk m_jk = f(delta_sj)."""
    found = {}
    for h in hypotheses:
        if isinstance(h, Eq) and isinstance(h.lhs, Sum) and h.rhs.has(KroneckerDelta):
            base = {a.base for a in h.lhs.atoms(Indexed)}
            rows = [
                x for x in h.rhs.free_symbols if x.is_integer and x not in next(iter(h.rhs.atoms(KroneckerDelta))).args
            ]
            if len(base) == 1 and rows:
                found[base.pop()] = (min(rows, key=str), h.lhs.limits[0][2])
    return found


def _behind(hypothesis: Eq, hypotheses: tuple) -> set[IndexedBase]:
    """The bases that a hypothesis Sum(...) = value is made of, and those that determine them in turn: one that is
    behind itself (an eigenvector, f = U^T g and mu g = U f) is not determined."""
    found, waiting = set(), [hypothesis]
    while waiting:
        new = {a.base for a in waiting.pop().lhs.atoms(Indexed)} - found
        found |= new
        waiting += [h for h in hypotheses if isinstance(h, Eq) and new & {a.base for a in h.rhs.atoms(Indexed)}]
    return found


def usual_entries(base: IndexedBase, seed: int):
    def raw(*indices: int) -> Rational:
        value = random.Random(f"{seed}/{indices}")
        return Rational(value.randint(1, 300), 100) * (1 if base.label.is_nonnegative else value.choice((-1, 1)))

    return raw


def element(base: IndexedBase, hypotheses: tuple, point: Mapping, raw):
    """The entries of a base as a function of its indices: `raw` ones, made to meet the hypotheses that can be met."""
    for h in hypotheses:
        if not (isinstance(h, Eq) and isinstance(h.lhs, Sum) and len(h.lhs.limits) == 1):
            continue
        targets = [a for a in h.rhs.atoms(Indexed) if a.base == base and a.free_symbols <= h.rhs.free_symbols]
        if targets and base not in _behind(h, hypotheses):  # the hypothesis determines this base: solve for it
            value = _solved(h, targets[0])
            return lambda *places: evaluate(value, {**point, **dict(zip(targets[0].indices, places, strict=True))})
        body, (index, low, high) = h.lhs.function, h.lhs.limits[0]
        power = 2 if isinstance(body, Pow) and body.exp == 2 else 1
        entry = body.base if power == 2 else body
        if h.rhs == 1 and isinstance(entry, Indexed) and entry.base == base:
            span = range(integer(low, point), integer(high, point) + 1)
            return _normalised(raw, entry.indices.index(index), span, power)
        if base in _frames((h,)):
            return _frame_rows(h, base, point)
    return raw


@lru_cache(256)
def _solved(hypothesis: Eq, unknown: Indexed):
    return solve(hypothesis.lhs - hypothesis.rhs, unknown)[0]


def _normalised(raw, place: int, span: range, power: int):
    @lru_cache(None)
    def size(before: tuple, after: tuple) -> arb:
        total = sum((ball(raw(*before, m, *after)) ** power for m in span), arb(0))
        return total if power == 1 else total.sqrt()

    def entry(*indices: int) -> arb:
        return ball(raw(*indices)) / size(indices[:place], indices[place + 1 :])

    return entry


def _frame_rows(h: Eq, base: IndexedBase, point: Mapping):
    """Rows sqrt(scale) (e_s - 1/K) realise the Gram matrix scale (delta - 1/K), scale = its step in delta."""
    (delta,), K = h.rhs.atoms(KroneckerDelta), point[_frames((h,))[base][0]]
    scale = (
        evaluate(h.rhs.xreplace({delta: Rational(1)}), point) - evaluate(h.rhs.xreplace({delta: Rational(0)}), point)
    ).sqrt()
    return lambda row, column: scale * ball(Rational(int(row == column) * K - 1, K)) if column <= K else arb(0)
