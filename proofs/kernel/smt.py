"""Smt: a polynomial or rational relation over the reals, by z3: its negation and the hypotheses are unsatisfiable."""

from __future__ import annotations

from dataclasses import dataclass

import z3
from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, Mul, Ne, Pow, Rational, Symbol
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import SYMPY, Certificate, Hypotheses, Outcome, Unproved, require

Z3 = SYMPY | {"z3"}
RELATIONS = {Ge: "__ge__", Gt: "__gt__", Le: "__le__", Lt: "__lt__", Eq: "__eq__", Ne: "__ne__"}


def term(expr: Expr, symbols: dict[Symbol, z3.ArithRef], nonzero: list) -> z3.ArithRef:
    """The expression over z3 reals; every denominator is recorded as nonzero."""
    if isinstance(expr, Rational):
        return z3.Q(int(expr.p), int(expr.q))
    if expr.is_Symbol:
        return symbols.setdefault(expr, z3.Real(f"{expr.name}.{len(symbols)}"))
    if isinstance(expr, (Add, Mul)):
        return (z3.Sum if isinstance(expr, Add) else z3.Product)([term(a, symbols, nonzero) for a in expr.args])
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        base = term(expr.base, symbols, nonzero)
        power = z3.Product([base] * abs(int(expr.exp)))
        nonzero += [base != 0] if expr.exp < 0 else []
        return power if expr.exp > 0 else 1 / power
    raise Unproved(f"{expr} is not rational in its symbols")


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
        if answer == z3.unsat:
            return Certificate(self.claim, Outcome.PROVED, "the negation is unsatisfiable", self.hypotheses, Z3)
        require(answer == z3.sat and not any(x.is_integer for x in symbols), f"z3 answers {answer}")
        model = solver.model()
        witness = {x.name: str(model.eval(z, model_completion=True)) for x, z in symbols.items()}
        return Certificate(self.claim, Outcome.REFUTED, "z3 found a point", self.hypotheses, Z3, witness)
