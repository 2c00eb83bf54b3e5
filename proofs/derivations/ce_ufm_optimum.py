"""Gibbs' inequality with pi = (1-(K-1)c, c, ..., c) makes the loss linear in the logits; completing one square in H and
one in the mean row of W absorbs that linear term into the penalties. What is left over is

    objective - entropy = mean KL(pi || p) + squares >= 0,
    KL(pi || p) = sum_s pi_s (exp(t_s) - 1 - t_s), t_s = log(p_s/pi_s).
"""

from sympy import KroneckerDelta, Sum, exp, log, sqrt

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.statements.ce_ufm_optimum import H, logit, normaliser, samples
from theory.symbols import K, W, a, alpha, b, c, d, decay_H, decay_W, i, l, n, r, s, y

BEST = c + (1 - K * c) * KroneckerDelta(s, y)
RATIO = logit(s, y, i) - log(normaliser(y, i)) - log(BEST)
DIVERGENCE = Sum(BEST * (exp(RATIO) - 1 - RATIO), (s, 1, K), *samples) / (n * K)
MEAN_ROW = Sum(W[r, l], (r, 1, K)) / K
DECAY_H = c**2 / (n * decay_W)
SQUARES = DECAY_H / 2 * Sum((H[l, y, i] - decay_W / c * (W[y, l] - MEAN_ROW)) ** 2, (l, 1, d), *samples)
CENTRE = decay_W * K / 2 * Sum(MEAN_ROW**2, (l, 1, d))


def relative_entropy(margin):
    """KL of (1-(K-1)c, c, ..., c) from the softmax at a collapsed state with that margin, term by term."""
    right = 1 / (1 + (K - 1) * exp(-margin))
    first, other = right / (1 - (K - 1) * c), right * exp(-margin) / c
    return (1 - (K - 1) * c) * (first - 1 - log(first)), (K - 1) * c * (other - 1 - log(other))


def derive(statement: Statement):
    full, value, reduced, probability, penalty, threshold = statement.parts
    known = statement.hypotheses
    steps = (
        PositiveTerms(full, (DIVERGENCE, SQUARES, CENTRE), known, words="mean relative entropy and squares"),
        Identity(value, known, "put the margin in"),
        PositiveTerms(reduced, relative_entropy(alpha), known, words="relative entropy of two distributions"),
        Identity(probability, known, "each wrong class has probability c"),
        PositiveTerms(
            penalty, (K / 2 * (sqrt(decay_W) * a - sqrt(n * decay_H) * b) ** 2,), known, words="a square: AM-GM"
        ),
        PositiveTerms(threshold, (log(1 / c - K + 1),), known, words="1/c - K + 1 > 1"),
    )
    return (Conjunction(statement.goal, steps),)
