"""Rule: Rocq's kernel proves the statement's whole goal, in the words that proofs/translate.py gives it."""

from dataclasses import dataclass

from sympy.logic.boolalg import Boolean

from proofs import rocq_check
from proofs.kernel.certificate import Certificate, Outcome, require
from theory import blueprint


@dataclass(frozen=True, slots=True)
class Kernel:
    claim: Boolean
    key: str
    words: str = "by Rocq's kernel"

    def check(self) -> Certificate:
        statement, result = blueprint.statement(self.key), rocq_check.check(self.key)
        require(statement.goal == self.claim, f"the goal of {self.key} is another claim")
        require(result is not None, f"proofs/rocq/{self.key}.v is missing")
        evidence = f"{result['theorem']}: {result['status']}; {result['message']}"
        require(result["status"] in rocq_check.ACCEPTED, evidence)
        return Certificate(self.claim, Outcome.PROVED, evidence, statement.hypotheses, frozenset(result["trusts"]))
