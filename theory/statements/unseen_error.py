"""Error on unseen data from a finite held-out sample: margins that contract about a scale chosen beforehand.

X = min(max(T/t_0, 0), 2) for the margin T of the right class over the best other one and any t_0 > 0 that does not
depend on the held-out sample. An error means X = 0, so that it is at most (X - 1)^2; call that Y, its mean S and its
mean over n independent held-out samples T_n. Y lies in [0, 1], so Var Y <= S. By Chebyshev, for every
c > 0, (S - T_n)^2 <= 4 c^2 S but with probability at most delta = 1/(4 c^2 n), and that is solved for S:

    P[error] <= S <= (c + sqrt(c^2 + T_n))^2,    c = 1/(2 sqrt(n delta))

No bound on the features and no moment is assumed: the clipping takes their place.
"""

from sympy import IndexedBase, Rational, Sum, Symbol, sqrt

from theory.objects.examples import HALF, constant, table
from theory.objects.tails import PROBABILITY, expected, failure, law
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import j, k, n

clipped = IndexedBase("X", nonnegative=True)
samplings = Symbol("n_s", integer=True, positive=True)
sampling = IndexedBase("Q", nonnegative=True)
bad = IndexedBase("B", nonnegative=True)
deviation = IndexedBase("D", nonnegative=True)
mean = Symbol("S", positive=True)
sample_mean = Symbol("T_n", nonnegative=True)
size = Symbol("n_h", integer=True, positive=True)
root, bounding_root = Symbol("r", nonnegative=True), Symbol("q_T", nonnegative=True)
width = Symbol("c_h", positive=True)
allowed = 4 * width**2 * mean  # of (S - T_n)^2
squared = (clipped[j] - 1) ** 2


def over_samplings(term):
    """Mean over the draws k of a held-out sample."""
    return Sum(sampling[k] * term, (k, 1, samplings))


def error_bound(held_out_mean, samples, failure_probability):
    """(c + sqrt(c^2 + T_n))^2 with c = 1/(2 sqrt(n delta)), of numbers or expressions."""
    c = 1 / (2 * sqrt(samples * failure_probability))
    return (c + sqrt(c**2 + held_out_mean)) ** 2


EXAMPLE = {
    n: 2,
    law: constant(HALF),
    failure: table(1, 0),
    clipped: table(0, 1),
    samplings: 2,
    sampling: table(Rational(1, 4), Rational(3, 4)),
    bad: table(1, 0),
    deviation: table(Rational(9, 4), 0),
    mean: 1,
    size: 1,
    width: Rational(3, 4),
    sample_mean: 1,
    root: 1,
    bounding_root: Rational(5, 4),
}

STATEMENT = Statement(
    title="Error on unseen data, from the margins of a held-out sample",
    words="The margins over a scale chosen beforehand, clipped to [0, 2], have mean square distance S > 0 from 1. The "
    "error is at most S, and so is the variance of that square distance. So for every c > 0 the mean T_n over n "
    "independent held-out samples differs from S by more than 2 c sqrt(S) with probability at most 1/(4 c^2 n); where "
    "it does not, S is at most (c + sqrt(c^2 + T_n))^2. Features and margins may be unbounded.",
    claim=Every(
        at_most(expected(failure[j]), expected(squared)),
        at_most(expected(squared**2) - expected(squared) ** 2, expected(squared)),
        at_most(over_samplings(bad[k]), 1 / (4 * width**2 * size)),
        at_most(root, width + bounding_root),
    ),
    assumptions=(
        PROBABILITY,
        Assumption(at_least(1 - failure[j], 0), "F is the indicator of an error: at most 1"),
        Assumption(at_least(-failure[j] * clipped[j], 0), "F, an error, has clipped margin X = 0"),
        Assumption(at_least(2 - clipped[j], 0), "X is clipped at 2"),
        Assumption(at_least(mean / size - over_samplings(deviation[k]), 0), "D = (S - T_n)^2 has mean at most S/n"),
        Assumption(at_least(1 - bad[k], 0), "B is the indicator of a bad draw of the held-out sample: at most 1"),
        Assumption(at_least(bad[k] * (deviation[k] - allowed), 0), "B > 0 only where D >= 4 c^2 S"),
        Assumption(equal(root**2, mean), "r = sqrt(S)"),
        Assumption(at_least(allowed - (mean - sample_mean) ** 2, 0), "a draw that is not bad"),
        Assumption(equal(bounding_root**2, width**2 + sample_mean), "q_T = sqrt(c^2 + T_n)"),
    ),
    source=Source("this project", "finite-sample form of Sakamoto & Sato 2025, Theorem 3.2"),
    uses=("population_variance_gap",),
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
