"""The generalisation bound with the variance along w_c - w_k only: never weaker than the published one, and sharp.

T = a.g + b with a = w_c - w_k, b = b_c - b_k: v = a^T Cov(g) a <= ||a||^2 tr Cov(g), and P[T <= 0] <= v/(v + m^2).
A margin that is 0 with probability v/(v+m^2) and (v+m^2)/m otherwise attains it.
"""

from sympy import Rational, S, Sum, Symbol

from theory.objects.examples import table
from theory.objects.tails import (
    FAILING,
    INDICATOR,
    MEAN,
    PROBABILITY,
    SECOND_MOMENT,
    cantelli,
    centre,
    expected,
    failure,
    law,
    margin,
    spread,
)
from theory.statement import Bound, Every, Expected, Source, Statement, at_most, equal
from theory.statements.cantelli_generalisation import direction, directional, g, gap, isotropic
from theory.symbols import d, j, k, n, r

bias = Symbol("b_ck", real=True)


def score(point):
    """T at a point: a.g_j + b."""
    return Sum(direction[k] * g[point, k], (k, 1, d)) + bias


mean_score = Sum(direction[k] * expected(g[j, k]), (k, 1, d)) + bias
attained = (cantelli(spread, centre), 1 - cantelli(spread, centre))
values = (0, (spread + centre**2) / centre)


def two_point(power):
    """E T^power of the extremal margin."""
    return sum(weight * value**power for weight, value in zip(attained, values, strict=True))


EXAMPLE = {
    # The margin 0 with probability 1/5, 5/4 otherwise: mean 1, variance 1/4, and Cantelli's bound 1/5 is attained.
    n: 2,
    d: 2,
    law: table(Rational(1, 5), Rational(4, 5)),
    margin: table(0, Rational(5, 4)),
    failure: table(1, 0),
    centre: 1,
    spread: Rational(1, 4),
}

STATEMENT = Statement(
    title="Only the variance along the decision direction counts",
    words="The tail of a margin is bounded by its own variance, that of the features along w_c - w_k, whatever the "
    "bias; the bound is never weaker than the one with the total within-class variance, and a two-point margin "
    "attains it.",
    claim=Every(
        at_most(expected(failure[j]), cantelli(spread, centre)),
        equal(Sum(law[r] * (score(r) - mean_score) ** 2, (r, 1, n)), directional),
        at_most(cantelli(directional, gap), cantelli(isotropic, gap)),
        equal(two_point(1), centre),
        equal(two_point(2) - centre**2, spread),
    ),
    assumptions=(PROBABILITY, MEAN, SECOND_MOMENT, INDICATOR, FAILING),
    source=Source("Sakamoto & Sato 2025", "Theorem 3.2", "the total within-class variance in every direction"),
    uses=("cantelli_generalisation",),
    expected=Expected.SHARPENED,
    finding="The published denominator is the variance in all directions; only the one along w_c - w_k can hurt.",
    bounds=(
        Bound(
            name="directional_generalisation",
            observable="test_error",
            upper=Symbol("directional_bound"),
            ceiling=S.One,
            words="sum_c p(c) sum_{k != c} v/(v + m^2), v the variance of the margin of c over k on the test sample",
        ),
    ),
    tags=("generalisation",),
)
