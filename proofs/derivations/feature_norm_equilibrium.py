"""With wrong probability eps = c, eps b = decay_W a and eps a = n decay_H b are the two squared norms; conversely
eps a' + n decay_W b' = b (eps^2 - c^2), so every equilibrium with b > 0 has eps = c, and eps(u) strictly decreases."""

from sympy import exp

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import SlopeSign
from proofs.kernel.structure import Conjunction
from theory.objects.ufm import wrong_probability
from theory.statement import Statement, more
from theory.symbols import K, u

X = u * K / (K - 1)
WORDS = ("norms multiply to u*", "wrong probability is c", "the head is at rest", "the features are at rest", "eps = c")


def derive(statement: Statement):
    *identities, falling, below, positive = statement.parts
    known = statement.hypotheses
    wrong = wrong_probability(u)
    fall = -wrong.diff(u)
    steps = (
        *(Identity(part, known, words) for part, words in zip(identities, WORDS, strict=True)),
        SlopeSign(falling, PositiveTerms(more(fall, 0), (fall,), known, words="eps has negative slope"), "eps falls"),
        PositiveTerms(below, (exp(X) - 1,), known, K * (K - 1 + exp(X)), "exp(x) > 1 for x > 0"),
        PositiveTerms(positive, (positive.rhs,), known, words="1/c - K + 1 > 1 below the threshold"),
    )
    return (Conjunction(statement.goal, steps),)
