"""1 - 1/K - (1 - ||p||^2) = (1/(2K)) sum_{s,r} (p_s - p_r)^2, which vanishes only at the uniform softmax; the ceiling
of kappa is that of surrogate_dominates_flatness; the rest is arithmetic."""

from sympy import Integer, Rational, S, Sum

from proofs.derivations.surrogate_dominates_flatness import PAIR
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import head_square, p, row_square, sum_square
from theory.statement import Statement
from theory.statements.surrogate_ceiling import mean, uneven
from theory.symbols import B, K, N, i, r, s

UNEVEN = Sum(uneven, (s, 1, K), (r, 1, K), (i, 1, N))
BELOW_CAP = B**2 - head_square()
OPPOSITE = mean(Sum(PAIR * sum_square(s, r), (s, 1, K), (r, 1, K))) / 2
FAR_FROM_HALF = mean(2 * Sum((p[i, s] - Rational(1, 2)) ** 2 * row_square(s), (s, 1, K)))


def derive(statement: Statement):
    ceiling, uniform, half, *arithmetic = statement.parts
    known = statement.hypotheses
    steps = (
        PositiveTerms(
            ceiling,
            (BELOW_CAP * (1 - 1 / K), head_square() * UNEVEN / (2 * K * N)),
            known,
            words="below the cap, and uneven",
        ),
        VanishingTerms(uniform, UNEVEN, UNEVEN, S.One, 2, known, "every difference of probabilities vanishes"),
        PositiveTerms(
            half,
            (BELOW_CAP, 2 * OPPOSITE, 2 * FAR_FROM_HALF),
            known,
            Integer(2),
            words="below the cap, and kappa's own ceiling",
        ),
        *(PositiveTerms(part, (abs(part.lhs - part.rhs),), words="arithmetic") for part in arithmetic),
    )
    return (Conjunction(statement.goal, steps),)
