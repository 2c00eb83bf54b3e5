"""Rule: Rocq's kernel proves the statement's whole goal, in the words that proofs/translate.py gives it."""

from dataclasses import dataclass

from sympy.logic.boolalg import Boolean

from proofs import rocq_check as rocq
from proofs.kernel.certificate import Certificate, Outcome, require
from theory import blueprint


@dataclass(frozen=True, slots=True)
class Kernel:
    claim: Boolean
    key: str
    words: str = "by Rocq's kernel"
    compiled: bool = True  # False: the recorded result counts, where it is of these very files

    def check(self) -> Certificate:
        require((said := blueprint.statement(self.key)).goal == self.claim, f"the goal of {self.key} is another claim")
        result = rocq.check(self.key) if self.compiled else rocq.recorded(self.key)
        told = "{theorem}: {status}; {message}".format(**result) if result else f"proofs/rocq/{self.key}.v is missing"
        require(result is not None and result["status"] in rocq.ACCEPTED, told)
        return Certificate(self.claim, Outcome.PROVED, told, said.hypotheses, frozenset(result["trusts"]))
