"""Gibbs' inequality with pi = (1-(K-1) eps, eps, ..., eps), eps the wrong probability of the collapsed state, makes the
loss linear in the logits, where a bias cancels over balanced classes. What is left over is

    loss - collapsed loss = mean KL(pi || p) + squares + eps (b/(2a) (K a^2 - ||W||^2) + a/(2nb) (n K b^2 - ||H||^2)).
"""

from sympy import KroneckerDelta, Sum, exp, log

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms, gap
from proofs.kernel.structure import Conjunction
from theory.objects.ufm import collapsed_cross_entropy, margin_of, wrong_probability
from theory.statement import Statement
from theory.statements.loss_from_norms import H, normaliser, samples, score
from theory.symbols import K, W, a, b, d, i, l, n, r, s, y

MARGIN, EPS = margin_of(a * b), wrong_probability(a * b)
LOG_BEST = KroneckerDelta(s, y) * MARGIN - MARGIN - collapsed_cross_entropy(a * b)  # log of the collapsed p_s
RATIO = score(s) - log(normaliser) - LOG_BEST
DIVERGENCE = Sum(exp(LOG_BEST) * (exp(RATIO) - 1 - RATIO), (s, 1, K), *samples) / (n * K)
MEAN_ROW = Sum(W[r, l], (r, 1, K)) / K
SQUARES = EPS * a / (2 * n * b) * Sum((H[l, y, i] - b / a * (W[y, l] - MEAN_ROW)) ** 2, (l, 1, d), *samples)
CENTRE = EPS * b * K / (2 * a) * Sum(MEAN_ROW**2, (l, 1, d))


def derive(statement: Statement):
    bound, attained, positive = statement.parts
    two, head, features = known = statement.hypotheses
    slack = (EPS * b / (2 * a) * gap(head), EPS * a / (2 * n * b) * gap(features))
    steps = (
        PositiveTerms(
            bound, (DIVERGENCE, SQUARES, CENTRE, *slack), known, words="mean relative entropy, squares, and the norms"
        ),
        Identity(attained, (two,), "the simplex frame"),
        PositiveTerms(positive, (collapsed_cross_entropy(a * b),), (two,), words="the logarithm of more than 1"),
    )
    return (Conjunction(statement.goal, steps),)
