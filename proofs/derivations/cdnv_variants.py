"""Take constants out of the sums. For the last part 1/D >= 2/D_0 - D/D_0^2 for every pair, since (1 - D/D_0)^2/D >=
0; at D_0 the mean distance that says mean(1/D) >= 1/mean(D)."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart
from theory.statement import Statement
from theory.statements.cdnv_variants import common, one_variance, square
from theory.symbols import K, r, s

UNEVEN = Sum(apart(s, r) * (common - square[s, r]) ** 2 / square[s, r], (s, 1, K), (r, 1, K))


def derive(statement: Statement):
    factor, simplex, harmonic = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(factor, known, "n comes out of every variance"),
        Identity(simplex, known, "one distance for all pairs"),
        PositiveTerms(harmonic, (one_variance * UNEVEN / (K * (K - 1)),), known, words="tangent of 1/D at D_0"),
    )
    return (Conjunction(statement.goal, steps),)
