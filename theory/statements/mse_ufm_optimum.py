"""The optimum of the squared-error unconstrained-features model with weight decay: global, by completing squares.

Objective: (w/2) ||W H - Y||^2 + (decay_W/2) ||W||^2 + (decay_H/2) ||H||^2, c = sqrt(n decay_W decay_H), rho = c/(n
w); w = 1/N gives rho = K c. It is at least w N rho (2 - rho)/2 for every W and H, with equality iff W H = (1-rho) Y
and every feature is (decay_W/c) times its head row; rho >= 1: the origin is optimal. A free bias turns the orthogonal
into a simplex frame.
"""

from sympy import IndexedBase, KroneckerDelta, S, Sum, Symbol, sqrt

from theory.flows.collapsed_mse import weight
from theory.objects.ufm import (
    mse_feature_norm_squared,
    mse_mode_objective,
    mse_threshold_ratio,
    mse_weights,
    optimal_mode,
)
from theory.statement import Assumption, Bound, Every, Follows, Source, Statement, at, at_least, equal, less
from theory.statements.ce_ufm_optimum import H, feature_square, head_square, logit, samples
from theory.symbols import K, W, c, decay_H, decay_W, i, l, n, s, y

bias = IndexedBase("beta", real=True)
excess = Symbol("excess", nonnegative=True)

coupled = {decay_H: c**2 / (n * decay_W)}
rho = mse_threshold_ratio(weight).subs(coupled)
penalty = decay_W / 2 * head_square + c**2 / (n * decay_W) / 2 * feature_square


def gap(row, of, number, reach=1):
    """One entry of W H - reach Y."""
    return logit(row, of, number) - reach * KroneckerDelta(row, of)


objective = weight / 2 * Sum(gap(s, y, i) ** 2, (s, 1, K), *samples) + penalty
biased = weight / 2 * Sum((gap(s, y, i) + bias[s]) ** 2, (s, 1, K), *samples) + penalty
least = weight * n * K * rho * (2 - rho) / 2
head, feature = sqrt((1 - rho) * c / decay_W), sqrt((1 - rho) * n * decay_W / c)
at_optimum = equal(objective, least)

STATEMENT = Statement(
    title="The optimum of the squared-error unconstrained-features model",
    words="For every head and all features the objective is at least w N rho (2 - rho)/2. Equality forces W H = "
    "(1 - rho) Y "
    "and h_ci = (decay_W/c) w_c: collapse, self-duality and an orthogonal frame at once. With rho >= 1 the origin is "
    "optimal; with a free bias the bound and the squared norms get the factor (K-1)/K.",
    claim=Every(
        at_least(objective, least),
        Follows(at_optimum, equal(gap(s, y, i, 1 - rho), 0)),
        Follows(at_optimum, equal(H[l, y, i], decay_W / c * W[y, l])),
        at_least(objective.subs(c, n * weight * (1 + excess)), weight * n * K / 2),
        at_least(biased, (K - 1) / K * least),
        equal(K * mse_mode_objective(head, feature, weight).subs(coupled), least),
        equal(head * feature, optimal_mode(weight).subs(coupled)),
        equal(feature**2 / n, mse_feature_norm_squared(False, weight).subs(coupled)),
        equal(at(mse_threshold_ratio(weight), {weight: mse_weights["paper"], **coupled}), K * c),
        less(0, optimal_mode(weight).subs(coupled)),
    ),
    assumptions=(Assumption(less(c, n * weight), "the weight decay is below the threshold, rho < 1"),),
    source=Source("Zhou et al. 2022", "Theorem 3.1; the identity that proves it is derived here"),
    bounds=(
        Bound(
            name="mse_ufm_optimum",
            observable="objective_over_mse_ufm_optimum",
            lower=S.One,
            floor=S.Zero,
            words="no state of a simulation has a smaller objective than the closed form's",
        ),
    ),
    tags=("unconstrained features",),
)
