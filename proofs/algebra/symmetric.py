"""The algebra of matrices a I + b J of symbolic size K, which class permutations leave alone.

(a I + b J)(c I + e J) = a c I + (a e + b c + K b e) J; eigenvalues a (K - 1 times) and a + K b (once).
"""

from __future__ import annotations

from functools import reduce

from sympy import (
    Add,
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

from proofs.algebra.normal_form import vanishes
from proofs.algebra.signs import POSITIVE, sign
from theory.objects.matrices import Rank

Hypotheses = tuple[Boolean, ...]


class OutsideAlgebra(Exception):
    """Not of the form a I + b J, a multiple of the all-ones column, or a scalar made of such matrices."""


def _insist(holds: bool, why: str) -> None:
    if not holds:
        raise OutsideAlgebra(why)


def coordinates(matrix: MatrixExpr, K: Expr) -> tuple[Expr, Expr | None]:
    """(a, b) of a I + b J; a column v 1 is (v, None)."""
    if isinstance(matrix, Identity) and matrix.shape == (K, K):
        return S.One, S.Zero
    if isinstance(matrix, (OneMatrix, ZeroMatrix)) and matrix.shape in ((K, K), (K, 1)):
        value = S.One if isinstance(matrix, OneMatrix) else S.Zero
        return (S.Zero, value) if matrix.shape == (K, K) else (value, None)
    if isinstance(matrix, Transpose) and matrix.shape == (K, K):
        return coordinates(matrix.arg, K)
    if isinstance(matrix, MatAdd):
        parts = [coordinates(term, K) for term in matrix.args]
        _insist(len({b is None for _, b in parts}) == 1, f"{matrix} adds a column to a square matrix")
        return Add(*(a for a, _ in parts)), None if parts[0][1] is None else Add(*(b for _, b in parts))
    if isinstance(matrix, MatPow) and matrix.exp.is_Integer and matrix.exp > 0:
        return reduce(lambda x, y: _times(x, y, K), [coordinates(matrix.base, K)] * int(matrix.exp))
    _insist(isinstance(matrix, (MatMul, Mul)), f"{matrix} is not a I + b J")
    scalars = [f for f in matrix.args if not isinstance(f, MatrixExpr)]
    a, b = reduce(lambda x, y: _times(x, y, K), (coordinates(f, K) for f in matrix.args if isinstance(f, MatrixExpr)))
    return Mul(*scalars, a), None if b is None else Mul(*scalars, b)


def _times(left: tuple, right: tuple, K: Expr) -> tuple:
    (a, b), (c, e) = left, right
    _insist(b is not None, "a column stands to the left in a product")
    return ((a + K * b) * c, None) if e is None else (a * c, a * e + b * c + K * b * e)


def scalar(expr: Expr, K: Expr, hypotheses: Hypotheses) -> Expr:
    """Replace traces, entries and ranks of such matrices by their values."""
    if isinstance(expr, (Trace, MatrixElement, Rank)):
        a, b = coordinates(expr.args[0], K)
        _insist(b is not None, "a column has no trace, entry or rank here")
        if isinstance(expr, Rank):
            return (K - 1) * _nonzero(a, hypotheses) + _nonzero(a + K * b, hypotheses)
        return K * (a + b) if isinstance(expr, Trace) else a * KroneckerDelta(expr.i, expr.j) + b
    if isinstance(expr, (Add, Mul, Pow)):
        return expr.func(*(scalar(arg, K, hypotheses) for arg in expr.args))
    _insist(not expr.has(MatrixExpr), f"{expr} is no trace, entry or rank")
    return expr


def _nonzero(value: Expr, hypotheses: Hypotheses) -> Expr:
    if vanishes(value, hypotheses):
        return S.Zero
    if POSITIVE in (sign(value, hypotheses), sign(-value, hypotheses)):
        return S.One
    raise OutsideAlgebra(f"whether {value} is zero is not decided")
