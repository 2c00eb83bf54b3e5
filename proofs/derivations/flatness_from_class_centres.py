"""Upper: with S_i = sum_t r_t exp(x_it) >= 1 (exp(x) >= 1 + x), p_is <= r_s exp(x_is), and a second moment about
w_bar exceeds the variance; then the parabola, summed. Lower: tangents of exp at -2J in every pair of rows, whose
linear terms sum to zero. The tilt is a quotient of exponentials."""

from sympy import Sum, exp

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.softmax_head import squared_distance
from theory.statement import Statement
from theory.statements.flatness_from_class_centres import (
    at_centre,
    bennett,
    distance,
    excess,
    mean_excess,
    mean_row,
    move,
    normaliser,
    reference,
    sample,
    weighted,
)
from theory.symbols import K, d, i, l, r, s

JENSEN = Sum(reference[r] * (exp(move[i, r]) - 1 - move[i, r]), (r, 1, K))
BETWEEN = weighted(Sum((mean_row(sample, l) - mean_row(at_centre, l)) ** 2, (l, 1, d)))
SHRUNK = weighted(Sum(reference[s] * exp(move[i, s]) * distance(s), (s, 1, K)) * JENSEN / normaliser)
PARABOLA = weighted(Sum(reference[s] * distance(s) * (bennett(s, move[i, s]) - exp(move[i, s])), (s, 1, K)))
RISE = move[i, s] + move[i, r] - 2 * excess[i] + 2 * mean_excess
TANGENT = exp(-2 * mean_excess) * (exp(RISE) - 1 - RISE)


def derive(statement: Statement):
    generating, bennetts, lower, moved, linear = statement.parts
    simplex, centred, mass, balanced, second, mean, below, place = statement.hypotheses
    pair = reference[s] * reference[r] * squared_distance(s, r) / 2
    tangents = weighted(Sum(pair * TANGENT, (s, 1, K), (r, 1, K)))
    steps = (
        PositiveTerms(
            generating, (SHRUNK, BETWEEN), (simplex, centred), words="normalisers beyond 1, and a variance about w_bar"
        ),
        PositiveTerms(bennetts, (PARABOLA,), (mass, balanced, second, below), words="the parabola's slack, summed"),
        PositiveTerms(lower, (tangents,), (mass, balanced, mean), words="tangents at -2J"),
        Identity(moved, (), "divide the exponentials"),
        Identity(linear, (mass, place), "the weighted deviations from the centre sum to zero"),
    )
    return (Conjunction(statement.goal, steps),)
