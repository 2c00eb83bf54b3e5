"""The smallest margin that a targeted search finds for each claim: Hypothesis drives the points, balls judge.

    python -m proofs.search [--examples 10000] [KEY ...]      writes proofs/margins.json

The margin of an inequality is (larger - smaller)/(|larger| + |smaller|), from 0 (equality) to 1; that of an equation is
0 where the balls overlap. A negative margin is a counterexample. Scalars range over 1e-6 .. 1e6, sizes over 1 .. 5.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flint import ctx
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st
from sympy import Eq, Ge, Gt, Le, Lt, Rational, Symbol
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import NoBall, evaluate
from proofs.attack import Terrain
from theory import blueprint
from theory.statement import Statement

RECORD = Path(__file__).with_name("margins.json")
BITS = 128
LARGEST_SIZE, LARGEST_COUNT = 5, 50


@dataclass(frozen=True, slots=True)
class Found:
    """What the search saw of one part of a claim: points inside the hypotheses, smallest margin, and where."""

    part: int
    equation: bool
    points: int
    margin: float | None
    at: dict[str, str]


def search(statement: Statement, examples: int) -> list[Found]:
    """Search every part of the statement's goal that is a relation."""
    kinds = (Eq, Ge, Gt, Le, Lt)
    parts = [
        (place, part) for place, part in enumerate(statement.parts) if isinstance(part, kinds) and part.free_symbols
    ]
    return [_searched(place, part, statement.hypotheses, examples) for place, part in parts]


def margin(relation: Boolean, point: dict) -> float | None:
    """The relation's relative margin at a point, None where the balls are too wide to tell."""
    left, right = evaluate(relation.lhs, point), evaluate(relation.rhs, point)
    gap, size = left - right, abs(left) + abs(right)
    if not gap.is_finite() or not size.is_finite():
        return None
    if isinstance(relation, Eq):
        return 0.0 if gap.contains(0) else -float(abs(gap / size).mid())
    if size.contains(0) or gap.contains(0):
        return 0.0 if gap.contains(0) and (gap.is_zero() or not size.contains(0)) else None
    share = float((gap / size).mid())
    return share if isinstance(relation, (Ge, Gt)) else -share


def _searched(place: int, part: Boolean, hypotheses: tuple, examples: int) -> Found:
    terrain = Terrain.of((part.lhs, part.rhs), hypotheses)
    best: dict = {"margin": None, "at": {}, "points": 0}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.fixed_dictionaries({x: _values(x, x in terrain.sizes) for x in terrain.scalars}), st.integers(0, 2**32))
    def probe(values: dict, seed: int) -> None:
        try:
            with ctx.workprec(BITS):
                point = terrain.point(values, random.Random(seed))
                found = None if point is None else margin(part, point)
        except (NoBall, KeyError, ZeroDivisionError, OverflowError):
            return
        if found is None:
            return
        best["points"] += 1
        if best["margin"] is None or found < best["margin"]:
            best["margin"] = found
            best["at"] = {str(x): str(value) for x, value in values.items()}
        if not isinstance(part, Eq):
            target(-found)

    probe()
    return Found(place, isinstance(part, Eq), best["points"], best["margin"], best["at"])


def _values(x: Symbol, is_size: bool) -> st.SearchStrategy:
    if x.is_integer or is_size:
        return st.integers(1, LARGEST_SIZE if is_size else LARGEST_COUNT)
    size = st.builds(
        lambda digits, power: Rational(digits, 1000) * Rational(10) ** power,
        st.integers(1000, 9999),
        st.integers(-6, 5),
    )
    return (
        size if x.is_nonnegative else st.builds(lambda value, turned: -value if turned else value, size, st.booleans())
    )


def main(words: Sequence[str] | None = None) -> int:
    """Search and record; exit status 1 if a margin is negative."""
    from rich.progress import track

    parser = argparse.ArgumentParser(
        prog="python -m proofs.search", description="Search each claim for its smallest margin."
    )
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--examples", type=int, default=10_000)
    chosen = parser.parse_args(words)
    kept = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    negative = False
    for key in track(chosen.keys or blueprint.keys(), description="searching", transient=True):
        found = search(blueprint.statement(key), chosen.examples)
        seen = [part for part in found if part.margin is not None]
        if seen:
            strict = [part for part in seen if not part.equation or part.margin < 0]
            worst = min(strict or seen, key=lambda part: part.margin)
            kept[key] = {
                "examples": chosen.examples,
                "points": sum(part.points for part in found),
                "margin": worst.margin,
                "part": worst.part,
                "at": worst.at,
            }
            negative |= worst.margin < 0
            RECORD.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return int(negative)


if __name__ == "__main__":
    sys.exit(main())
