"""Exact relative flatness at exact collapse, the length of the class means left free.

kappa = head_scale^2 M^2 mean_c ||mu_c||^2 K q (2 + (K-2) q)/(1 + (K-1) q)^2,  q = exp(-head_scale M^2 K/(K-1)).
"""

from sympy import Sum, exp

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import NC2, NC4_BIAS, bias, decayed, global_mean, mean, variance_factor
from theory.statement import Source, Statement, equal
from theory.symbols import K, M, d, head_scale, i, j, k, l, r, s, y


def feature(cls, coordinate):
    """phi = mu_c for every sample of the class (NC1)."""
    return mean[cls, coordinate] + global_mean[coordinate]


def logit(cls, target):
    """w_cls . mu_target + beta_cls with w_cls = head_scale m_cls (NC3)."""
    return Sum(head_scale * mean[cls, k] * feature(target, k), (k, 1, d)) + bias[cls]


def probability(cls, target):
    return exp(logit(cls, target)) / Sum(exp(logit(r, target)), (r, 1, K))


def row_variance(target):
    """tr Cov_p(w) at the features of one class."""
    average = Sum(probability(j, target) * head_scale * mean[j, l], (j, 1, K))
    spread = Sum((head_scale * mean[s, l] - average) ** 2, (l, 1, d))
    return Sum(probability(s, target) * spread, (s, 1, K))


squared_mean = Sum(feature(y, i) ** 2, (i, 1, d))
kappa = Sum(squared_mean * row_variance(y), (y, 1, K)) / K

STATEMENT = Statement(
    title="Relative flatness at exact collapse",
    words="Under NC1-NC3 and equal effective biases, relative flatness is a closed form in the logit scale, times the "
    "mean squared length of the class means, which need not be centred.",
    claim=equal(
        kappa,
        head_scale**2 * M**2 * variance_factor(decayed(head_scale * M**2)) * Sum(squared_mean, (y, 1, K)) / K,
    ),
    assumptions=(AT_LEAST_TWO_CLASSES, NC2, NC4_BIAS),
    source=Source("Han et al. 2025", "Proposition 5.3 gives a bound; the exact value is derived here"),
    uses=("flatness_is_softmax_variance", "simplex_etf_gram"),
    tags=("flatness",),
)
