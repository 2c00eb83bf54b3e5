"""The softmax head as finite sums: logits, probabilities, cross-entropy and the variance of the rows of W.

One sample: feature phi_k (k = 1..d), logits z_s = sum_k W_sk phi_k + beta_s, label y. Several samples carry a first
index i. Probability vectors p are abstract where only sum p = 1 and p >= 0 matter.
"""

from sympy import Expr, IndexedBase, Sum, Symbol, exp, log

from theory.symbols import K, W, d, k, l, p, phi, r

beta = IndexedBase("beta", real=True)
_m = Symbol("m", integer=True, positive=True)


def inner(first, second) -> Expr:
    """sum_k first(k) second(k) over the d coordinates."""
    return Sum(first(k) * second(k), (k, 1, d))


def logit(s, feature=phi) -> Expr:
    return Sum(W[s, k] * feature[k], (k, 1, d)) + beta[s]


def softmax(s, feature=phi) -> Expr:
    return exp(logit(s, feature)) / Sum(exp(logit(r, feature)), (r, 1, K))


def cross_entropy(y, feature=phi) -> Expr:
    """-log p_y for one sample."""
    return log(Sum(exp(logit(r, feature)), (r, 1, K))) - logit(y, feature)


def squared_norm(feature=phi) -> Expr:
    return Sum(feature[k] ** 2, (k, 1, d))


def mean_row(coordinate, probability=lambda s: p[s]) -> Expr:
    """w_bar = sum_s p_s w_s, one coordinate."""
    return Sum(probability(_m) * W[_m, coordinate], (_m, 1, K))


def row_variance(probability=lambda s: p[s]) -> Expr:
    """tr Cov_{s~p}(w_s) = sum_s p_s ||w_s - w_bar||^2."""
    return Sum(probability(r) * Sum((W[r, l] - mean_row(l, probability)) ** 2, (l, 1, d)), (r, 1, K))


def squared_distance(s, t) -> Expr:
    """||w_s - w_t||^2."""
    return Sum((W[s, l] - W[t, l]) ** 2, (l, 1, d))
