"""Theorem 3.2: misclassification is bounded by within-class variance over squared margins of the class means
(Cantelli).

T = (w_c - w_k).g + b_c - b_k with mean m > 0 and variance v: P[T <= 0] <= v/(v + m^2); a union over k != c and a mean
over classes give the error. With the total variance V >= v/||w_c - w_k||^2 in place of v this is the published form.
"""

from sympy import IndexedBase, Rational, S, Sum, Symbol

from theory.objects.examples import HALF, constant, table
from theory.objects.head_rows import apart
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
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most
from theory.symbols import K, d, j, k, l, n, r, s

g = IndexedBase("g", real=True)
direction = IndexedBase("a", real=True)
prior = IndexedBase("pi", nonnegative=True)
tail = IndexedBase("R", nonnegative=True)
pair_failure = IndexedBase("G", nonnegative=True)
error = IndexedBase("E", nonnegative=True)
class_law = IndexedBase("C", nonnegative=True)
total = Symbol("V", nonnegative=True)
smaller = Symbol("v_u", nonnegative=True)
gap = Symbol("mu", positive=True)


def deviation(point, coordinate):
    """g_j - E g, one coordinate."""
    return g[point, coordinate] - expected(g[j, coordinate])


along = Sum(direction[k] * deviation(r, k), (k, 1, d))
directional = Sum(law[r] * along**2, (r, 1, n))
isotropic = Sum(direction[l] ** 2, (l, 1, d)) * Sum(law[r] * deviation(r, k) ** 2, (r, 1, n), (k, 1, d))
misclassified = Sum(prior[s] * Sum(class_law[s, j] * error[s, j], (j, 1, n)), (s, 1, K))
tails = Sum(prior[s] * Sum(apart(s, r) * tail[s, r], (r, 1, K)), (s, 1, K))
union = Sum(apart(s, r) * pair_failure[s, r, j], (r, 1, K)) - error[s, j]
pair_room = tail[s, r] - Sum(class_law[s, j] * pair_failure[s, r, j], (j, 1, n))

EXAMPLE = {
    # The margin 0 with probability 1/5, 5/4 otherwise: mean 1, variance 1/4, and Cantelli's bound 1/5 is attained.
    n: 2,
    d: 2,
    K: 2,
    law: table(Rational(1, 5), Rational(4, 5)),
    margin: table(0, Rational(5, 4)),
    failure: table(1, 0),
    centre: 1,
    spread: Rational(1, 4),
    class_law: constant(HALF),
    pair_failure: constant(1),
    error: constant(1),
    tail: constant(1),
    prior: constant(HALF),
}

STATEMENT = Statement(
    title="Within-class variance bounds misclassification",
    words="A margin with mean m > 0 and variance v fails with probability at most v/(v+m^2); summed over the other "
    "classes and averaged over classes that bounds the error. The variance along w_c - w_k is at most ||w_c - "
    "w_k||^2 times the total within-class variance, and the bound grows with it, which gives the published form. "
    "Bias included.",
    claim=Every(
        at_most(expected(failure[j]), cantelli(spread, centre)),
        at_most(misclassified, tails),
        at_most(directional, isotropic),
        at_most(cantelli(smaller, gap), cantelli(smaller + total, gap)),
    ),
    assumptions=(
        PROBABILITY,
        MEAN,
        SECOND_MOMENT,
        INDICATOR,
        FAILING,
        Assumption(at_least(union, 0), "an error of class s at point j means that some other class r wins"),
        Assumption(at_least(apart(s, r) * pair_room, 0), "R_sr bounds the probability that class r wins over s"),
    ),
    source=Source("Sakamoto & Sato 2025", "Theorem 3.2"),
    bounds=(
        Bound(
            name="cantelli_generalisation",
            observable="test_error",
            upper=Symbol("cantelli_bound"),
            ceiling=S.One,
            words="sum_c p(c) sum_{k != c} V/(V + m^2) with the total within-class variance V of the test features",
        ),
    ),
    tags=("generalisation",),
)
