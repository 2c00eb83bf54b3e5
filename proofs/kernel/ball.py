"""Ball: an inequality on a bounded box by subdivision in ball arithmetic; Counterexample: a claim fails at an exact point.

A box that the hypotheses do not imply gives ON_BOX, never PROVED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flint import arb
from sympy import Eq, Expr, Ge, Le, Symbol
from sympy.logic.boolalg import Boolean

from proofs.kernel.balls import ball, decide, evaluate, precision
from proofs.kernel.certificate import Certificate, Outcome, undecided
from proofs.kernel.normal_form import Hypotheses
from theory.statement import Follows, Monotone, RootIn

ARB = frozenset({"sympy", "arb"})
PIECES = 20_000


def holds_on_box(relation: Boolean, box: Mapping[Symbol, tuple], pieces: int = PIECES) -> tuple[bool | None, int]:
    """Whether the relation holds on the whole box, fails on a whole piece of it, or is undecided within `pieces`."""
    queue, done = [{x: (ball(low), ball(high)) for x, (low, high) in box.items()}], 0
    while queue:
        piece, done = queue.pop(), done + 1
        answer = decide(relation, {x: low.union(high) for x, (low, high) in piece.items()})
        if answer is False or (answer is None and (done >= pieces or not piece)):
            return answer, done
        if answer is None:
            widest = max(piece, key=lambda x: float((piece[x][1] - piece[x][0]).mid()))
            low, high = piece[widest]
            middle = arb(((low + high) / 2).mid())
            queue += [{**piece, widest: (low, middle)}, {**piece, widest: (middle, high)}]
    return True, done


@dataclass(frozen=True, slots=True)
class Ball:
    claim: Boolean
    box: tuple[tuple[Symbol, Expr, Expr], ...] = ()
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        with precision():
            if isinstance(self.claim, RootIn):
                return self._single_root()
            answer, pieces = holds_on_box(self.claim, {x: (low, high) for x, low, high in self.box})
        if answer is None:
            return undecided(self.claim, f"balls still overlap after {pieces} pieces", ARB)
        if answer is False:
            return Certificate(self.claim, Outcome.REFUTED, "fails on a whole piece of the box", self.hypotheses, ARB)
        sides = tuple(
            side for x, low, high in self.box for side in (Ge(x, low, evaluate=False), Le(x, high, evaluate=False))
        )
        outcome = Outcome.PROVED if set(sides) <= set(self.hypotheses) else Outcome.ON_BOX
        return Certificate(self.claim, outcome, f"{pieces} pieces in ball arithmetic", (*self.hypotheses, *sides), ARB)

    def _single_root(self) -> Certificate:
        f, x, low, high = self.claim.args
        ends = [evaluate(f, {x: end}) for end in (low, high)]
        if not (low < high and ((ends[0] < 0 and ends[1] > 0) or (ends[0] > 0 and ends[1] < 0))):
            return undecided(self.claim, f"no change of sign: {ends[0].str(6)} and {ends[1].str(6)}", ARB)
        zero = ball(0)
        slope = Ge(f.diff(x), 0, evaluate=False) if ends[1] > zero else Le(f.diff(x), 0, evaluate=False)
        monotone, pieces = holds_on_box(slope.func(slope.lhs, slope.rhs, evaluate=False), {x: (low, high)})
        if not monotone:
            return undecided(self.claim, "the sign changes but the slope does not keep its sign", ARB)
        return Certificate(self.claim, Outcome.PROVED, f"sign change and one-signed slope on {pieces} pieces", (), ARB)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """`point` is exact and satisfies every hypothesis; for Monotone, `second` is a later value of its variable."""

    claim: Boolean
    point: Mapping[Symbol, Expr] = field(hash=False)
    second: Expr | None = None
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        with precision():
            for h in self.hypotheses:
                if decide(h, self.point) is not True:
                    return undecided(self.claim, f"the point does not provably satisfy {h}", ARB)
            failing = self._failing()
        if failing is None:
            return undecided(self.claim, "the claim does not provably fail at the point", ARB)
        witness = {str(x): str(value) for x, value in self.point.items() if not callable(value)} | failing
        return Certificate(self.claim, Outcome.REFUTED, "fails at an exact point", self.hypotheses, ARB, witness)

    def _failing(self) -> dict[str, str] | None:
        if isinstance(self.claim, Monotone):
            f, x, direction = self.claim.args
            if not self.point[x] < self.second:
                return None
            first, later = evaluate(f, self.point), evaluate(f, {**self.point, x: self.second})
            rise = (later - first) * int(direction)
            shown = {
                f"{x} later": str(self.second),
                "value": first.str(12, radius=False),
                "value later": later.str(12, radius=False),
            }
            return shown if rise < 0 else None
        if isinstance(self.claim, Follows):
            premise, conclusion = self.claim.args
            return {} if decide(premise, self.point) and decide(conclusion, self.point) is False else None
        if decide(self.claim, self.point) is not False:
            return None
        sides = [evaluate(side, self.point).str(12, radius=False) for side in self.claim.args]
        return {"left": sides[0], "right": sides[1]} if not isinstance(self.claim, Eq) or sides else None
