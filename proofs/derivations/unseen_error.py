"""Pointwise: F <= (X-1)^2, because F (X^2 - 2 X) = 0 where F > 0 only at X = 0; and Y - Y^2 = (X-1)^2 X (2-X). The
mean square of S - T_n by the covariances, which leave n of the n^2 products. Then Chebyshev for the draws of the
sample; last, a square root on either side of a parabola, by z3."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.smt import Smt
from proofs.kernel.structure import Conjunction
from theory.objects.tails import expected, failure
from theory.statement import Statement
from theory.statements.unseen_error import allowed, bad, clipped, deviation, over_samplings, size, squared
from theory.symbols import j, k


def derive(statement: Statement):
    error, variance, mean_square, chebyshev, solved = statement.parts
    law, _, _, at_most_two, mean, second, *draws, bad_indicator, far, root, good, bounding_root = statement.hypotheses
    surplus = (expected(squared * clipped[j] * (2 - clipped[j])), expected(squared) ** 2)  # S - V
    steps = (
        PositiveTerms(
            error,
            (
                expected((1 - failure[j]) * squared),
                expected(failure[j] * clipped[j] ** 2),
                2 * expected(-failure[j] * clipped[j]),
            ),
            statement.hypotheses[:3] + (mean,),
            words="an error has (X - 1)^2 = 1",
        ),
        PositiveTerms(variance, surplus, (law, at_most_two, mean, second), words="Y^2 <= Y in [0, 1]"),
        Identity(mean_square, tuple(draws), words="the products of two different members have mean S^2"),
        PositiveTerms(
            chebyshev,
            (
                *(term / size for term in surplus),
                over_samplings(bad[k] * (deviation - allowed)),
                over_samplings((1 - bad[k]) * deviation),
            ),
            (at_most_two, mean, second, *draws, bad_indicator, far),
            allowed,
            "Chebyshev's inequality at 4 c^2 S",
        ),
        Smt(solved, (root, good, bounding_root), "q_S^2 - 2 c q_S <= T_n below its larger root"),
    )
    return (Conjunction(statement.goal, steps),)
