"""Pointwise: F <= (X-1)^2, because F (X^2 - 2 X) = 0 where F > 0 only at X = 0; and Y - Y^2 = (X-1)^2 X (2-X). Then
Chebyshev for the draws of the sample; last, a square root on either side of a parabola, by z3."""

from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.smt import Smt
from proofs.kernel.structure import Conjunction
from theory.objects.tails import expected, failure
from theory.statement import Statement
from theory.statements.unseen_error import (
    allowed,
    bad,
    clipped,
    deviation,
    mean,
    over_samplings,
    size,
    squared,
)
from theory.symbols import j, k


def derive(statement: Statement):
    error, variance, chebyshev, solved = statement.parts
    law, indicator, fails, at_most_two, small, bad_indicator, far, *solving = statement.hypotheses
    steps = (
        PositiveTerms(
            error,
            (
                expected((1 - failure[j]) * squared),
                expected(failure[j] * clipped[j] ** 2),
                2 * expected(-failure[j] * clipped[j]),
            ),
            (law, indicator, fails),
            words="an error has (X - 1)^2 = 1",
        ),
        PositiveTerms(
            variance,
            (expected(squared * clipped[j] * (2 - clipped[j])), expected(squared) ** 2),
            (law, at_most_two),
            words="Y^2 <= Y in [0, 1]",
        ),
        PositiveTerms(
            chebyshev,
            (
                mean / size - over_samplings(deviation[k]),
                over_samplings(bad[k] * (deviation[k] - allowed)),
                over_samplings((1 - bad[k]) * deviation[k]),
            ),
            (small, bad_indicator, far),
            allowed,
            "Chebyshev's inequality at 4 c^2 S",
        ),
        Smt(solved, tuple(solving), "r^2 - 2 c r <= T_n below its larger root"),
    )
    return (Conjunction(statement.goal, steps),)
