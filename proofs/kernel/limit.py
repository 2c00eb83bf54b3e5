"""Limit: f tends to L because |f - L| is below C x^(-r) on a ray, two proved inequalities; sympy.limit only hints."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Ge, Gt, Le, Lt, S, oo
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Step, checked, merged, undecided
from proofs.kernel.normal_form import vanishes
from theory.statement import Tends


@dataclass(frozen=True, slots=True)
class Limit:
    """`above` proves f <= L + C x^(-r), `below` proves f >= L - C' x^(-r'), for every x beyond some bound free of x
    (towards oo), or f between L -+ C x^r near 0 (point 0, x > 0)."""

    claim: Boolean
    above: Step
    below: Step
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, Tends):
            return undecided(self.claim, "the claim is no limit")
        f, x, point, limit = self.claim.args
        if point not in (oo, S.Zero):
            return undecided(self.claim, f"limits at {point} are not handled, only at 0+ and infinity")
        premises = [checked(self.above), checked(self.below)]
        for step, kinds in ((self.above, (Le, Lt)), (self.below, (Ge, Gt))):
            if not isinstance(step.claim, kinds) or not vanishes(step.claim.lhs - f):
                return undecided(self.claim, f"{step.claim} does not bound the expression from the right side")
            slack = step.claim.rhs - limit
            rate = x * slack.diff(x) / slack if slack != 0 else None
            rate = rate.simplify() if rate is not None else None
            if rate is not None and not (
                rate.is_Rational
                and vanishes(x * slack.diff(x) - rate * slack)
                and (rate < 0 if point is oo else rate > 0)
            ):
                return undecided(self.claim, f"the slack {slack} is no power of {x} that vanishes")
        for relation in (r for premise in premises for r in premise.domain if r.has(x)):
            ray = isinstance(relation, (Ge, Gt)) if relation.lhs == x else False
            near = isinstance(relation, (Le, Lt)) if relation.lhs == x else False
            if relation.rhs.has(x) or not (ray if point is oo else near or relation == Gt(x, 0, evaluate=False)):
                return undecided(self.claim, f"{relation} does not leave a neighbourhood of {point}")
        proved = merged(self.claim, premises, "squeezed between powers that vanish")
        kept = tuple(relation for relation in proved.domain if not relation.has(x))
        return Certificate(proved.claim, proved.outcome, proved.evidence, kept, proved.trusts)
