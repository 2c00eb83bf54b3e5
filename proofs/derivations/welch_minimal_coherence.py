"""K (1 + (K-1) coherence) = ||sum_s v_s||^2 + sum_{s != j} (coherence - <v_s, v_j>): both terms are nonnegative, so
the left side is, and where it vanishes every single term does."""

from sympy import S, Sum

from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.welch_minimal_coherence import shortfall
from theory.symbols import K, d, j, l, s, v

RESULTANT = Sum(Sum(v[s, l], (s, 1, K)) ** 2, (l, 1, d))
SHORTFALLS = Sum(shortfall(s, j), (s, 1, K), (j, 1, K))


def derive(statement: Statement):
    bound, equiangular, centred = statement.parts
    known = statement.hypotheses
    form = RESULTANT + SHORTFALLS
    steps = (
        PositiveTerms(bound, (RESULTANT, SHORTFALLS), known, K * (K - 1), "K(K-1)(coherence + 1/(K-1)) is that sum"),
        VanishingTerms(equiangular, form, SHORTFALLS, S.One, 1, known, "every shortfall vanishes"),
        VanishingTerms(centred, form, RESULTANT, S.One, 2, known, "every coordinate of the resultant vanishes"),
    )
    return (Conjunction(statement.goal, steps),)
