"""Relative flatness is bounded by the loss alone: kappa <= E[ ||phi||^2 D^2 (1 - p_y) ], any network, any time.

D = max_s ||w_s - w_y||; 1 - p_y = 1 - exp(-loss). No collapse, no minimum, no assumption on the data.
"""

from sympy import IndexedBase, KroneckerDelta, S, Sum, Symbol, exp

from theory.objects.assumptions import PROBABILITIES
from theory.objects.softmax_head import row_variance, squared_distance, squared_norm
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most
from theory.symbols import B, D, N, i, p, s, y

sharpness = IndexedBase("kappa", real=True)
squared_feature = IndexedBase("R", nonnegative=True)
loss = IndexedBase("ell", nonnegative=True)
slack = (1 - KroneckerDelta(s, y)) * (D**2 - squared_distance(s, y))
sample_bound = squared_feature[i] * D**2 * (1 - exp(-loss[i]))

STATEMENT = Statement(
    title="Flatness from the loss alone",
    words="For every sample, ||phi||^2 tr Cov_p(w) is at most ||phi||^2 D^2 (1 - p_y), where D bounds the distances of "
    "the rows of W from the label's row; averaged, relative flatness is at most max ||phi||^2 D^2 E[1 - exp(-loss)].",
    claim=Every(
        at_most(row_variance(), D**2 * (1 - p[y])),
        at_most(squared_norm() * row_variance(), squared_norm() * D**2 * (1 - p[y])),
        at_most(Sum(sharpness[i], (i, 1, N)) / N, B**2 * D**2 * Sum(1 - exp(-loss[i]), (i, 1, N)) / N),
    ),
    assumptions=(
        PROBABILITIES,
        Assumption(at_least(slack, 0), "no row of W is further than D from the label's row"),
        Assumption(at_least(sample_bound - sharpness[i], 0), "the bound per sample, with p_y = exp(-loss)"),
        Assumption(at_least(B**2 - squared_feature[i], 0), "no feature is longer than B"),
    ),
    source=Source("this project", "sharpens Han et al. 2025, Proposition 5.3, which assumes collapse"),
    uses=("flatness_is_softmax_variance",),
    finding="Flatness needs no collapse: a small loss already forces it, at any time and for any network.",
    bounds=(
        Bound(
            name="flatness_from_loss",
            observable="relative_flatness",
            upper=Symbol("flatness_loss_bound"),
            lower=S.Zero,
            floor=S.Zero,
            words="per sample: E[||phi||^2 D_y^2 (1 - p_y)]",
            ceiling=Symbol("feature_norm_max") ** 2 * Symbol("head_diameter") ** 2 / 2,
        ),
        Bound(
            name="flatness_from_mean_loss",
            observable="relative_flatness",
            upper=Symbol("feature_norm_max") ** 2 * Symbol("head_diameter") ** 2 * Symbol("mean_wrong_probability"),
            words="max ||phi||^2 D^2 E[1 - p_y]",
            ceiling=Symbol("feature_norm_max") ** 2 * Symbol("head_diameter") ** 2 / 2,
        ),
    ),
    tags=("flatness",),
)
