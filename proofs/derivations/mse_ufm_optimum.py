"""One identity, no singular values: objective - least = (w/2) ||W H - (1-rho) Y||^2 + (decay_H/2) sum ||h_ci -
(decay_W/c) w_c||^2, because the cross terms of both squares meet in (c/n) <W H, Y>. Beyond the threshold the surplus
multiplies the penalty; with a bias the targets are centred and ||sum_s w_s||^2 is left over."""

from sympy import KroneckerDelta, Sum, sqrt

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms, VanishingTerms
from proofs.kernel.structure import Conjunction
from theory.flows.collapsed_mse import weight
from theory.statement import Statement
from theory.statements.ce_ufm_optimum import H, feature_square, head_square, logit, samples
from theory.statements.mse_ufm_optimum import bias, excess, gap, rho
from theory.symbols import K, W, c, d, decay_W, i, l, n, r, s, y

DECAY_H = c**2 / (n * decay_W)
MEAN_ROW = Sum(W[r, l], (r, 1, K)) / K
CENTRED = KroneckerDelta(s, y) - 1 / K
FIT = Sum(weight / 2 * gap(s, y, i, 1 - rho) ** 2, (s, 1, K), *samples)
DUAL = Sum(DECAY_H / 2 * (H[l, y, i] - decay_W / c * W[y, l]) ** 2, (l, 1, d), *samples)
FIT_CENTRED = weight / 2 * Sum((logit(s, y, i) + bias[s] - 1 / K - (1 - rho) * CENTRED) ** 2, (s, 1, K), *samples)
DUAL_CENTRED = DECAY_H / 2 * Sum((H[l, y, i] - decay_W / c * (W[y, l] - MEAN_ROW)) ** 2, (l, 1, d), *samples)
CENTRE = decay_W * K / 2 * Sum(MEAN_ROW**2, (l, 1, d))
FAR = {c: n * weight * (1 + excess)}


def derive(statement: Statement):
    bound, fitted, dual, beyond, free_bias, value, mode, norm, threshold, positive = statement.parts
    known = statement.hypotheses
    strong = (
        weight / 2 * Sum(logit(s, y, i) ** 2, (s, 1, K), *samples),
        DUAL.subs(FAR) / (1 + excess),
        excess / (1 + excess) * decay_W / 2 * head_square,
        (excess / (1 + excess) * DECAY_H / 2 * feature_square).subs(FAR),
    )
    steps = (
        PositiveTerms(bound, (FIT, DUAL), (), words="two sums of squares"),
        VanishingTerms(fitted, FIT + DUAL, FIT, weight / 2, 2, (), "the first square vanishes"),
        VanishingTerms(dual, FIT + DUAL, DUAL, DECAY_H / 2, 2, (), "the second square vanishes"),
        PositiveTerms(beyond, strong, (), words="squares and the surplus of the penalty"),
        PositiveTerms(free_bias, (FIT_CENTRED, DUAL_CENTRED, CENTRE), (), words="three sums of squares"),
        Identity(value, known, "K equal modes reach the bound"),
        Identity(mode, known, "singular value of W H over all modes"),
        Identity(norm, known, "squared feature norm"),
        Identity(threshold, known, "rho = K c with the papers' weight 1/N"),
        PositiveTerms(positive, ((n * weight - c) / (weight * sqrt(n)),), known, words="rho < 1"),
    )
    return (Conjunction(statement.goal, steps),)
