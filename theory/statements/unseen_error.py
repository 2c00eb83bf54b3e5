"""Error on unseen data from a finite held-out sample: margins that contract about a scale chosen beforehand.

X = min(max(T/t_0, 0), 2) for the margin T of the right class over the best other one and any t_0 > 0 that does not
depend on the held-out sample. An error means X = 0, so that it is at most (X - 1)^2; call that Y, its mean S, its
variance V and its mean over n pairwise independent held-out samples T_n. Y lies in [0, 1], so V <= S; the mean square
of S - T_n is V/n. By Chebyshev, for every c > 0, (S - T_n)^2 <= 4 c^2 S but with probability at most
delta = 1/(4 c^2 n), and that is solved for S:

    P[error] <= S <= (c + sqrt(c^2 + T_n))^2,    c = 1/(2 sqrt(n delta))

No bound on the features and no moment is assumed: the clipping takes their place.
"""

from sympy import IndexedBase, KroneckerDelta, Rational, Sum, Symbol, sqrt

from theory.objects.examples import HALF, constant, table
from theory.objects.tails import PROBABILITY, expected, failure, law
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import i, j, k, n, r

clipped = IndexedBase("X", nonnegative=True)
samplings = Symbol("n_s", integer=True, positive=True)
sampling = IndexedBase("Q", nonnegative=True)
bad = IndexedBase("B", nonnegative=True)
held_out = IndexedBase("Y", real=True)
mean, variance = Symbol("S", positive=True), Symbol("V", nonnegative=True)
sample_mean = Symbol("T_n", nonnegative=True)
size = Symbol("n_h", integer=True, positive=True)
root, bounding_root = Symbol("q_S", nonnegative=True), Symbol("q_T", nonnegative=True)
width = Symbol("c_h", positive=True)
allowed = 4 * width**2 * mean  # of (S - T_n)^2
squared = (clipped[j] - 1) ** 2


def over_samplings(term):
    """Mean over the draws k of a held-out sample."""
    return Sum(sampling[k] * term, (k, 1, samplings))


deviation = (mean - Sum(held_out[k, i], (i, 1, size)) / size) ** 2  # (S - T_n)^2 in draw k


def error_bound(held_out_mean, samples, failure_probability):
    """(c + sqrt(c^2 + T_n))^2 with c = 1/(2 sqrt(n delta)), of numbers or expressions."""
    c = 1 / (2 * sqrt(samples * failure_probability))
    return (c + sqrt(c**2 + held_out_mean)) ** 2


EXAMPLE = {  # V = 0: no more than n_s - 1 members are uncorrelated in n_s draws, and here every index is free
    n: 2,
    law: constant(HALF),
    failure: constant(0),
    clipped: table(HALF, Rational(3, 2)),
    samplings: 2,
    size: 2,
    sampling: constant(HALF),
    held_out: constant(Rational(1, 4)),
    bad: constant(0),
    mean: Rational(1, 4),
    variance: 0,
    width: HALF,
    sample_mean: Rational(5, 16),
    root: HALF,
    bounding_root: Rational(3, 4),
}

STATEMENT = Statement(
    title="Error on unseen data, from the margins of a held-out sample",
    words="The margins over a scale chosen beforehand, clipped to [0, 2], have mean square distance S > 0 from 1. The "
    "error is at most S, and so is the variance V of that square distance. The mean T_n over n pairwise independent "
    "held-out samples misses S by V/n in square mean, so for every c > 0 by more than 2 c sqrt(S) with probability at "
    "most 1/(4 c^2 n); where it does not, S is at most (c + sqrt(c^2 + T_n))^2. Features and margins may be unbounded.",
    claim=Every(
        at_most(expected(failure[j]), mean),
        at_most(variance, mean),
        equal(over_samplings(deviation), variance / size),
        at_most(over_samplings(bad[k]), 1 / (4 * width**2 * size)),
        at_most(root, width + bounding_root),
    ),
    assumptions=(
        PROBABILITY,
        Assumption(at_least(1 - failure[j], 0), "F is the indicator of an error: at most 1"),
        Assumption(at_least(-failure[j] * clipped[j], 0), "F, an error, has clipped margin X = 0"),
        Assumption(at_least(2 - clipped[j], 0), "X is clipped at 2"),
        Assumption(equal(mean, expected(squared)), "S is the mean of Y = (X - 1)^2, positive"),
        Assumption(equal(variance, expected(squared**2) - expected(squared) ** 2), "V is its variance"),
        Assumption(equal(over_samplings(1), 1), "Q is the law of the held-out sample"),
        Assumption(equal(over_samplings(held_out[k, i]), mean), "each of its n members has mean S"),
        Assumption(
            equal(over_samplings(held_out[k, i] * held_out[k, r]), mean**2 + variance * KroneckerDelta(i, r)),
            "and variance V, and two of them are uncorrelated, as independent ones are",
        ),
        Assumption(at_least(1 - bad[k], 0), "B is the indicator of a bad draw of the held-out sample: at most 1"),
        Assumption(at_least(bad[k] * (deviation - allowed), 0), "B > 0 only where (S - T_n)^2 >= 4 c^2 S"),
        Assumption(equal(root**2, mean), "q_S = sqrt(S)"),
        Assumption(at_least(allowed - (mean - sample_mean) ** 2, 0), "a draw that is not bad"),
        Assumption(equal(bounding_root**2, width**2 + sample_mean), "q_T = sqrt(c^2 + T_n)"),
    ),
    source=Source("this project", "finite-sample form of Sakamoto & Sato 2025, Theorem 3.2"),
    finding="A probability statement about data that nobody has seen, without a bound on features: the tail is clipped "
    "away, and one Chebyshev inequality is left.",
    bounds=(
        Bound(
            name="unseen_error",
            observable="unseen_error",
            upper=Symbol("unseen_error_bound"),
            ceiling=1,
            deterministic=False,
            words="from the margins of the first half of the test samples, with probability 0.95; the error is that of "
            "the other half",
        ),
    ),
    tags=("generalisation",),
)
