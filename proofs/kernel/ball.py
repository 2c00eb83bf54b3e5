"""Ball: a relation on a bounded box by subdivision in ball arithmetic; Counterexample: a claim fails at an exact point.

A box that the hypotheses do not imply gives ON_BOX, never PROVED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flint import ctx
from sympy import Expr, Ge, Gt, Le, Lt, Symbol
from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import BITS, ball, decide, evaluate, fits, holds, holds_on_box
from proofs.kernel.certificate import SYMPY, Certificate, Hypotheses, Outcome, require
from theory.statement import Follows, Monotone, RootIn

ARB = SYMPY | {"arb"}


@dataclass(frozen=True, slots=True)
class Ball:
    """A relation on `box`, or RootIn: a sign change and a slope of one sign between two exact ends."""

    claim: Boolean
    box: tuple[tuple[Symbol, Expr, Expr], ...] = ()
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        with ctx.workprec(BITS):
            if isinstance(self.claim, RootIn):
                return self._single_root()
            answer, pieces = holds_on_box(self.claim, {x: (low, high) for x, low, high in self.box})
        require(answer is True, f"fails on a piece of the box, or balls still overlap after {pieces} pieces")
        sides = tuple(
            side for x, low, high in self.box for side in (Ge(x, low, evaluate=False), Le(x, high, evaluate=False))
        )
        outcome = Outcome.PROVED if set(sides) <= set(self.hypotheses) else Outcome.ON_BOX
        return Certificate(self.claim, outcome, f"{pieces} pieces in ball arithmetic", (*self.hypotheses, *sides), ARB)

    def _single_root(self) -> Certificate:
        f, x, low, high = self.claim.args
        start, end = (evaluate(f, {x: value}) for value in (low, high))
        rising = start < 0 and end > 0
        require(bool(low < high) and (rising or (start > 0 and end < 0)), f"no change of sign: {start} and {end}")
        slope = (Gt if rising else Lt)(f.diff(x), 0, evaluate=False)
        answer, pieces = holds_on_box(slope, {x: (low, high)})
        require(answer is True, "the sign changes but the slope does not keep its sign")
        return Certificate(self.claim, Outcome.PROVED, f"sign change and one-signed slope on {pieces} pieces", (), ARB)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """`point` is exact, inside the symbols' domain, and satisfies every hypothesis for all values of its free indices;
    for Monotone, `second` is a later value of its variable, where the same holds."""

    claim: Boolean
    point: Mapping[Symbol, Expr] = field(hash=False)
    second: Expr | None = None
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        later = {self.claim.args[1]: self.second} if isinstance(self.claim, Monotone) else {}
        with ctx.workprec(BITS):
            for point in (self.point, {**self.point, **later}):
                require(all(fits(x, value) for x, value in point.items()), "the point is outside the symbols' domain")
                for h in self.hypotheses:
                    require(holds(h, point), f"the point does not provably satisfy {h}")
            values = self._failing()
        witness = {str(x): str(value) for x, value in self.point.items() if not callable(value)} | values
        return Certificate(self.claim, Outcome.REFUTED, "fails at an exact point", self.hypotheses, ARB, witness)

    def _failing(self) -> dict[str, str]:
        if isinstance(self.claim, Monotone):
            f, x, direction = self.claim.args
            first, later = evaluate(f, self.point), evaluate(f, {**self.point, x: self.second})
            require(bool(self.point[x] < self.second), "the second value must be later than the first")
            require((later - first) * int(direction) < 0, "the claim does not provably fail at the point")
            shown = {"value": first, f"{x} later": ball(self.second), "value later": later}
            return {name: value.str(12, radius=False) for name, value in shown.items()}
        relation = self.claim
        if isinstance(self.claim, Follows):
            premise, relation = self.claim.args
            require(decide(premise, self.point) is True, "the premise does not provably hold at the point")
        require(decide(relation, self.point) is False, "the claim does not provably fail at the point")
        return {
            name: evaluate(side, self.point).str(12, radius=False)
            for name, side in zip(("left", "right"), relation.args, strict=True)
        }
