"""Relative flatness is bounded by the margin alone; with margin gamma >= 0 the exact worst case is exact collapse.

Every wrong class has p_s <= q p_y, q = exp(-gamma), and ||w_s - w_t||^2 <= D_+:
    kappa <= E||phi||^2 (D_+/2) (K-1) q (2+(K-2)q)/(1+(K-1)q)^2 <= E||phi||^2 D_+ (K-1) q,
an equality in the first for the collapsed simplex with that margin. The coarse bound needs no sign of gamma.
"""

from sympy import IndexedBase, Integer, Max, Rational, Sum, Symbol, exp

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import variance_factor
from theory.objects.examples import HALF, OPPOSITE, table
from theory.objects.head_rows import apart, below, furthest
from theory.objects.softmax_head import row_variance
from theory.statement import Assumption, Bound, Every, Expected, Source, Statement, at, at_least, at_most, equal
from theory.symbols import K, M, W, d, head_scale, q, r, s, y

p = IndexedBase("p", nonnegative=True)
shortfall = apart(s, y) * (q * p[y, y] - p[y, s])


def worst_case(odds):
    """(K-1) q (2+(K-2)q)/(2 (1+(K-1)q)^2): tr Cov_p(w)/D_+ at a collapsed simplex with odds q of each wrong class."""
    return (K - 1) * odds * (2 + (K - 2) * odds) / (2 * (1 + (K - 1) * odds) ** 2)


classes = Symbol("classes")
odds = exp(-Max(Symbol("margin_min"), 0))
scale = Symbol("feature_norm_rms") ** 2 * Symbol("head_diameter") ** 2
MEASURED = (classes - 1) * odds * (2 + (classes - 2) * odds) / (2 * (1 + (classes - 1) * odds) ** 2)

EXAMPLE = {
    K: 2,
    d: 2,
    q: HALF,
    furthest: Integer(4),
    W: OPPOSITE,
    p: table((Rational(3, 4), Rational(1, 4)), (Rational(1, 4), Rational(3, 4))),
}

STATEMENT = Statement(
    title="Flatness from the margin alone",
    words="If no wrong class has more than q = exp(-gamma) times the label's probability, tr Cov_p(w) is at most "
    "D_+ (K-1) q; for q <= 1 it is at most its value at the collapsed simplex with margin gamma, which attains the "
    "bound. Without any margin it is at most (1-1/K) D_+/2, the same expression at q = 1.",
    claim=Every(
        at_most(row_variance(lambda cls: p[y, cls]), furthest * worst_case(q)),
        at_most(row_variance(lambda cls: p[y, cls]), furthest * (K - 1) * q),
        at_most(row_variance(lambda cls: p[y, cls]), furthest * worst_case(1)),
        equal(
            at(furthest * worst_case(q), {furthest: 2 * head_scale**2 * M**2 * K / (K - 1)}),
            head_scale**2 * M**2 * variance_factor(q),
        ),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(equal(Sum(p[y, s], (s, 1, K)), 1), "p_y is the softmax of a sample with label y, for every y"),
        Assumption(at_least(below(s, r), 0), "two different rows of W are at most sqrt(D_+) apart"),
        Assumption(at_least(shortfall, 0), "no wrong class has more than q times the label's probability"),
        Assumption(at_most(q, 1), "the margin is not negative (needed by the sharp form only)"),
    ),
    source=Source("this project", "margin form", "kappa <= B^2 D^2 (K-1) exp(-gamma)"),
    uses=("flatness_is_softmax_variance", "flatness_from_loss"),
    expected=Expected.SHARPENED,
    finding="At a given margin, head diameter and feature norm the collapsed simplex is the sharpest configuration "
    "there is: no network of that margin has a larger relative flatness.",
    bounds=(
        Bound(
            name="flatness_from_margin",
            observable="relative_flatness",
            upper=scale * MEASURED,
            ceiling=scale * (1 - 1 / classes) / 2,
            words="E||phi||^2 D^2 (K-1) q (2+(K-2)q)/(2 (1+(K-1)q)^2), q = exp(-max(smallest margin, 0))",
        ),
    ),
    tags=("flatness",),
)
