"""With x = nu - mu and y = nu + mu, ||nu||^2 - ||mu||^2 = x.y <= 2 e_1, by completing the square at the weight e_1.
Cross terms of independent samples vanish, so the mean's square deviation is V/n. Chebyshev: F e^2 <= X. Last, S - S^2
<= 1/4."""

from sympy import Rational, Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.tails import expected, failure
from theory.statement import Statement
from theory.statements.population_variance_gap import (
    deviation,
    mean,
    mean_gap,
    moment,
    moment_gap,
    sample_mean,
    sample_moment,
    square,
    threshold,
)
from theory.symbols import d, j, k


def completed(sign):
    """e_1 times the room in 2 e_1 -+ (||nu||^2 - ||mu||^2), and the square that is left."""
    e = mean_gap
    short = (1 - square(mean), 1 - square(sample_mean), square(mean, sample_mean) / 2)
    root = Sum((sample_mean[k] - mean[k] - sign * e / 2 * (sample_mean[k] + mean[k])) ** 2, (k, 1, d))
    return e**2 - square(mean, sample_mean), *(e**2 / 2 * term for term in short), root


def derive(statement: Statement):
    above, below, cross, chebyshev, quarter = statement.parts
    one, other, close, unit, sample_unit, law, indicator, mean_is, fails = statement.hypotheses
    units = (close, unit, sample_unit)
    over = mean_gap * (moment_gap - moment + sample_moment)
    under = mean_gap * (moment_gap + moment - sample_moment)
    steps = (
        PositiveTerms(above, (over, *completed(1)), (one, *units), mean_gap, "complete the square"),
        PositiveTerms(below, (under, *completed(-1)), (other, *units), mean_gap, "complete the square"),
        Identity(cross, (), "only equal samples contribute"),
        PositiveTerms(
            chebyshev,
            (expected(failure[j] * (deviation[j] - threshold**2)), expected((1 - failure[j]) * deviation[j])),
            (law, indicator, mean_is, fails),
            threshold**2,
            "F e^2 <= X",
        ),
        PositiveTerms(quarter, ((moment - Rational(1, 2)) ** 2,), (), words="a square"),
    )
    return (Conjunction(statement.goal, steps),)
