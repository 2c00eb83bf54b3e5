"""PositiveTerms: an inequality holds because its gap, rewritten exactly, is a sum of terms plainly not negative.

multiplier * (larger - smaller) = sum of `form`, with multiplier > 0 and the sign of each term read off.
VanishingTerms: if such a sum is zero, each of its terms is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, S, Sum
from sympy.logic.boolalg import Boolean

from proofs.algebra.normal_form import vanishes
from proofs.algebra.signs import POSITIVE, sign
from proofs.kernel.certificate import Certificate, Hypotheses, Outcome, require
from theory.statement import Follows


def gap(relation: Boolean) -> Expr:
    """Larger minus smaller side of an inequality."""
    require(isinstance(relation, (Ge, Gt, Le, Lt)), f"an inequality is needed, not {relation.func.__name__}")
    return relation.lhs - relation.rhs if isinstance(relation, (Ge, Gt)) else relation.rhs - relation.lhs


@dataclass(frozen=True, slots=True)
class PositiveTerms:
    claim: Boolean
    form: tuple[Expr, ...]
    hypotheses: Hypotheses = ()
    multiplier: Expr = S.One
    words: str = ""

    def check(self) -> Certificate:
        rest = self.multiplier * gap(self.claim) - Add(*self.form)
        require(sign(self.multiplier, self.hypotheses) == POSITIVE, f"{self.multiplier} is not plainly positive")
        require(vanishes(rest, self.hypotheses), "multiplier times gap is not the given form")
        signs = [sign(term, self.hypotheses) for term in self.form]
        require(all(signs), f"the sign of {self.form[signs.index(min(signs))]} is not plain")
        strict = isinstance(self.claim, (Gt, Lt))
        require(not strict or POSITIVE in signs, "no term is plainly positive, so the inequality is not shown strict")
        return Certificate(
            self.claim, Outcome.PROVED, f"gap is a sum of {len(signs)} terms of plain sign", self.hypotheses
        )


@dataclass(frozen=True, slots=True)
class VanishingTerms:
    """Follows(Eq(A, B), Eq(C, E)): A - B = form is a sum of nonnegative terms; the (summand of the) form's `term` is
    weight (C - E)^power for every value of its indices, with weight > 0 and power 1 or 2."""

    claim: Boolean
    form: Expr
    term: Expr
    weight: Expr
    power: int
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        equations = isinstance(self.claim, Follows) and all(isinstance(part, Eq) for part in self.claim.args)
        require(equations, "the claim is not of the form: equation implies equation")
        premise, conclusion = self.claim.args
        terms = Add.make_args(self.form)
        require(vanishes(premise.lhs - premise.rhs - self.form, self.hypotheses), "the premise's gap is not the form")
        require(all(sign(term, self.hypotheses) for term in terms), "the form has a term without a plain sign")
        require(self.term in terms and self.power in (1, 2), f"{self.term} is no term of the form")
        require(sign(self.weight, self.hypotheses) == POSITIVE, f"the weight {self.weight} is not plainly positive")
        factor, total = self.term.as_coeff_Mul()
        summand = factor * total.function if isinstance(total, Sum) else self.term
        from_one = not isinstance(total, Sum) or all(low == 1 for _, low, _ in total.limits)
        require(
            sign(summand, self.hypotheses) > 0 and from_one, "a summand has no plain sign, or its index skips values"
        )
        body = self.weight * (conclusion.lhs - conclusion.rhs) ** self.power
        require(
            vanishes(summand - body, self.hypotheses), "the term is not weight times a power of the conclusion's gap"
        )
        return Certificate(self.claim, Outcome.PROVED, "a vanishing sum of nonnegative terms", self.hypotheses)
