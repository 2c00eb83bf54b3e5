"""tr Cov_p(w) is half the mean squared distance, at most (D_+/2)(1 - ||p||^2); with the wrong probabilities equal
that is (D_+/2)(1 - p_y)(K-2+K p_y)/(K-1), which falls in p_y >= 1/(1+(K-1)q) =: P >= 1/K, and p_y - P = P sum_s (q
p_y - p_s)."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart, below, furthest
from theory.statement import Statement
from theory.statements.flatness_from_margin import p, shortfall
from theory.symbols import K, q, r, s, y

NEARER = Sum(p[y, s] * p[y, r] * below(s, r), (s, 1, K), (r, 1, K)) / 2
SPREAD = furthest / (4 * (K - 1)) * Sum(apart(s, y) * apart(r, y) * (p[y, s] - p[y, r]) ** 2, (s, 1, K), (r, 1, K))
SHORT = Sum(shortfall, (s, 1, K))
WRONG = Sum(apart(s, y) * p[y, s], (s, 1, K))
UNUSED = furthest / 2 * Sum(apart(s, y) * p[y, s] ** 2, (s, 1, K))


def derive(statement: Statement):
    sharp, coarse, ceiling, attained = statement.parts
    classes, simplex, nearer, margin, sign = statement.hypotheses
    falling = (
        furthest / (2 * (K - 1)) * K * SHORT**2,
        furthest * SHORT * (1 - q),
    )
    least = 1 + (K - 1) * q
    uneven = furthest / (4 * K) * Sum((p[y, s] - p[y, r]) ** 2, (s, 1, K), (r, 1, K))
    steps = (
        PositiveTerms(
            sharp,
            (least**2 * NEARER, least**2 * SPREAD, *falling),
            (classes, simplex, nearer, margin, sign),
            least**2,
            "nearer rows, unequal wrong probabilities, and p_y beyond its least value",
        ),
        PositiveTerms(
            coarse,
            (NEARER, furthest * SHORT, furthest * (K - 1) * q * WRONG, furthest * (1 - p[y, y]) ** 2 / 2, UNUSED),
            (classes, simplex, nearer, margin),
            words="(K-1) q >= 1 - p_y >= (1 - ||p||^2)/2",
        ),
        PositiveTerms(
            ceiling, (NEARER, uneven), (classes, simplex, nearer), words="nearer rows, unequal probabilities"
        ),
        Identity(attained, (classes,), "D_+ = 2 head_scale^2 M^2 K/(K-1) at a simplex head"),
    )
    return (Conjunction(statement.goal, steps),)
