"""Theorem 5 sharpened: Haar-averaged loss increase = delta^2 kappa/(2m) + O(delta^4) at every point, no minimum needed.

Features move to phi + delta A phi, A of Haar's law on O(m) (or any law with its second moments and A ~ -A). The
logits move along eta = W A phi, all eta_s in [low, high], R = high - low <= D ||phi||; with L(t) = log sum_s exp(z_s
+ t eta_s):
    E(t) = (L(t) + L(-t))/2 - L(0)        mean increase of the loss under A and -A, the label's logit cancels
    -R^4 t^4/192 <= E(t) - t^2 Var_p(eta)/2 <= R^4 t^4/288,   0 <= E(t) <= R^2 t^2/8
"""

from sympy import IndexedBase, KroneckerDelta, Sum, Symbol, exp, log

from theory.objects.assumptions import PROBABILITIES
from theory.objects.softmax_head import row_variance, squared_norm
from theory.statement import Assumption, Every, Expected, Source, Statement, at_least, at_most, equal
from theory.symbols import K, W, d, k, l, p, phi, r, s

weight = IndexedBase("omega", positive=True)
shift = IndexedBase("eta", real=True)
first, second = IndexedBase("a", real=True), IndexedBase("x", real=True)
low, high = Symbol("low", real=True), Symbol("high", real=True)
radius = Symbol("delta", nonnegative=True)
width = high - low
u, m, c = (Symbol(name, integer=True, positive=True) for name in "umc")


def partition(time):
    """sum_s exp(z_s + t eta_s), with omega_s = exp(z_s)."""
    return Sum(weight[s] * exp(time * shift[s]), (s, 1, K))


def power_mean(power):
    """E_p eta^power at the unmoved softmax."""
    return Sum(weight[s] * shift[s] ** power, (s, 1, K)) / Sum(weight[s], (s, 1, K))


increase = (log(partition(radius)) + log(partition(-radius))) / 2 - log(partition(0))
variance = power_mean(2) - power_mean(1) ** 2
remainder = increase - radius**2 * variance / 2

# E[A_kl A_um] of Haar's law on the orthogonal group in d dimensions.
second_moment = KroneckerDelta(k, u) * KroneckerDelta(l, m) / d
curvature = p[s] * KroneckerDelta(s, r) - p[s] * p[r]
moved_logits = Sum(W[s, k] * W[r, u] * phi[l] * phi[m] * second_moment, (k, 1, d), (u, 1, d), (l, 1, d), (m, 1, d))
inner = Sum(first[k] * second[k], (k, 1, d))

STATEMENT = Statement(
    title="Feature robustness is relative flatness to second order, with a remainder of fourth order",
    words="The Haar-averaged second-order term of the loss is delta^2 kappa/(2d) at every point of training. Per "
    "sample and pair A, -A the remainder lies between -R^4 delta^4/192 and R^4 delta^4/288, R <= D ||phi|| the "
    "range of the logits' motion, and the increase between 0 and R^2 delta^2/8, for every delta.",
    claim=Every(
        equal(Sum(curvature * moved_logits, (s, 1, K), (r, 1, K)), squared_norm() * row_variance() / d),
        at_most(remainder, width**4 * radius**4 / 288),
        at_least(remainder, -(width**4) * radius**4 / 192),
        at_least(increase, 0),
        at_most(increase, width**2 * radius**2 / 8),
        at_most(inner**2, Sum(first[k] ** 2, (k, 1, d)) * Sum(second[l] ** 2, (l, 1, d))),
    ),
    assumptions=(
        PROBABILITIES,
        Assumption(at_least(high - shift[s], 0), "no logit moves faster than high"),
        Assumption(at_least(shift[s] - low, 0), "none slower than low"),
    ),
    source=Source("Petzka et al. 2021", "Theorem 5", "epsilon = delta^2 kappa/(2m) + O(delta^3) at a local minimum"),
    uses=("flatness_is_softmax_variance", "softmax_hessian"),
    expected=Expected.SHARPENED,
    finding="No minimum is needed, since A and -A cancel every odd order; the remainder is of order delta^4 with an "
    "explicit constant, for every delta.",
    tags=("flatness", "generalisation"),
)
