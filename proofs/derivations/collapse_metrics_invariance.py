"""Finite-sum algebra: Q^T Q = 1 contracts, a common shift cancels in every difference, a^2 comes out. Two witnesses are
arithmetic: the row (1, 0) moved by (0, 3), and features a -+ 1 whose variance is 1 wherever they sit."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.symbols import a


def derive(statement: Statement):
    orthonormal = statement.hypotheses
    *equations, origin = statement.parts
    steps = [
        Identity(part, orthonormal if place in (0, 3, 6) else (), "expand and contract")
        for place, part in enumerate(equations)
    ]
    steps.append(PositiveTerms(origin, (a**2, 2 * a), (), (a + 1) ** 2, "(a+1)^2 > 1"))
    return (Conjunction(statement.goal, tuple(steps)),)
