"""SymmetricAlgebra: an equation between matrices a I + b J of symbolic size K, or between traces, entries and ranks of
such, holds because both sides have the same coordinates in the basis (I, J)."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Eq, Expr, S
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixExpr

from proofs.algebra.normal_form import vanishes
from proofs.algebra.symmetric import coordinates, scalar
from proofs.kernel.certificate import Certificate, Hypotheses, Outcome, require


@dataclass(frozen=True, slots=True)
class SymmetricAlgebra:
    claim: Boolean
    size: Expr
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        require(isinstance(self.claim, Eq), f"an identity is an equation, not {self.claim.func.__name__}")
        (a, b), (c, e) = left, right = [self._normal(side) for side in self.claim.args]
        same = (b is None) == (e is None) and all(
            vanishes(x - y, self.hypotheses) for x, y in ((a, c), (b or S.Zero, e or S.Zero))
        )
        require(same, f"sides are {left} and {right} in the basis (I, J)")
        return Certificate(self.claim, Outcome.PROVED, f"both sides are {left} in the basis (I, J)", self.hypotheses)

    def _normal(self, side: Expr) -> tuple:
        return (
            coordinates(side, self.size)
            if isinstance(side, MatrixExpr)
            else (scalar(side, self.size, self.hypotheses), None)
        )
