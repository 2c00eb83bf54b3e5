"""kappa = E[ ||phi||^2 tr Cov_{s~p}(w_s) ]: relative flatness needs no Hessian.

Definition 3.2 of Han et al. 2025: kappa = sum_{s,t} <w_s, w_t> Tr H_{s,t}, H the last-layer Hessian of the mean loss.
"""

from sympy import IndexedBase, KroneckerDelta, Sum, Symbol

from theory.objects.softmax_head import squared_distance, squared_norm
from theory.statement import Assumption, Every, Source, Statement, equal
from theory.symbols import K, N, W, d, i, k, l, r, s

p = IndexedBase("p", nonnegative=True)
phi = IndexedBase("phi", real=True)
t = Symbol("t", integer=True, positive=True)
m = Symbol("m", integer=True, positive=True)


def hessian_entry(first, k1, second, k2):
    """Entry of the mean last-layer Hessian over N samples, by softmax_hessian."""
    sample = (p[i, first] * KroneckerDelta(first, second) - p[i, first] * p[i, second]) * phi[i, k1] * phi[i, k2]
    return Sum(sample, (i, 1, N)) / N


head_product = Sum(W[s, k] * W[r, k], (k, 1, d))
definition = Sum(head_product * Sum(hessian_entry(s, l, r, l), (l, 1, d)), (s, 1, K), (r, 1, K))
mean_row = Sum(p[i, t] * W[t, k], (t, 1, K))
variance = Sum(p[i, s] * Sum((W[s, k] - mean_row) ** 2, (k, 1, d)), (s, 1, K))
feature_square = Sum(phi[i, l] ** 2, (l, 1, d))
kappa = Sum(feature_square * variance, (i, 1, N)) / N
pairs = Sum(p[i, s] * p[i, r] * squared_distance(s, r), (s, 1, K), (r, 1, K)) / 2

STATEMENT = Statement(
    title="Relative flatness is a softmax variance",
    words="Relative flatness is the mean over samples of ||phi||^2 times the variance of the head's rows under the "
    "softmax; equivalently half the mean squared distance of two rows drawn from it.",
    claim=Every(
        equal(definition, kappa),
        equal(kappa, Sum(feature_square * pairs, (i, 1, N)) / N),
    ),
    assumptions=(Assumption(equal(Sum(p[i, s], (s, 1, K)), 1), "p_i is a probability vector for every sample"),),
    source=Source("Han et al. 2025", "Definition 3.2; the identity is derived here"),
    uses=("softmax_hessian",),
    tags=("flatness",),
)

__all__ = ["STATEMENT", "kappa", "squared_norm"]
