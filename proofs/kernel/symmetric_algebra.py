"""SymmetricAlgebra: matrices a I + b J of symbolic size K multiply inside a two-dimensional algebra.

(a I + b J)(a' I + b' J) = a a' I + (a b' + b a' + K b b') J; eigenvalues a (K - 1 times) and a + K b (once).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from sympy import (
    Add,
    Eq,
    Expr,
    Identity,
    KroneckerDelta,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    OneMatrix,
    Pow,
    S,
    Trace,
    Transpose,
    ZeroMatrix,
)
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from proofs.kernel.certificate import Certificate, Outcome, undecided
from proofs.kernel.normal_form import Hypotheses, vanishes
from proofs.kernel.signs import POSITIVE, sign
from theory.objects.matrices import Rank


class OutsideAlgebra(ValueError):
    """Not of the form a I + b J, a multiple of the all-ones column, or a scalar made of such matrices."""


def coordinates(matrix: MatrixExpr, size: Expr) -> tuple[Expr, Expr]:
    """(a, b) of a I + b J; a column v 1 is (v, None)."""
    if isinstance(matrix, Identity):
        return S.One, S.Zero
    if isinstance(matrix, (OneMatrix, ZeroMatrix)):
        value = S.One if isinstance(matrix, OneMatrix) else S.Zero
        return (value, None) if matrix.shape == (size, 1) else (S.Zero, value)
    if isinstance(matrix, Transpose) and matrix.arg.shape == (size, size):
        return coordinates(matrix.arg, size)
    if isinstance(matrix, MatAdd):
        parts = [coordinates(term, size) for term in matrix.args]
        if len({b is None for _, b in parts}) > 1:
            raise OutsideAlgebra(f"{matrix} adds a column to a square matrix")
        return Add(*(a for a, _ in parts)), None if parts[0][1] is None else Add(*(b for _, b in parts))
    if isinstance(matrix, MatPow) and matrix.exp.is_Integer and matrix.exp > 0:
        return coordinates(MatMul(*[matrix.base] * int(matrix.exp), evaluate=False), size)
    if isinstance(matrix, (MatMul, Mul)):
        scalars = [f for f in matrix.args if not isinstance(f, MatrixExpr)]
        a, b = reduce(
            lambda x, y: _times(x, y, size), (coordinates(f, size) for f in matrix.args if isinstance(f, MatrixExpr))
        )
        return Mul(*scalars, a), None if b is None else Mul(*scalars, b)
    raise OutsideAlgebra(f"{matrix} is not a I + b J")


def _times(left: tuple, right: tuple, size: Expr) -> tuple:
    (a, b), (c, e) = left, right
    if b is None:
        raise OutsideAlgebra("a column stands to the left in a product")
    return ((a + size * b) * c, None) if e is None else (a * c, a * e + b * c + size * b * e)


def scalar(expr: Expr, size: Expr, hypotheses: Hypotheses) -> Expr:
    """Replace traces, entries and ranks of such matrices by their values."""
    if isinstance(expr, Trace):
        a, b = coordinates(expr.arg, size)
        return size * (a + b)
    if isinstance(expr, MatrixElement):
        a, b = coordinates(expr.parent, size)
        return a * KroneckerDelta(expr.i, expr.j) + b
    if isinstance(expr, Rank):
        a, b = coordinates(expr.args[0], size)
        return (size - 1) * _nonzero(a, hypotheses) + _nonzero(a + size * b, hypotheses)
    if isinstance(expr, (Add, Mul, Pow)):
        return expr.func(*(scalar(arg, size, hypotheses) for arg in expr.args))
    if expr.has(MatrixExpr):
        raise OutsideAlgebra(f"{expr} is no trace, entry or rank")
    return expr


def _nonzero(value: Expr, hypotheses: Hypotheses) -> Expr:
    if vanishes(value, hypotheses):
        return S.Zero
    if POSITIVE in (sign(value, hypotheses), sign(-value, hypotheses)):
        return S.One
    raise OutsideAlgebra(f"whether {value} is zero is not decided")


@dataclass(frozen=True, slots=True)
class SymmetricAlgebra:
    claim: Boolean
    size: Expr
    hypotheses: Hypotheses = ()
    words: str = ""

    def check(self) -> Certificate:
        if not isinstance(self.claim, Eq):
            return undecided(self.claim, f"an identity is an equation, not {self.claim.func.__name__}")
        try:
            sides = [self._normal(side) for side in self.claim.args]
        except OutsideAlgebra as error:
            return undecided(self.claim, str(error))
        (a, b), (c, e) = sides
        if (
            (b is None) != (e is None)
            or not vanishes(a - c, self.hypotheses)
            or (b is not None and not vanishes(b - e, self.hypotheses))
        ):
            return undecided(self.claim, f"sides are {sides[0]} and {sides[1]} in the basis (I, J)")
        return Certificate(
            self.claim, Outcome.PROVED, f"both sides are {sides[0]} in the basis (I, J)", self.hypotheses
        )

    def _normal(self, side: Expr) -> tuple:
        if isinstance(side, MatrixExpr):
            return coordinates(side, self.size)
        return scalar(side, self.size, self.hypotheses), None
