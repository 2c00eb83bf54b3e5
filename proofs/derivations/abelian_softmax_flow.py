"""Sums over the group are reindexed by the translation tensor; the rest is finite-sum algebra with orthogonal
characters. The flows of single groups are gradient flows in coordinates of squared length 1/(2 s_k)."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.abelian_softmax_flow import cosine, g, k, p
from theory.symbols import K


def derive(statement: Statement):
    column, softmax, spectrum, velocity, normalised, grows, *single = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(column, known, "the denominator does not depend on the column"),
        Identity(softmax, known, "the softmax is circulant"),
        Identity(spectrum, known, "characters are eigenvectors"),
        Identity(velocity, known, "the flow in the basis of characters is diagonal"),
        Identity(normalised, (), "the trivial mode is frozen"),
        PositiveTerms(grows, (Sum(p(g) * (1 - cosine[k, g]), (g, 1, K)),), known, words="no mode shrinks"),
        *(Identity(part, (), "one group") for part in single),
    )
    return (Conjunction(statement.goal, steps),)
