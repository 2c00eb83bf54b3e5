"""The squared-error flow splits into logistic modes: sigma' = 2 sigma (w (sqrt n - sigma) - lambda_0).

Aligned states W = R diag(a) S^T, H = S diag(b) R^T (x) 1_n^T/sqrt(n) with orthonormal R, S stay aligned; each mode
obeys a' = w (sqrt n - ab) b - lambda_W a, b' = w (sqrt n - ab) a - lambda_H b. Balanced, with one decay, sigma = ab
is logistic: sigma(t) = s/(1 + (s/sigma_0 - 1) exp(-2 w s t)), s = sqrt n - lambda_0/w.
"""

from sympy import Derivative, IndexedBase, KroneckerDelta, Rational, Sum, Symbol, sqrt

from theory.flows.collapsed_mse import (
    FREE,
    PLANAR,
    SCALAR,
    balance,
    equilibrium_mode,
    fit_rate,
    mode,
    sigma,
    sigma0,
    weight,
)
from theory.objects.free_features import cls, coordinate, other
from theory.statement import Assumption, Every, Source, Statement, at, equal, less
from theory.symbols import K, a, b, d, decay, decay_H, decay_W, k, l, n, r, s, t

left, right = (IndexedBase(name, real=True) for name in "RS")  # K x K and d x K, orthonormal columns
heads, features = (IndexedBase(name, real=True) for name in "ab")
m = Symbol("m", integer=True, positive=True)
direction = Symbol("e", integer=True, positive=True)


def head(row, column):
    return Sum(heads[m] * left[row, m] * right[column, m], (m, 1, K))


def feature(of, column):
    """Every sample of a class has the same feature."""
    return Sum(features[direction] * right[column, direction] * left[of, direction], (direction, 1, K)) / sqrt(n)


def residual(row, of):
    """One entry of Y - W H."""
    return KroneckerDelta(row, of) - Sum(head(row, k) * feature(of, k), (k, 1, d))


def mode_rates(index):
    """a' and b' of one mode, as the planar flow has them."""
    return tuple(rate.subs({a: heads[index], b: features[index]}) for rate in PLANAR.right_hand_side)


j = Symbol("j", integer=True, positive=True)
head_rate = weight * n * Sum(residual(r, other) * feature(other, coordinate), (other, 1, K)) - decay_W * head(
    r, coordinate
)
feature_rate = weight * Sum(residual(s, cls) * head(s, coordinate), (s, 1, K)) - decay_H * feature(cls, coordinate)
aligned_head = Sum(mode_rates(j)[0] * left[r, j] * right[coordinate, j], (j, 1, K))
aligned_feature = Sum(mode_rates(j)[1] * left[cls, j] * right[coordinate, j], (j, 1, K)) / sqrt(n)
SAME = KroneckerDelta(m, direction)
one_decay = {decay_W: decay, decay_H: decay}

STATEMENT = Statement(
    title="The squared-error flow splits into logistic modes",
    words="States aligned with an orthonormal frame stay aligned and their singular directions do not interact. "
    "Without decay "
    "a^2 - b^2 is conserved, with one decay it is forgotten at twice that rate; balanced, the mode is logistic "
    "with rate "
    "2 (w sqrt n - lambda_0) and limit sqrt n - lambda_0/w.",
    claim=Every(
        equal(head_rate, aligned_head),
        equal(feature_rate, aligned_feature),
        equal(FREE.chain_rule(balance), 0),
        equal(PLANAR.rate_of(balance).subs(one_decay), -2 * decay * balance),
        equal(PLANAR.rate_of(a * b).subs(one_decay).subs(b, a), SCALAR.right_hand_side[0].subs(sigma, a**2)),
        equal(Derivative(mode(t, sigma0), t), SCALAR.right_hand_side[0].subs(sigma, mode(t, sigma0))),
        equal(at(mode(t, sigma0), {t: 0}), sigma0),
        equal(at(SCALAR.right_hand_side[0], {sigma: equilibrium_mode}), 0),
        equal(Derivative(SCALAR.right_hand_side[0], sigma).doit().subs(sigma, equilibrium_mode), -fit_rate),
    ),
    assumptions=(
        Assumption(less(1, equilibrium_mode / sigma0), "the mode starts below its limit"),
        Assumption(equal(Sum(left[r, m] * left[cls, m], (m, 1, K)), KroneckerDelta(r, cls)), "R has orthonormal rows"),
        Assumption(equal(Sum(left[r, m] * left[r, direction], (r, 1, K)), SAME), "R has orthonormal columns"),
        Assumption(equal(Sum(right[l, m] * right[l, direction], (l, 1, d)), SAME), "S has orthonormal columns"),
    ),
    source=Source("Saxe, McClelland & Ganguli 2014; Zhou et al. 2022", "deep linear modes, applied to free features"),
    uses=("mse_ufm_optimum",),
    tags=("unconstrained features", "dynamics"),
)

EXAMPLE = {
    K: 2,
    d: 2,
    n: 1,
    weight: 1,
    decay: Rational(1, 10),
    sigma0: Rational(1, 2),
    left: lambda row, column: int(row == column),
    right: lambda row, column: int(row == column),
}
