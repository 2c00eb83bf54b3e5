"""Differentiate along the ray. The tangent bound is log-mean-exp >= mean, term by term exp(t) - 1 - t >= 0. The slope
at 0 is a surplus of the penalty plus the squares of the optimum's proof; growth is the linearised planar flow."""

from sympy import Sum, exp, log

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.collapsed_mse import weight
from theory.statement import Statement
from theory.statements.ce_ufm_optimum import H, feature_square, head_square, logit, samples
from theory.statements.origin_is_strict_saddle import excess, partition, theta
from theory.symbols import K, W, a, c, d, decay_W, i, l, n, r, s, y

DECAY_H = c**2 / (n * decay_W)
MEAN_ROW = Sum(W[r, l], (r, 1, K)) / K
TILT = theta * logit(s, y, i) - log(partition) + log(K)
JENSEN = Sum((exp(TILT) - 1 - TILT) / K, (s, 1, K), *samples) / (n * K)
CENTRE = decay_W * K / 2 * Sum(MEAN_ROW**2, (l, 1, d))


def duality(row):
    """(decay_H/2) sum ||h_ci - (decay_W/c) row_c||^2."""
    return DECAY_H / 2 * Sum((H[l, y, i] - decay_W / c * row) ** 2, (l, 1, d), *samples)


def surplus(squares, threshold):
    """The slope at 0 for c = threshold (1 + excess): squares/(1 + excess) and excess/(1 + excess) of the penalty."""
    held = {c: threshold * (1 + excess)}
    penalties = (decay_W / 2 * head_square, DECAY_H / 2 * feature_square)
    parts = [square / (1 + excess) for square in squares] + [excess / (1 + excess) * part for part in penalties]
    return tuple(part.subs(held) for part in parts)


def derive(statement: Statement):
    slope, at_zero, tangent, beyond, rate, grows, *squared = statement.parts
    square, beyond_square, square_rate, square_grows = squared
    known = statement.hypotheses
    squared_logits = Sum(logit(s, y, i) ** 2, (s, 1, K), *samples)
    steps = (
        Identity(slope, (), "slope along the ray"),
        Identity(at_zero, (), "at zero all probabilities are 1/K"),
        PositiveTerms(tangent, (JENSEN,), (), words="log-mean-exp is at least the mean"),
        PositiveTerms(
            beyond, surplus((duality(W[y, l] - MEAN_ROW), CENTRE), 1 / K), (), words="squares beyond K c = 1"
        ),
        Identity(rate, known, "small balanced frames"),
        PositiveTerms(grows, (2 * decay_W / c * a**2 * (1 - K * c),), known, words="below the threshold they grow"),
        PositiveTerms(square, (weight / 2 * theta**2 * squared_logits,), (), words="the squared logits"),
        PositiveTerms(beyond_square, surplus((duality(W[y, l]),), n * weight), (), words="squares beyond rho = 1"),
        Identity(square_rate, known, "small balanced modes"),
        PositiveTerms(square_grows, (square_rate.rhs,), known, words="below the threshold they grow"),
    )
    return (Conjunction(statement.goal, steps),)
