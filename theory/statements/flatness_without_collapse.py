"""Scaling the head of any separating model drives relative flatness to 0: no collapse is needed, and no prediction
moves.

Logits of one sample with label y: z_y = 0, z_s = -(gamma + h_s) with gamma > 0, h_s >= 0 (any separated data). The head
x W gives kappa(x) = x^2 ||phi||^2 tr Cov_{p(x)}(w) <= D_+ ||phi||^2 (K-1) x^2 exp(-gamma x) -> 0 for this sample, and
so for the mean over any finite number; the features, and with them every collapse metric of the features, stay.
"""

from sympy import IndexedBase, Sum, Symbol, exp, oo

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.head_rows import apart, below, furthest
from theory.objects.softmax_head import squared_distance
from theory.statement import Assumption, Every, Source, Statement, Tends, at_least, at_most, more
from theory.symbols import K, r, s, x, y

feature_square = Symbol("omega", nonnegative=True)
excess = IndexedBase("h", nonnegative=True)
smallest_margin = Symbol("gamma", positive=True)


def odds(cls):
    """exp(x (z_cls - z_y)) = p_cls/p_y for a wrong class of sample i with label y, once the head is scaled by x."""
    return exp(-x * smallest_margin) * exp(-x * excess[cls])


def numerator(cls):
    """p_cls/p_y for every class."""
    return 1 - apart(cls, y) + apart(cls, y) * odds(cls)


wrong = Sum(apart(s, y) * odds(s), (s, 1, K))
pairs = Sum(numerator(s) * numerator(r) * squared_distance(s, r), (s, 1, K), (r, 1, K)) / 2
kappa = x**2 * feature_square * pairs / (1 + wrong) ** 2
bound = furthest * feature_square * (K - 1) * x**2 * exp(-x * smallest_margin)

STATEMENT = Statement(
    title="Flatness without collapse",
    words="For every head that separates its data with margin gamma, collapsed or not, the share of every sample in "
    "relative flatness of the head scaled by x is at most D_+ ||phi||^2 (K-1) x^2 exp(-gamma x) and tends to 0, "
    "while every sample keeps its class.",
    claim=Every(
        at_most(kappa, bound),
        Tends(kappa, x, oo, 0),
        more(x * (smallest_margin + excess[s]), 0),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(at_least(below(s, r), 0), "two different rows of W are at most sqrt(D_+) apart"),
    ),
    source=Source("Walter et al. 2024; 2025", "post-hoc scaling of the head, observed there"),
    uses=("flatness_from_margin",),
    finding="Relative flatness measures confidence: any separating network becomes as flat as wished by scaling its "
    "head, with unchanged predictions and unchanged features.",
    tags=("flatness", "collapse"),
)
