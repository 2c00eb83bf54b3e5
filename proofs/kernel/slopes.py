"""Rules from one-variable calculus: a function with f(start) >= 0 that does not fall stays >= 0; one sign change of the
slope makes one peak; a slope of one sign makes a monotone function. Expressions are smooth on their stated domain."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Ge, Gt, Le, Lt, S, Symbol, oo
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Step, checked, merged, undecided
from proofs.kernel.normal_form import vanishes
from proofs.kernel.signs import POSITIVE, sign
from theory.statement import Monotone, SinglePeak


def _gap(relation: Boolean) -> Expr | None:
    if isinstance(relation, (Ge, Gt)):
        return relation.lhs - relation.rhs
    return relation.rhs - relation.lhs if isinstance(relation, (Le, Lt)) else None


@dataclass(frozen=True, slots=True)
class GrowsFromStart:
    """f >= 0 (or > 0) for variable >= start (> start when strict): `at_start` proves f(start) >= 0, `slope` f' >= 0 (> 0)."""

    claim: Boolean
    variable: Symbol
    start: Expr
    at_start: Step
    slope: Step
    words: str = ""

    def check(self) -> Certificate:
        f, x, strict = _gap(self.claim), self.variable, isinstance(self.claim, (Gt, Lt))
        begin, rise = _gap(self.at_start.claim), _gap(self.slope.claim)
        if f is None or begin is None or rise is None:
            return undecided(self.claim, "claim, start and slope must be inequalities")
        if not vanishes(begin - f.subs(x, self.start)) or not vanishes(rise - f.diff(x)):
            return undecided(self.claim, "start or slope belong to another function")
        starts, slopes = (isinstance(step.claim, (Gt, Lt)) for step in (self.at_start, self.slope))
        if strict and not (starts or slopes):
            return undecided(self.claim, "a strict conclusion needs a strict start or slope")
        proved = merged(self.claim, [checked(self.at_start), checked(self.slope)], f"grows from {x} = {self.start}")
        ray = (Gt if strict and not starts else Ge)(x, self.start, evaluate=False)
        return Certificate(self.claim, proved.outcome, proved.evidence, (*proved.domain, ray), proved.trusts)


@dataclass(frozen=True, slots=True)
class SlopeSign:
    """Monotone(f, x, direction) from a step that proves direction * f' >= 0."""

    claim: Boolean
    slope: Step
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, Monotone) or (rise := _gap(self.slope.claim)) is None:
            return undecided(self.claim, "needs a monotonicity claim and an inequality for the slope")
        f, x, direction = self.claim.args
        if not vanishes(rise - direction * f.diff(x)):
            return undecided(self.claim, "the inequality is not about this slope")
        return merged(self.claim, [checked(self.slope)], "the slope keeps its sign")


@dataclass(frozen=True, slots=True)
class OnePeak:
    """SinglePeak(f, x, 0, oo): f' = factor (1 - psi), factor > 0, psi' > 0, psi(near) < 1 < psi(far) for near, far > 0."""

    claim: Boolean
    psi: Expr
    near: Expr
    far: Expr
    factor: Step
    rises: Step
    low: Step
    high: Step
    hypotheses: tuple[Boolean, ...] = ()
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, SinglePeak) or self.claim.args[2:] != (S.Zero, oo):
            return undecided(self.claim, "the claim is not a single peak on the positive ray")
        f, x = self.claim.args[:2]
        steps = (self.factor, self.rises, self.low, self.high)
        gaps = [_gap(step.claim) for step in steps if isinstance(step.claim, (Gt, Lt))]
        if len(gaps) < 4 or min(sign(point, self.hypotheses) for point in (self.near, self.far)) < POSITIVE:
            return undecided(self.claim, "needs four strict inequalities and two positive points")
        due = (f.diff(x), self.psi.diff(x), 1 - self.psi.subs(x, self.near), self.psi.subs(x, self.far) - 1)
        shown = (gaps[0] * (1 - self.psi), *gaps[1:])
        if not all(vanishes(a - b, self.hypotheses) for a, b in zip(due, shown, strict=True)):
            return undecided(self.claim, "the slope is not factor (1 - psi), or a step is about another function")
        proved = merged(self.claim, [checked(step) for step in steps], "psi crosses 1 exactly once")
        domain = (*(r for r in proved.domain if r != Gt(x, 0, evaluate=False)), *self.hypotheses)
        if any(r.has(x) for r in domain):
            return undecided(self.claim, "a premise holds on a part of the ray only")
        return Certificate(self.claim, proved.outcome, proved.evidence, domain, proved.trusts)
