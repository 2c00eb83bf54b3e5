"""The share that is kept of an eigenvalue lies in [1 - eps N/lambda_1, 1]; so does a mean of such shares, weighted with
overlaps that sum to 1."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.normalised_hsic_saturates import eigenvalue, kept, least, lost, overlap, rank, ridge, share, size
from theory.symbols import N, i, j


def weighted(term):
    return Sum(kept[j] * overlap[i, j] * term, (i, 1, size), (j, 1, rank))


def derive(statement: Statement):
    above, below, lower, upper, classes = statement.parts
    several, unit, smallest, at_least_share, at_most_share = statement.hypotheses
    raised = eigenvalue[i] + ridge * N
    further = (ridge * N * (eigenvalue[i] - least), (ridge * N) ** 2)
    steps = (
        PositiveTerms(above, further, (smallest,), least * raised, "an eigenvalue above the least one, and the ridge"),
        PositiveTerms(below, (ridge * N / raised,), (), words="what the ridge takes away"),
        PositiveTerms(lower, (weighted(share[i] - 1 + lost),), (unit, at_least_share), words="a weighted mean"),
        PositiveTerms(upper, (weighted(1 - share[i]),), (unit, at_most_share), words="a weighted mean"),
        Identity(classes, (several,), "K - 1 equal eigenvalues N/K"),
    )
    return (Conjunction(statement.goal, steps),)
