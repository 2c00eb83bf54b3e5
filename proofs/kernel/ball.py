"""Ball: a relation on a bounded box by subdivision in ball arithmetic; Counterexample: a claim fails at an exact point.

Every value is an Arb ball that provably contains the true one; a comparison of overlapping balls is None (undecided),
never False. A box that the hypotheses do not imply gives ON_BOX, never PROVED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import prod

from flint import arb, ctx, fmpq
from sympy import (
    Abs,
    Add,
    Derivative,
    Ei,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
)
from sympy import Pow, Rational, Sum, Symbol, cosh, exp, log, pi, sinh, tanh
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import SYMPY, Certificate, Hypotheses, Outcome, Unproved, require
from theory.statement import Follows, Monotone, RootIn

ARB = SYMPY | {"arb"}
BITS, PIECES = 256, 20_000
FUNCTIONS = {exp: arb.exp, log: arb.log, Ei: arb.ei, Abs: abs, sinh: arb.sinh, cosh: arb.cosh, tanh: arb.tanh}


def ball(value) -> arb:
    if isinstance(value, arb):
        return value
    value = Fraction(int(value.p), int(value.q)) if isinstance(value, Rational) else Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def evaluate(expr: Expr, point: Mapping) -> arb:
    """The ball of `expr`; `point` maps symbols to exact numbers or balls, and indexed bases to functions of indices."""
    if expr in point or isinstance(expr, Rational):
        return ball(point.get(expr, expr))
    if isinstance(expr, (Add, Mul)):
        values = [evaluate(a, point) for a in expr.args]
        return sum(values, arb(0)) if isinstance(expr, Add) else prod(values, start=arb(1))
    if isinstance(expr, Pow):
        base, power = evaluate(expr.base, point), expr.exp
        if isinstance(power, Integer):
            return base ** int(power)
        return base.sqrt() ** int(2 * power) if power.is_Rational and power.q == 2 else base ** evaluate(power, point)
    if isinstance(expr, Derivative):
        return evaluate(reduce(lambda f, variable: f.diff(variable), expr.variables, expr.expr), point)
    if isinstance(expr, Sum):
        *inner, (index, low, high) = expr.limits
        body = Sum(expr.function, *inner) if inner else expr.function
        span = range(integer(low, point), integer(high, point) + 1)
        return sum((evaluate(body, {**point, index: value}) for value in span), arb(0))
    if isinstance(expr, KroneckerDelta):
        return arb(int(integer(expr.args[0], point) == integer(expr.args[1], point)))
    if isinstance(expr, Indexed) and expr.base in point:
        return ball(point[expr.base](*(integer(x, point) for x in expr.indices)))
    if isinstance(expr, (Max, Min)):
        return reduce(arb.max if isinstance(expr, Max) else arb.min, (evaluate(a, point) for a in expr.args))
    require(expr.func in FUNCTIONS or expr is pi, f"{expr} has no ball; give a value for it")
    return arb.pi() if expr is pi else FUNCTIONS[expr.func](evaluate(expr.args[0], point))


def integer(expr: Expr, point: Mapping) -> int:
    value = expr.subs({s: int(point[s]) for s in expr.free_symbols if isinstance(point.get(s), int)})
    require(bool(value.is_Integer), f"index or bound {expr} is {value}, must be an integer at the point")
    return int(value)


def decide(relation: Boolean, point: Mapping) -> bool | None:
    """True or False when the balls prove it at the point, None when they overlap."""
    gap = evaluate(relation.lhs, point) - evaluate(relation.rhs, point)
    above, below, zero = gap > 0, gap < 0, gap.is_zero()
    verdicts = {Gt: (above, below or zero), Ge: (above or zero, below), Lt: (below, above or zero)}
    verdicts |= {Le: (below or zero, above), Eq: (zero, above or below), Ne: (above or below, zero)}
    true, false = verdicts.get(relation.func, (False, False)) if gap.is_finite() else (False, False)
    return True if true else False if false else None


def holds_on_box(relation: Boolean, box: Mapping[Symbol, tuple]) -> tuple[bool | None, int]:
    """Whether the relation holds on the whole box, fails on a whole piece of it, or is undecided after PIECES pieces."""
    queue, done = [{x: (ball(low), ball(high)) for x, (low, high) in box.items()}], 0
    while queue:
        piece, done = queue.pop(), done + 1
        answer = decide(relation, {x: low.union(high) for x, (low, high) in piece.items()})
        if answer is False or (answer is None and (done >= PIECES or not piece)):
            return answer, done
        if answer is None:
            widest = max(piece, key=lambda x: float((piece[x][1] - piece[x][0]).mid()))
            low, high = piece[widest]
            middle = arb(((low + high) / 2).mid())
            queue += [{**piece, widest: (low, middle)}, {**piece, widest: (middle, high)}]
    return True, done


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
        if answer is False:
            return Certificate(self.claim, Outcome.REFUTED, "fails on a whole piece of the box", self.hypotheses, ARB)
        require(answer is True, f"balls still overlap after {pieces} pieces")
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
    """`point` is exact and satisfies every hypothesis; for Monotone, `second` is a later value of its variable."""

    claim: Boolean
    point: Mapping[Symbol, Expr] = field(hash=False)
    second: Expr | None = None
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        with ctx.workprec(BITS):
            for h in self.hypotheses:
                require(decide(h, self.point) is True, f"the point does not provably satisfy {h}")
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
            for name, side in zip(("left", "right"), relation.args)
        }


__all__ = ["Ball", "Counterexample", "Unproved", "ball", "decide", "evaluate", "integer"]
