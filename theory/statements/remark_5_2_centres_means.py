"""Remark 5.2 (||mu_c|| <= M for every class) is not mild: with ||mu_c - mu_G|| = M it forces mu_G = 0.

mu_c = m_c + g, sum_c m_c = 0, ||m_c|| = M. Orthonormal means (after a ReLU) collapse exactly and violate it, with
||mu_c||^2 = 1 > M^2 = (K-1)/K. Without it: kappa <= head_scale^2 K^2 M^2 max ||mu_c||^2 q/(1+(K-1)q)^2.
"""

from sympy import IndexedBase, KroneckerDelta, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import global_mean, mean, variance_factor
from theory.objects.examples import HALF, OPPOSITE, constant
from theory.statement import Assumption, Every, Expected, Follows, Source, Statement, at_least, at_most, equal, less
from theory.symbols import K, M, d, head_scale, j, k, l, q, s

free_mean = IndexedBase("f", real=True)
free_centre = IndexedBase("h", real=True)
longest = Symbol("R", positive=True)


def class_mean(cls, coordinate):
    return mean[cls, coordinate] + global_mean[coordinate]


def orthonormal(cls, coordinate):
    """mu_c = e_c: a collapsed, nonnegative frame in K dimensions."""
    return KroneckerDelta(cls, coordinate)


def centred_orthonormal(cls, coordinate):
    return orthonormal(cls, coordinate) - 1 / K


squared_length = Sum(class_mean(s, k) ** 2, (k, 1, d))
squared_centre = Sum(global_mean[l] ** 2, (l, 1, d))
free_length = Sum((free_mean[s, k] + free_centre[k]) ** 2, (k, 1, d))
mean_square = Sum(free_length, (s, 1, K)) / K
exact = head_scale**2 * M**2 * mean_square * variance_factor(q)
radius = (K - 1) / K
gram = Sum(centred_orthonormal(s, k) * centred_orthonormal(j, k), (k, 1, K))

EXAMPLE = {
    # The remark leaves only mu_G = 0; the corrected bound is free of it.
    K: 2,
    d: 2,
    M: 1,
    q: HALF,
    longest: 1,
    mean: OPPOSITE,
    global_mean: constant(0),
    free_mean: constant(HALF),
    free_centre: constant(0),
}

STATEMENT = Statement(
    title="Remark 5.2 forces centred means",
    words="If no class mean is longer than its distance M from the global mean, the global mean is zero. "
    "Orthonormal class means satisfy NC2 and are longer than M. With the longest class mean in place of M the "
    "published bound holds without the remark, with K^2 in place of K^3.",
    claim=Every(
        at_most(squared_centre, 0),
        Follows(equal(squared_centre, 0), equal(global_mean[l], 0)),
        equal(Sum(squared_length, (s, 1, K)) / K, M**2 + squared_centre),
        equal(gram, radius * (K * KroneckerDelta(s, j) - 1) / (K - 1)),
        less(radius, Sum(orthonormal(s, k) ** 2, (k, 1, K))),
        at_most(exact, head_scale**2 * K**2 * M**2 * longest**2 * q / (1 + (K - 1) * q) ** 2),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(equal(Sum(mean[s, k], (s, 1, K)), 0), "m_c = mu_c - mu_G sum to zero"),
        Assumption(equal(Sum(mean[s, k] ** 2, (k, 1, d)), M**2), "||mu_c - mu_G|| = M"),
        Assumption(at_least(M**2 - squared_length, 0), "Remark 5.2: ||mu_c|| <= M"),
        Assumption(at_least(longest**2 - free_length, 0), "no class mean is longer than R (free of Remark 5.2)"),
        Assumption(at_most(q, 1), "q = exp(-logit scale) is at most 1"),
    ),
    source=Source("Han et al. 2025", "Remark 5.2", "a mild bound on the class means"),
    uses=("flatness_at_collapse",),
    expected=Expected.SHARPENED,
    finding="The remark forces mu_G = 0, which features after a ReLU never satisfy; the corrected bound replaces "
    "one M^2 by max ||mu_c||^2 and gains a factor K.",
    tags=("flatness",),
)
