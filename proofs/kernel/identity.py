"""Identity: two expressions are equal because their difference has normal form zero."""

from dataclasses import dataclass

from sympy import Eq
from sympy.logic.boolalg import Boolean

from proofs.algebra.normal_form import vanishes
from proofs.kernel.certificate import Certificate, Hypotheses, Outcome, require


@dataclass(frozen=True, slots=True)
class Identity:
    claim: Boolean
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        require(isinstance(self.claim, Eq), f"an identity is an equation, not {self.claim.func.__name__}")
        require(vanishes(self.claim.lhs - self.claim.rhs, self.hypotheses), "the difference has no normal form zero")
        return Certificate(self.claim, Outcome.PROVED, "normal form of the difference is zero", self.hypotheses)
