"""Finite-sum algebra: a common shift leaves every difference of rows, Q^T Q = 1 contracts, the factors a cancel. For
the witness (c^2+1)(1+1/c^2) - 4 = (c - 1/c)^2."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.symbols import a


def derive(statement: Statement):
    simplex, orthonormal = statement.hypotheses
    *equations, moves, value = statement.parts
    needed = ((), (simplex,), (orthonormal,), (simplex, orthonormal), (), (simplex,), ())
    steps = [Identity(part, known, "expand and contract") for part, known in zip(equations, needed, strict=True)]
    c = a + 1
    steps.append(PositiveTerms(moves, ((a * (a + 2)) ** 2,), (), c**2, "(c - 1/c)^2 > 0 for c > 1"))
    steps.append(Identity(value, (), "at c = 2"))
    return (Conjunction(statement.goal, tuple(steps)),)
