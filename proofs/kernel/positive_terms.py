"""PositiveTerms: an inequality holds because its gap, rewritten exactly, is a sum of terms that are plainly not negative.

multiplier * (larger - smaller) = sum of `form`, with multiplier > 0 and the sign of each term read off.
VanishingTerms: if that sum is zero, each of its terms is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, Mul, S, Sum
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Outcome, undecided
from proofs.kernel.identity import attack
from proofs.kernel.normal_form import Hypotheses, vanishes
from proofs.kernel.signs import NONNEGATIVE, POSITIVE, sign
from theory.statement import Follows


@dataclass(frozen=True, slots=True)
class PositiveTerms:
    claim: Boolean
    form: tuple[Expr, ...]
    hypotheses: Hypotheses = ()
    multiplier: Expr = S.One
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, (Ge, Gt, Le, Lt)):
            return undecided(self.claim, f"a sign is claimed by an inequality, not {self.claim.func.__name__}")
        tried, witness = attack(self.claim, self.hypotheses)
        if witness:
            return Certificate(
                self.claim, Outcome.REFUTED, "fails at an exact point", self.hypotheses, frozenset({"arb"}), witness
            )
        gap = self.claim.lhs - self.claim.rhs if isinstance(self.claim, (Ge, Gt)) else self.claim.rhs - self.claim.lhs
        if sign(self.multiplier, self.hypotheses) != POSITIVE:
            return undecided(self.claim, f"the multiplier {self.multiplier} is not plainly positive")
        if not vanishes(self.multiplier * gap - Add(*self.form), self.hypotheses):
            return undecided(self.claim, "multiplier times gap is not the given form")
        needed = POSITIVE if isinstance(self.claim, (Gt, Lt)) else NONNEGATIVE
        signs = [sign(term, self.hypotheses) for term in self.form]
        if not all(signs) or max(signs) < needed:
            return undecided(self.claim, f"the sign of {self.form[signs.index(min(signs))]} is not plain")
        trusts = frozenset({"sympy", "arb"} if tried else {"sympy"})
        evidence = f"gap is a sum of {len(signs)} terms of plain sign; no objection at {tried} random exact points"
        return Certificate(self.claim, Outcome.PROVED, evidence, self.hypotheses, trusts)


@dataclass(frozen=True, slots=True)
class VanishingTerms:
    """Follows(Eq(A, B), Eq(C, E)): A - B = form, a sum of nonnegative terms, one of which is `term` = weight (C - E)^power
    for every value of its indices, with weight > 0 there (`where`: hypotheses such as i != j that make a delta vanish)."""

    claim: Boolean
    form: Expr
    term: Expr
    weight: Expr
    power: int
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        if not (isinstance(self.claim, Follows) and all(isinstance(part, Eq) for part in self.claim.args)):
            return undecided(self.claim, "the claim is not of the form: equation implies equation")
        premise, conclusion = self.claim.args
        if not vanishes(premise.lhs - premise.rhs - self.form, self.hypotheses):
            return undecided(self.claim, "the premise's gap is not the given form")
        if any(sign(part, self.hypotheses) < NONNEGATIVE for part in Add.make_args(self.form)):
            return undecided(self.claim, "the form has a term without a plain sign")
        if self.term not in _terms(self.form):
            return undecided(self.claim, f"{self.term} is no term of the form")
        if sign(self.weight, self.hypotheses) != POSITIVE:
            return undecided(self.claim, f"the weight {self.weight} is not plainly positive")
        body = self.weight * (conclusion.lhs - conclusion.rhs) ** self.power
        if self.power not in (1, 2) or not vanishes(_bodied(self.term) - body, self.hypotheses):
            return undecided(self.claim, "the term is not the weight times a power of the conclusion's gap")
        return Certificate(
            self.claim, Outcome.PROVED, f"a vanishing sum of nonnegative terms: {self.form}", self.hypotheses
        )


def _terms(form: Expr) -> list[Expr]:
    return list(Add.make_args(form))


def _bodied(term: Expr) -> Expr:
    """The summand of a (multiple of a) sum with its bound names freed: an arbitrary index."""
    coefficient, total = term.as_coeff_Mul() if isinstance(term, Mul) else (S.One, term)
    return coefficient * total.function if isinstance(total, Sum) else term
