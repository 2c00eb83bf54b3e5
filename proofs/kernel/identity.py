"""Identity: two expressions are equal because their difference has normal form zero, and no random exact point objects."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Eq
from sympy.logic.boolalg import Boolean

from proofs.kernel.balls import NotEvaluable, decide, evaluate, precision, random_point
from proofs.kernel.certificate import Certificate, Outcome, undecided
from proofs.kernel.normal_form import Hypotheses, vanishes

POINTS = 8


def attack(claim: Boolean, hypotheses: Hypotheses, points: int = POINTS) -> tuple[int, dict | None]:
    """Evaluate a relation at random exact points of its domain: how many were tried, and a point where it fails."""
    tried = 0
    with precision():
        for seed in range(points):
            point = random_point((claim.lhs, claim.rhs), hypotheses, seed)
            if point is None:
                continue
            try:
                holds = decide(claim, point)
            except (NotEvaluable, ZeroDivisionError):
                continue
            tried += 1
            if holds is False:
                gap = evaluate(claim.lhs - claim.rhs, point)
                shown = {str(name): str(value) for name, value in point.items() if not callable(value)}
                return tried, shown | {"left - right": gap.str(8, radius=False)}
    return tried, None


@dataclass(frozen=True, slots=True)
class Identity:
    claim: Boolean
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, Eq):
            return undecided(self.claim, f"an identity is an equation, not {self.claim.func.__name__}")
        tried, witness = attack(self.claim, self.hypotheses)
        trusts = frozenset({"sympy", "arb"} if tried else {"sympy"})
        if witness:
            evidence = "differs at an exact point"
            return Certificate(self.claim, Outcome.REFUTED, evidence, self.hypotheses, frozenset({"arb"}), witness)
        if not vanishes(self.claim.lhs - self.claim.rhs, self.hypotheses):
            return undecided(self.claim, "the difference has no normal form zero", trusts)
        evidence = f"normal form of the difference is zero; no objection at {tried} random exact points"
        return Certificate(self.claim, Outcome.PROVED, evidence, self.hypotheses, trusts)
