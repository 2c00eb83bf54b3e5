"""Differentiate twice, contract the Kronecker deltas; the quadratic form is a variance: sum_s p_s (a_s - a_bar)^2."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.softmax_hessian import direction
from theory.symbols import K, p, r, s

MEAN = Sum(p[r] * direction(r), (r, 1, K))
VARIANCE = Sum(p[s] * (direction(s) - MEAN) ** 2, (s, 1, K))


def derive(statement: Statement):
    second_derivative, normalised, semidefinite = statement.parts
    steps = (
        Identity(second_derivative, (), "second derivative of log sum exp"),
        Identity(normalised, (), "the softmax sums to one"),
        PositiveTerms(semidefinite, (VARIANCE,), statement.hypotheses, words="the quadratic form is a variance"),
    )
    return (Conjunction(statement.goal, steps),)
