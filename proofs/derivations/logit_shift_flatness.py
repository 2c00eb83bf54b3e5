"""A variance about any point is at least the variance: with m_s = ||w_s - w_bar||^2 of the old mean row,
(exp(high)/Z) V - V' = sum_s p_s (exp(high) - exp(delta_s))/Z m_s + ||w_bar' - w_bar||^2; exchanging the roles of the
two softmaxes gives the lower bound, and exp(low) <= Z <= exp(high) the rest."""

from sympy import Sum, exp

from proofs.kernel.ball import Ball
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.logit_shift_flatness import before, high, low, move, moved, normaliser, p
from theory.symbols import K, W, d, j, l, s


def centre(probability, coordinate):
    return Sum(probability(j) * W[j, coordinate], (j, 1, K))


def plain(cls):
    return p[cls]


def distance(cls, probability):
    """||w_cls - mean row||^2."""
    return Sum((W[cls, l] - centre(probability, l)) ** 2, (l, 1, d))


BETWEEN = Sum((centre(moved, l) - centre(plain, l)) ** 2, (l, 1, d))
SLOWER = Sum(p[s] * exp(move[s]) * (exp(high - move[s]) - 1) * distance(s, plain), (s, 1, K)) / normaliser
FASTER = Sum(p[s] * (exp(move[s] - low) - 1) * distance(s, moved), (s, 1, K))
ABOVE_LOW = Sum(p[s] * (exp(move[s] - low) - 1), (s, 1, K))
BELOW_HIGH = Sum(p[s] * exp(move[s]) * (exp(high - move[s]) - 1), (s, 1, K))


def derive(statement: Statement):
    upper, lower, factor_up, factor_down, optimal, euclidean = statement.parts
    known = statement.hypotheses
    shrunk = normaliser * exp(-low)
    steps = (
        PositiveTerms(upper, (SLOWER, BETWEEN), known, words="slower logits, and the distance of the two mean rows"),
        PositiveTerms(lower, (FASTER, BETWEEN), known, shrunk, "the same with the roles exchanged"),
        PositiveTerms(
            factor_up, (SLOWER, BETWEEN, exp(high) / normaliser * ABOVE_LOW * before), known, words="Z >= exp(low)"
        ),
        PositiveTerms(
            factor_down,
            (FASTER, BETWEEN, exp(-high) * BELOW_HIGH * before),
            known,
            shrunk,
            "Z <= exp(high)",
        ),
        Ball(optimal, words="two classes, the rare one with doubled odds"),
        Ball(euclidean, words="three classes whose distances are no Euclidean ones"),
    )
    return (Conjunction(statement.goal, steps),)
