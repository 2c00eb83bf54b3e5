"""Exact collapse (NC1-NC3) as hypotheses on vectors, and relative flatness there as expressions.

Centred class means m_s (rows of `mean`) form a simplex frame of radius M: <m_s, m_t> = M^2 (K delta_st - 1)/(K-1);
mu_G = g is the global mean; the head is w_s = head_scale m_s; q = exp(-head_scale M^2 K/(K-1)).
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Sum, Symbol, exp

from theory.statement import Assumption, equal
from theory.symbols import K, M, d, head_scale, j, k, s, u

mean = IndexedBase("m", real=True)
global_mean = IndexedBase("g", real=True)
bias = IndexedBase("beta", real=True)
effective_bias = Symbol("beta_0", real=True)

NC2 = Assumption(
    equal(Sum(mean[s, k] * mean[j, k], (k, 1, d)), M**2 * (K * KroneckerDelta(s, j) - 1) / (K - 1)),
    "NC2: the centred class means form a simplex frame of radius M",
    defect="nc2",
)
NC4_BIAS = Assumption(
    equal(Sum(mean[s, k] * global_mean[k], (k, 1, d)), (effective_bias - bias[s]) / head_scale),
    "the effective biases head_scale <m_s, mu_G> + beta_s are equal (Lemma A.1, from NC4)",
)


def decayed(logit: Expr = u) -> Expr:
    """q = exp(-u K/(K-1)): odds of one wrong class against the right one at logit scale u."""
    return exp(-logit * K / (K - 1))


def variance_factor(odds: Expr) -> Expr:
    """K q (2 + (K-2) q)/(1 + (K-1) q)^2: tr Cov_p(w) = head_scale^2 M^2 times this, at exact collapse."""
    return K * odds * (2 + (K - 2) * odds) / (1 + (K - 1) * odds) ** 2


def centred_flatness(logit: Expr = u) -> Expr:
    """kappa at a centred simplex frame (mu_G = 0, so ||mu_c|| = M), logit scale u = head_scale M^2."""
    return logit**2 * variance_factor(decayed(logit))


def published_bound(logit: Expr = u) -> Expr:
    """Right side of Proposition 5.3 of Han et al. 2025, in u = lambda M^2: u^2 K^3 q/(1 + (K-1) q)^2."""
    return logit**2 * K**3 * decayed(logit) / (1 + (K - 1) * decayed(logit)) ** 2


HEAD_SCALE = head_scale
