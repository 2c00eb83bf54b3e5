"""Rules from one-variable calculus: a function with f(start) >= 0 that does not fall stays >= 0; one sign change of the
slope makes one peak; a slope of one sign makes a monotone function. Each insists on a smooth expression in a real
variable, defined (`follows`) wherever the conclusion speaks of it."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Ge, Gt, Lt, S, Symbol, Tuple, oo
from sympy.logic.boolalg import Boolean

from proofs.algebra.normal_form import vanishes
from proofs.algebra.signs import POSITIVE, sign, smooth, undefined
from proofs.kernel.certificate import Certificate, Hypotheses, Step, follows, require
from proofs.kernel.positive_terms import gap
from theory.statement import Monotone, SinglePeak


@dataclass(frozen=True, slots=True)
class GrowsFromStart:
    """f >= 0 for variable >= start: `at_start` proves f(start) >= 0, `slope` f' >= 0. Strict if the start is."""

    claim: Boolean
    variable: Symbol
    start: Expr
    at_start: Step
    slope: Step
    words: str = ""

    def check(self) -> Certificate:
        f, x = gap(self.claim), self.variable
        inside = not x.is_nonpositive and (self.start.is_nonnegative or x.is_nonnegative is None)
        require(smooth(f, x) and not self.start.has(x) and inside, "no smooth function from a start in its domain")
        begins = vanishes(gap(self.at_start.claim) - f.subs(x, self.start))
        require(begins and vanishes(gap(self.slope.claim) - f.diff(x)), "start or slope belong to another function")
        strict = isinstance(self.claim, (Gt, Lt))
        require(not strict or isinstance(self.at_start.claim, (Gt, Lt)), "a strict conclusion needs a strict start")
        ray = (Ge(x, self.start, evaluate=False),)
        proved = follows(self.claim, (self.at_start, self.slope), f"grows from {x} = {self.start}", ray)
        narrower = [r for r in proved.domain if r.has(x) and not (r.lhs == x and r.rhs == self.start)]
        require(not narrower, f"the slope is known on a part of the ray only: {narrower}")
        require(undefined(self.claim, proved.domain) is None, "the function may be undefined on the ray")
        return proved


@dataclass(frozen=True, slots=True)
class SlopeSign:
    """Monotone(f, x, direction) from a step that proves direction * f' >= 0."""

    claim: Boolean
    slope: Step
    words: str = ""

    def check(self) -> Certificate:
        require(isinstance(self.claim, Monotone), "the claim is no monotonicity")
        f, x, direction = self.claim.args
        require(smooth(f, x), f"{f} may not be smooth in {x}, or {x} is no real variable")
        require(direction in (1, -1), f"the direction is {direction}, must be 1 or -1")
        require(vanishes(gap(self.slope.claim) - direction * f.diff(x)), "the inequality is not about this slope")
        proved = follows(self.claim, (self.slope,), "the slope keeps its sign")
        plain = (x, 1 / x) if x.is_positive else (x,)
        sides = [r.args if r.lhs in plain else r.args[::-1] for r in proved.domain if r.has(x)]
        require(all(a in plain and not b.has(x) for a, b in sides), f"the domain may be more than one interval of {x}")
        require(undefined(f, proved.domain) is None, f"{f} may be undefined")
        return proved


@dataclass(frozen=True, slots=True)
class OnePeak:
    """SinglePeak(f, x, 0, oo): f' = factor (1 - psi), factor > 0, psi' > 0, psi(near) < 1 < psi(far), near, far > 0."""

    claim: Boolean
    psi: Expr
    near: Expr
    far: Expr
    factor: Step
    rises: Step
    low: Step
    high: Step
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        require(
            isinstance(self.claim, SinglePeak) and self.claim.args[2:] == (S.Zero, oo), "no peak on the positive ray"
        )
        f, x = self.claim.args[:2]
        require(smooth(f, x) and smooth(self.psi, x) and not x.is_nonpositive, "f and psi may not be smooth on the ray")
        steps = (self.factor, self.rises, self.low, self.high)
        require(all(isinstance(step.claim, (Gt, Lt)) for step in steps), "four strict inequalities are needed")
        positive = all(sign(point, self.hypotheses) == POSITIVE for point in (self.near, self.far))
        require(positive and not (self.near.has(x) or self.far.has(x)), "near and far must be positive and free of x")
        factor, *shown = (gap(step.claim) for step in steps)
        due = (f.diff(x), self.psi.diff(x), 1 - self.psi.subs(x, self.near), self.psi.subs(x, self.far) - 1)
        pairs = zip(due, (factor * (1 - self.psi), *shown), strict=True)
        require(
            all(vanishes(a - b, self.hypotheses) for a, b in pairs),
            "the slope is not factor (1 - psi), or a step differs",
        )
        proved = follows(self.claim, steps, "psi crosses 1 exactly once", self.hypotheses)
        require(not any(r.has(x) for r in proved.domain), "a premise holds on a part of the ray only")
        require(undefined(Tuple(f, self.psi), proved.domain) is None, "f or psi may be undefined")
        return proved
