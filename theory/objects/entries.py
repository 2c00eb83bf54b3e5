"""Matrix expressions of symbolic size as finite sums over entries, and the rate of a quantity along a matrix flow.

entry(A B, i, j) = sum_m A_im B_mj. Along X' = R(X) a quantity Q of the entries changes at sum_{ij} (dQ/dX_ij) R_ij.
"""

from collections.abc import Iterator
from itertools import count

from sympy import (
    Add,
    Derivative,
    Expr,
    Identity,
    IndexedBase,
    Integer,
    KroneckerDelta,
    MatAdd,
    MatMul,
    MatPow,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
)

from theory.flows import Flow


def indexed(matrix: MatrixSymbol) -> IndexedBase:
    """The entries of a matrix symbol, under its name."""
    return IndexedBase(matrix.name, real=True)


def entry(matrix: MatrixExpr, row: Expr, column: Expr, places: Iterator[int] | None = None) -> Expr:
    """One entry of a sum of products of matrix symbols, transposes, powers, identities and constant matrices. Raises
    TypeError for any other matrix."""
    places = count(1) if places is None else places
    if isinstance(matrix, MatrixSymbol):
        return indexed(matrix)[row, column]
    if isinstance(matrix, Transpose):
        return entry(matrix.arg, column, row, places)
    if isinstance(matrix, MatAdd):
        return Add(*(entry(part, row, column, places) for part in matrix.args))
    if isinstance(matrix, MatMul):
        return _product(matrix, row, column, places)
    if isinstance(matrix, MatPow) and matrix.exp.is_Integer and matrix.exp > 0:
        return _product(MatMul(*[matrix.base] * int(matrix.exp), evaluate=False), row, column, places)
    if isinstance(matrix, (Identity, OneMatrix, ZeroMatrix)):
        return KroneckerDelta(row, column) if isinstance(matrix, Identity) else Integer(isinstance(matrix, OneMatrix))
    raise TypeError(f"{matrix} is no sum of products of matrix symbols; write it as one")


def _product(matrix: MatMul, row: Expr, column: Expr, places: Iterator[int]) -> Expr:
    scalars = [factor for factor in matrix.args if not isinstance(factor, MatrixExpr)]
    factors = [factor for factor in matrix.args if isinstance(factor, MatrixExpr)]
    inner = [Symbol(f"e{next(places)}", integer=True, positive=True) for _ in factors[1:]]
    ends = [row, *inner, column]
    entries = [entry(f, *pair, places) for f, pair in zip(factors, zip(ends, ends[1:], strict=False), strict=True)]
    limits = [(index, 1, factor.shape[1]) for index, factor in zip(inner, factors, strict=False)]
    return Mul(*scalars) * (Sum(Mul(*entries), *limits) if limits else Mul(*entries))


def rate_along(flow: Flow, quantity: Expr) -> Expr:
    """Q' along a matrix flow by the chain rule, the derivatives left for the proof to carry out."""
    row, column = (Symbol(name, integer=True, positive=True) for name in ("f1", "f2"))
    parts = [
        Sum(
            Derivative(quantity, indexed(matrix)[row, column]) * entry(rate, row, column),
            (row, 1, matrix.shape[0]),
            (column, 1, matrix.shape[1]),
        )
        for matrix, rate in zip(flow.state, flow.right_hand_side, strict=True)
    ]
    return Add(*parts)
