"""Smt: a polynomial or rational relation over the reals, by z3: its negation and the hypotheses are unsatisfiable."""

from __future__ import annotations

from dataclasses import dataclass

import z3
from sympy import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import Boolean

from proofs.algebra.solver import term
from proofs.kernel.certificate import SYMPY, Certificate, Hypotheses, Outcome, require

Z3 = SYMPY | {"z3"}
RELATIONS = {Ge: "__ge__", Gt: "__gt__", Le: "__le__", Lt: "__lt__", Eq: "__eq__", Ne: "__ne__"}


@dataclass(frozen=True, slots=True)
class Smt:
    claim: Boolean
    hypotheses: Hypotheses = ()
    words: str = ""
    milliseconds: int = 5000

    def check(self) -> Certificate:
        require(all(r.func in RELATIONS for r in (self.claim, *self.hypotheses)), "only relations are handed to z3")
        symbols, nonzero, solver = {}, [], z3.Solver()
        sides = [[term(a, symbols, nonzero) for a in r.args] for r in (self.claim, *self.hypotheses)]
        goal, *known = (
            getattr(a, RELATIONS[r.func])(b) for (a, b), r in zip(sides, (self.claim, *self.hypotheses), strict=True)
        )
        signs = [z > 0 for x, z in symbols.items() if x.is_positive]
        signs += [z >= int(bool(x.is_positive)) for x, z in symbols.items() if x.is_nonnegative and x.is_integer]
        signs += [z >= 0 for x, z in symbols.items() if x.is_nonnegative]
        solver.set("timeout", self.milliseconds)
        solver.add(z3.Not(goal), *known, *signs, *nonzero)
        answer = solver.check()
        require(answer == z3.unsat, f"z3 answers {answer} to the negation")
        return Certificate(self.claim, Outcome.PROVED, "the negation is unsatisfiable", self.hypotheses, Z3)
