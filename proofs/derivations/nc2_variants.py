"""Expand; zero row sums remove J. A vanishing sum of squares vanishes term by term. For the uncentred means the
all-ones vector and every vector orthogonal to it are eigenvectors."""

from sympy import S

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import VanishingTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.nc2_variants import deviation


def derive(statement: Statement):
    overlap, distance, exactly, ones, others = statement.parts
    classes, rows, columns, trace, frame, orthogonal, centre, image = statement.hypotheses
    gram = (classes, rows, columns, trace)
    means = (classes, frame, orthogonal, centre)
    steps = (
        Identity(overlap, gram, "J drops out"),
        Identity(distance, gram, "Pythagoras in the Frobenius product"),
        VanishingTerms(exactly, deviation, deviation, S.One, 2, gram, "every entry is that of the simplex"),
        Identity(ones, means, "eigenvalue K ||mu_G||^2 along the all-ones vector"),
        Identity(others, (*means, image), "eigenvalue M^2 K/(K-1) elsewhere"),
    )
    return (Conjunction(statement.goal, steps),)
