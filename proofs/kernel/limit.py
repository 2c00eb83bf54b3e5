"""Limit: f tends to L because |f - L| is below C x^(-r) on a ray, two proved inequalities. No sympy.limit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Ge, Gt, Le, Lt, S, oo
from sympy.logic.boolalg import Boolean

from proofs.algebra.normal_form import vanishes
from proofs.algebra.signs import POSITIVE, is_vanishing_power, sign
from proofs.kernel.certificate import Certificate, Step, follows, require
from theory.statement import Tends


@dataclass(frozen=True, slots=True)
class Limit:
    """`above` proves f <= L + C x^(-r), `below` proves f >= L - C' x^(-r'), for every x beyond some bound free of x
    (towards oo); towards 0+ the powers are positive and the premises hold for every x > 0 below some bound."""

    claim: Boolean
    above: Step
    below: Step
    words: str = ""

    def check(self) -> Certificate:
        require(isinstance(self.claim, Tends), "the claim is no limit")
        f, x, point, limit = self.claim.args
        require(point in (oo, S.Zero), f"limits at {point} are not handled, only at 0+ and infinity")
        require(not limit.has(x) and not x.is_nonpositive, f"{limit} depends on {x}, or {x} does not go to {point}")
        for step, kinds in ((self.above, (Le, Lt)), (self.below, (Ge, Gt))):
            require(
                isinstance(step.claim, kinds) and vanishes(step.claim.lhs - f), f"{step.claim} is no bound on that side"
            )
            require(
                is_vanishing_power(step.claim.rhs - limit, x, point),
                f"{step.claim.rhs - limit} does not vanish as a power",
            )
        proved = follows(self.claim, (self.above, self.below), "squeezed between powers that vanish")
        sides = (Ge, Gt) if point is oo else (Le, Lt)
        for relation in (r for r in proved.domain if r.has(x)):
            ray = relation.lhs == x and not relation.rhs.has(x) and isinstance(relation, sides)
            ray = ray and (point is oo or sign(relation.rhs) == POSITIVE)
            require(ray, f"{relation} does not leave a neighbourhood of {point}")
        return replace(proved, domain=tuple(r for r in proved.domain if not r.has(x)))
