"""The smallest margin that a targeted search finds for each claim: Hypothesis drives, floats steer, balls judge.

    python -m proofs.search [--examples 10000] [--seconds 120] [--jobs N] [KEY ...]      writes proofs/margins.json

The margin of an inequality is (larger - smaller)/(|larger| + |smaller|), from 0 (equality) to 1; that of an equation is
0 where the balls overlap. A negative margin is a counterexample. Every example evaluates all parts in float64; a value
that would be a part's smallest margin, looks violated or is not finite is judged in ball arithmetic, and so is a random
sample; only judged margins are kept. Scalars range over 1e-12 .. 1e12, class counts over 1 .. 50, widths over 1 .. 64.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from os import cpu_count
from pathlib import Path
from typing import Any

from flint import ctx
from hypothesis import HealthCheck, Phase, given, settings, target
from sympy import Eq, Ge, Gt, IndexedBase, Symbol
from sympy.logic.boolalg import Boolean

from proofs import resumable
from proofs.algebra.balls import NoBall, evaluate
from proofs.attack import usual_entries
from proofs.floats import NoFloat
from proofs.floats import margin as steering
from proofs.search_draws import draws
from proofs.search_hypotheses import Hypothesis, Point
from proofs.search_parts import Part, Searchable, standing_for
from proofs.search_points import Domain, Draw
from theory import blueprint
from theory.statement import Statement

RECORD = Path(__file__).with_name("margins.json")
PRECISIONS, CERTAIN = (128, 640), 2.0**-20
FIRST, SAMPLED, BALLS_ALONE = 5, 0.005, 0.1  # judged points of a part: the first, a share; a share where floats fail
VIOLATED = {True: -1e-9, False: -1e-14}  # an equation or an inequality with less looks violated in floats
FAILURES = (NoBall, NoFloat, KeyError, ZeroDivisionError, OverflowError, IndexError)


class _TimeIsUp(BaseException):
    """Ends the run of Hypothesis, which takes every Exception for a failed example."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The search of one claim: examples done and inside, its parts, and why the others were not searched."""

    examples: int
    inside: int
    parts: list[Part]
    not_searched: dict[int, str]

    @property
    def worst(self) -> Part | None:
        """The part with the smallest margin; equations, which have none but 0, only where nothing else was judged."""
        seen = [part for part in self.parts if part.margin is not None]
        strict = [part for part in seen if not part.equation or part.margin < 0]
        return min(strict or seen, key=lambda part: part.margin, default=None)


def search(statement: Statement, examples: int, seconds: float = 600.0, chance: int = 0) -> Searched:
    """Search all parts of the statement's goal that are relations of numbers, in one Hypothesis run."""
    domain, parts, numbers, not_searched = _laid_out(statement)
    if not parts:
        return Searched(len(numbers), len(numbers), numbers, not_searched)
    until, seen, sample = time.monotonic() + seconds, {"examples": 0, "inside": 0}, random.Random(chance)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(HealthCheck),
    )
    @given(draws(domain))
    def probe(draw: Draw) -> None:
        if time.monotonic() > until:
            raise _TimeIsUp
        seen["examples"] += 1
        seen["inside"] += _examined(domain, draw, parts, sample, until)

    with suppress(_TimeIsUp):
        probe()
    for part in parts:
        if not part.points:
            _tried_at_example(part, statement)
    return Searched(seen["examples"], seen["inside"], [*parts, *numbers], not_searched)


def _laid_out(statement: Statement) -> tuple[Domain, list[Part], list[Part], dict[int, str]]:
    """Where points come from, the parts to search, comparisons of two numbers (made here, once), and what is left."""
    stands = {place: standing_for(part) for place, part in enumerate(statement.parts)}
    not_searched = {place: stand for place, stand in stands.items() if isinstance(stand, str)}
    chosen = {place: stand for place, stand in stands.items() if isinstance(stand, Searchable)}
    numbers = [Part(place, s.relation, (), None) for place, s in chosen.items() if not s.relation.free_symbols]
    for part in numbers:
        with suppress(*FAILURES):
            part.margin = margin(part.relation, {})
            part.points = part.judged = int(part.margin is not None)
    chosen = {place: stand for place, stand in chosen.items() if stand.relation.free_symbols}
    own = statement.hypotheses
    more = dict.fromkeys(h for stand in chosen.values() for h in stand.hypotheses(own))
    relations = tuple(stand.relation for stand in chosen.values())
    domain = Domain.of((*statement.parts, *relations), (*own, *more), statement.key)
    parts = [Part(place, s.relation, domain.relevant(s.relation), _steering(s.relation)) for place, s in chosen.items()]
    return domain, parts, numbers, not_searched


def margin(relation: Boolean, exact: Mapping) -> float | None:
    """The relation's relative margin at a point, None where the balls are too wide to tell.

    An equation of two zeros has no relative one: it is 0 if the ball of the difference shrinks with the precision."""
    widths = []
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            left, right = evaluate(relation.lhs, exact), evaluate(relation.rhs, exact)
            gap, size = left - right, abs(left) + abs(right)
            if size.is_zero():
                return 0.0
            share = gap / size
            if share.is_finite() and share.rad() < CERTAIN and not (share.contains(0) and share.rad() > CERTAIN**2):
                if share.contains(0):
                    return 0.0
                value = float(share.mid())
                return -abs(value) if isinstance(relation, Eq) else value if isinstance(relation, (Ge, Gt)) else -value
            widths += [gap.rad()] if gap.is_finite() and gap.contains(0) else []
    shrinks = len(widths) == len(PRECISIONS) and widths[-1] < widths[0] * 2.0**-256
    return 0.0 if isinstance(relation, Eq) and shrinks else None


def _steering(relation: Boolean) -> Callable | None:
    try:
        return steering(relation)
    except NoFloat:
        return None


def _examined(domain: Domain, draw: Draw, parts: list[Part], chance: random.Random, until: float) -> bool:
    """Evaluate every part at the drawn point; whether it is inside the hypotheses of any."""
    try:
        with ctx.workprec(PRECISIONS[-1]):
            point = domain.point(draw)
    except FAILURES:
        return False
    if point is None:
        return False
    holds: dict[int, bool] = {}
    inside = False
    for part in parts:
        if time.monotonic() > until:
            raise _TimeIsUp
        try:
            if all(_holds(h, point, holds) for h in part.hypotheses):
                inside |= _tried(part, point, chance)
        except FAILURES:
            continue
    return inside


def _holds(hypothesis: Hypothesis, point: Point, known: dict[int, bool]) -> bool:
    if id(hypothesis) not in known:
        known[id(hypothesis)] = hypothesis.holds_in_floats(point)
    return known[id(hypothesis)]


def _tried(part: Part, point: Point, chance: random.Random) -> bool:
    """Steer by floats, judge by balls where it matters; whether the point counts as one inside."""
    steered = _steered(part, point)
    luck = chance.random() < (SAMPLED if steered is not None else BALLS_ALONE)
    if steered is None and not luck:
        return False
    finite = steered is not None and abs(steered) <= 1
    if finite and not part.equation:
        target(-steered, label=f"part {part.part}")
    smaller = finite and not part.equation and (part.margin is None or steered < part.margin)
    part.points += 1
    if luck or smaller or not finite or part.points <= FIRST or steered < VIOLATED[part.equation]:
        _judge(part, point)
    return True


def _tried_at_example(part: Part, statement: Statement) -> None:
    """Where no random point is inside the hypotheses: the point that the statement's file gives as one."""
    example = getattr(sys.modules.get(f"theory.statements.{statement.key}"), "EXAMPLE", None)
    if example is None:
        return
    for seed in (1, 2):  # names that no hypothesis speaks of, and indices, are free
        bases = {base: usual_entries(base, seed) for base in part.relation.atoms(IndexedBase)}
        exact = {**bases, **dict.fromkeys(part.relation.free_symbols, seed), **example}
        with suppress(*FAILURES):
            found = margin(part.relation, exact)
            if found is not None and (part.margin is None or found < part.margin):
                part.margin, part.at = found, {str(x): str(v) for x, v in exact.items() if isinstance(x, Symbol)}
                part.judged += 1


def _steered(part: Part, point: Point) -> float | None:
    try:
        return part.steer(point.floats) if part.steer else None
    except NoFloat:
        return None


def _judge(part: Part, point: Point) -> None:
    found = margin(part.relation, point.exact)
    if found is None:
        return
    part.judged += 1
    if (part.margin is None or found < part.margin) and all(h.holds(point) for h in part.hypotheses):
        part.margin, part.at = found, _shown(point, part)


def _shown(point: Point, part: Part) -> dict[str, str]:
    known = {x for h in (part.relation, *(h.relation for h in part.hypotheses)) for x in h.free_symbols}
    values = {x: value for x, value in point.exact.items() if isinstance(x, Symbol) and x in known}
    return {str(x): str(v if isinstance(v, (int, Fraction)) else float(v)) for x, v in values.items()}


def searched(key: str, examples: int, seconds: float) -> dict[str, Any]:
    """The record of one claim."""
    statement = blueprint.statement(key)
    found = search(statement, examples, seconds)
    worst = found.worst
    return {
        "statement": resumable.statement_hash(statement),
        "asked": examples,
        "seconds": seconds,
        "examples": found.examples,
        "points": found.inside,
        "judged": sum(part.judged for part in found.parts),
        "margin": worst.margin if worst else None,
        "part": worst.part if worst else None,
        "at": worst.at if worst else {},
        "parts": [{n: getattr(p, n) for n in ("part", "equation", "points", "judged", "margin")} for p in found.parts],
        "not_searched": {str(place): why for place, why in found.not_searched.items()}
        | {str(p.part): "no point inside the hypotheses at which it has a value" for p in found.parts if not p.judged},
        "at_example_alone": [part.part for part in found.parts if part.judged and not part.points],
        "by_balls_alone": [part.part for part in found.parts if part.steer is None],
    }


def fresh(row: dict[str, Any] | None, key: str, examples: int, seconds: float) -> bool:
    """Whether a recorded search is of the same statement and at least as long as what is asked for."""
    if row is None or row.get("statement") != resumable.statement_hash(blueprint.statement(key)):
        return False
    return row["examples"] >= examples or (row["asked"] >= examples and row["seconds"] >= seconds)


def main(words: Sequence[str] | None = None) -> int:
    """Search and record; exit status 1 if a margin is negative."""
    from rich.console import Console

    parser = argparse.ArgumentParser(
        prog="python -m proofs.search", description="Search each claim for its smallest margin."
    )
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=120.0, help="at most so long for a claim")
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1)
    chosen = parser.parse_args(words)
    kept = resumable.read(RECORD)
    keys = chosen.keys or blueprint.keys()
    missing = [key for key in keys if not fresh(kept.get(key), key, chosen.examples, chosen.seconds)]
    most = len(missing) * chosen.seconds / chosen.jobs / 60
    Console(stderr=True).print(f"{len(missing)} of {len(keys)} claims to search, {most:.0f} minutes at most")
    work = partial(searched, examples=chosen.examples, seconds=chosen.seconds)
    kept = resumable.run(missing, work, RECORD, chosen.jobs, "searching")
    return int(any((kept[key]["margin"] or 0) < 0 for key in keys))


if __name__ == "__main__":
    sys.exit(main())
