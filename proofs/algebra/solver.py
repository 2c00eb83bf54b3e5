"""Rational expressions as terms of z3 over the reals."""

from __future__ import annotations

import z3
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from proofs.algebra.symmetric import OutsideAlgebra


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
    raise OutsideAlgebra(f"{expr} is not rational in its symbols")
