"""Expand the squares: unit rows contract. The witnesses are rows of lengths 1 and 3 along the means, and rows of the
plane with a common component orthogonal to both means."""

from proofs.kernel.ball import Ball
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.nc3_variants import tilt


def derive(statement: Statement):
    by_row, by_matrix, uneven, *entries, cosine = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(by_row, known, "unit rows"),
        Identity(by_matrix, known, "equal lengths cancel"),
        Ball(uneven, words="lengths 1 and 3"),
        *(Identity(part, (), "Gram entries of a simplex with two classes") for part in entries),
        PositiveTerms(cosine, (tilt**2,), (), 1 + tilt**2, "the cosine is 1/sqrt(1+t^2)"),
    )
    return (Conjunction(statement.goal, steps),)
