"""sum_c (M^2 - ||mu_c||^2) = -K ||mu_G||^2 is a sum of nonnegative terms, so mu_G = 0. For orthonormal means expand the
Kronecker deltas. K R^2 - mean ||mu||^2 (2+(K-2)q) = K mean(R^2 - ||mu||^2) + (K-2)(1-q) mean ||mu||^2."""

from sympy import S, Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.remark_5_2_centres_means import free_length, longest, mean_square, squared_centre, squared_length
from theory.symbols import K, M, head_scale, q, s

OUTER = head_scale**2 * M**2 * K * q


def derive(statement: Statement):
    centred, zero, lengths, frame, longer, corrected = statement.parts
    known = statement.hypotheses
    shorter = Sum(M**2 - squared_length, (s, 1, K)) / K
    room = OUTER * Sum(longest**2 - free_length, (s, 1, K))
    steps = (
        PositiveTerms(centred, (shorter,), known, words="the room below M, summed over classes"),
        VanishingTerms(zero, squared_centre, squared_centre, S.One, 2, (), "a vanishing sum of squares"),
        Identity(lengths, known, "Pythagoras: the centred means sum to zero"),
        Identity(frame, known[:1], "Gram matrix of the centred orthonormal frame"),
        PositiveTerms(longer, (1 / K,), known[:1], words="1 - (K-1)/K = 1/K"),
        PositiveTerms(
            corrected,
            (room, OUTER * (K - 2) * (1 - q) * mean_square),
            (known[0], known[4], known[5]),
            (1 + (K - 1) * q) ** 2,
            "the room below R, and 2+(K-2)q <= K",
        ),
    )
    return (Conjunction(statement.goal, steps),)
