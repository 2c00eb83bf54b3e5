"""Split the pairs of classes into those with the label and those without. Each gap is a sum of slacks of the head's
distances, weighted with probabilities, plus the spread of the wrong probabilities (Cauchy) or the distance of the mean
row from the label's row."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart, below, furthest, p
from theory.objects.softmax_head import squared_distance
from theory.statement import Statement
from theory.statements.near_collapse_flatness import above, mean
from theory.symbols import K, W, d, i, j, l, r, s, y

WRONG = apart(s, y) * apart(r, y)
SPREAD = Sum(WRONG * (p[i, s] - p[i, r]) ** 2, (s, 1, K), (r, 1, K))
WRONG_PAIRS = Sum(WRONG * p[i, s] * p[i, r] * squared_distance(s, r), (s, 1, K), (r, 1, K)) / 2
CENTRE = Sum((Sum(p[i, j] * W[j, l], (j, 1, K)) - W[y, l]) ** 2, (l, 1, d))


def derive(statement: Statement):
    upper, lower, pair_upper, pair_lower, attained, ceiling, gap = statement.parts
    classes, probabilities, at_least_apart, at_most_apart = statement.hypotheses
    simplex = (classes, probabilities)
    shorter = mean(Sum(p[i, s] * p[i, r] * below(s, r), (s, 1, K), (r, 1, K)) / 2)
    longer = mean(p[i, y] * Sum(p[i, s] * above(s, y), (s, 1, K)))
    unequal = furthest / (4 * (K - 1)) * mean(SPREAD)
    steps = (
        PositiveTerms(
            upper,
            (shorter, unequal),
            (*simplex, at_most_apart),
            words="rows nearer than D_+, and unequal wrong probabilities",
        ),
        PositiveTerms(
            lower,
            (longer, mean(WRONG_PAIRS)),
            (*simplex, at_least_apart),
            words="rows further than D_-, and pairs of wrong classes",
        ),
        PositiveTerms(
            pair_upper, (mean(CENTRE),), simplex, words="squared distance of the mean row from the label's row"
        ),
        PositiveTerms(pair_lower, (mean(WRONG_PAIRS),), simplex, words="the pairs of wrong classes"),
        Identity(attained, simplex, "put the collapsed probabilities in"),
        PositiveTerms(
            ceiling,
            (furthest / (2 * K * (K - 1)) * mean((K * p[i, y] - 1) ** 2),),
            simplex,
            words="the distance of p_y from 1/K",
        ),
        Identity(gap, simplex, "K (p_y - 1/K)^2 = (K-1)^2/K - (1 - p_y)(K - 2 + K p_y)"),
    )
    return (Conjunction(statement.goal, steps),)
