"""2 ||W||_F^2 - ||w_s - w_r||^2 = ||w_s + w_r||^2 + 2 sum_{j != s,r} ||w_j||^2, weighted with p_s p_r/2 over pairs of
different classes; p (1-p) = 1/4 - (p - 1/2)^2."""

from sympy import Rational, Sum

from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart, mean, p, row_square, sum_square
from theory.statement import Statement
from theory.symbols import K, i, j, r, s

PAIR = apart(s, r) * p[i, s] * p[i, r]
OTHERS = Sum(apart(j, s) * apart(j, r) * row_square(j), (j, 1, K))
OPPOSITE = mean(Sum(PAIR * sum_square(s, r), (s, 1, K), (r, 1, K))) / 2
UNEVEN = mean(2 * Sum((p[i, s] - Rational(1, 2)) ** 2 * row_square(s), (s, 1, K)))


def derive(statement: Statement):
    dominated, by_class, half = statement.parts
    known = statement.hypotheses
    rest = mean(Sum(PAIR * OTHERS, (s, 1, K), (r, 1, K)))
    steps = (
        PositiveTerms(dominated, (OPPOSITE, rest), known, words="||w_s + w_r||^2 and the other rows"),
        PositiveTerms(by_class, (OPPOSITE,), known, words="||w_s + w_r||^2 over pairs of different classes"),
        PositiveTerms(half, (OPPOSITE, UNEVEN), known, words="and the distances of the probabilities from 1/2"),
    )
    return (Conjunction(statement.goal, steps),)
