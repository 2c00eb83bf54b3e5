"""Smt: a polynomial or rational relation over the reals, by z3: its negation together with the hypotheses is unsatisfiable."""

from __future__ import annotations

from dataclasses import dataclass

import z3
from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, Mul, Ne, Pow, Rational, Symbol
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Outcome, undecided
from proofs.kernel.normal_form import Hypotheses

TRUSTS = frozenset({"sympy", "z3"})
RELATIONS = {Ge: "__ge__", Gt: "__gt__", Le: "__le__", Lt: "__lt__", Eq: "__eq__", Ne: "__ne__"}


class NotPolynomial(ValueError):
    pass


class Translation:
    """SymPy to z3 over the reals; every denominator is recorded as nonzero."""

    def __init__(self) -> None:
        self.symbols: dict[Symbol, z3.ArithRef] = {}
        self.nonzero: list[z3.BoolRef] = []

    def term(self, expr: Expr):
        if isinstance(expr, Rational):
            return z3.Q(int(expr.p), int(expr.q))
        if expr.is_Symbol:
            return self.symbols.setdefault(expr, z3.Real(expr.name))
        if isinstance(expr, Add):
            return z3.Sum([self.term(a) for a in expr.args])
        if isinstance(expr, Mul):
            return z3.Product([self.term(a) for a in expr.args])
        if isinstance(expr, Pow) and expr.exp.is_Integer:
            base = self.term(expr.base)
            if expr.exp < 0:
                self.nonzero.append(base != 0)
            power = z3.Product([base] * abs(int(expr.exp)))
            return power if expr.exp > 0 else 1 / power
        raise NotPolynomial(f"{expr} is not rational in its symbols")

    def relation(self, relation: Boolean):
        return getattr(self.term(relation.lhs), RELATIONS[relation.func])(self.term(relation.rhs))

    def signs(self) -> list[z3.BoolRef]:
        positive = [z > 0 for x, z in self.symbols.items() if x.is_positive]
        whole = [z >= 1 for x, z in self.symbols.items() if x.is_positive and x.is_integer]
        return positive + whole + [z >= 0 for x, z in self.symbols.items() if x.is_nonnegative]


@dataclass(frozen=True, slots=True)
class Smt:
    claim: Boolean
    hypotheses: Hypotheses = ()
    words: str = ""
    milliseconds: int = 5000

    def check(self) -> Certificate:
        translation, solver = Translation(), z3.Solver()
        solver.set("timeout", self.milliseconds)
        try:
            negation = z3.Not(translation.relation(self.claim))
            premises = [translation.relation(h) for h in self.hypotheses]
        except (NotPolynomial, KeyError, AttributeError) as error:
            return undecided(self.claim, f"not polynomial arithmetic: {error}", TRUSTS)
        solver.add(negation, *premises, *translation.signs(), *translation.nonzero)
        answer = solver.check()
        if answer == z3.unsat:
            return Certificate(self.claim, Outcome.PROVED, "the negation is unsatisfiable", self.hypotheses, TRUSTS)
        if answer == z3.sat and not any(x.is_integer for x in translation.symbols):
            model = solver.model()
            witness = {x.name: str(model.eval(z, model_completion=True)) for x, z in translation.symbols.items()}
            return Certificate(self.claim, Outcome.REFUTED, "z3 found a point", self.hypotheses, TRUSTS, witness)
        return undecided(self.claim, f"z3 answers {answer}", TRUSTS)
