"""Empirical and population within-class variance of fixed features, ||g|| <= 1: a true statement about unseen data.

V = E||g||^2 - ||E g||^2 with means mu (population), nu (sample of n) and second moments S, T:
    |V - V'| <= |S - T| + 2 ||mu - nu||,   E||nu - mu||^2 = V/n,   P[X >= e^2] <= E X/e^2 (Chebyshev)
so with probability 1 - delta  |V - V'| <= (1/2 + 2) sqrt(2/(n delta)): both deviations have variance at most 1/n and
1/(4n).
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Rational, Sum, Symbol, sqrt

from theory.objects.examples import HALF, constant, table
from theory.objects.tails import INDICATOR, PROBABILITY, expected, failure, law
from theory.statement import Assumption, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import d, i, j, k, n

mean, sample_mean = IndexedBase("mu", real=True), IndexedBase("nu", real=True)
moment, sample_moment = Symbol("S", nonnegative=True), Symbol("T", nonnegative=True)
moment_gap, mean_gap = Symbol("e_2", nonnegative=True), Symbol("e_1", positive=True)
total = Symbol("V", nonnegative=True)
deviation = IndexedBase("X", nonnegative=True)
threshold, mean_deviation = Symbol("e", positive=True), Symbol("E_X", nonnegative=True)
size = Symbol("n_c", integer=True, positive=True)
r = Symbol("r", integer=True, positive=True)


def square(first, second=None) -> Expr:
    """||first - second||^2, or ||first||^2."""
    return Sum((first[k] - (0 if second is None else second[k])) ** 2, (k, 1, d))


def chebyshev_gap(samples: Expr, delta: Expr) -> Expr:
    """(5/2) sqrt(2/(n delta)) bounds |V - V'| with probability 1 - delta: two Chebyshev inequalities at delta/2."""
    return Rational(5, 2) * sqrt(2 / (samples * delta))


variance, sample_variance = moment - square(mean), sample_moment - square(sample_mean)
gap = moment_gap + 2 * mean_gap

EXAMPLE = {
    n: 2,
    d: 2,
    moment: HALF,
    sample_moment: HALF,
    moment_gap: Rational(1, 10),
    mean_gap: 1,
    mean: table(HALF, 0),
    sample_mean: table(0, HALF),
    law: constant(HALF),
    failure: table(1, 0),
    deviation: table(2, 0),
    threshold: 1,
    mean_deviation: 1,
}

STATEMENT = Statement(
    title="Within-class variance of unseen data, for fixed features",
    words="The empirical within-class variance differs from the population's by at most the deviation of the second "
    "moment plus twice that of the mean; the mean of n independent samples deviates by V/n in square mean, and "
    "Chebyshev's inequality turns that into a probability. The features must not depend on the sample.",
    claim=Every(
        at_most(variance - sample_variance, gap),
        at_least(variance - sample_variance, -gap),
        equal(Sum(total * KroneckerDelta(i, r), (i, 1, size), (r, 1, size)) / size**2, total / size),
        at_most(expected(failure[j]), mean_deviation / threshold**2),
        at_most(moment - moment**2, Rational(1, 4)),
    ),
    assumptions=(
        Assumption(at_least(moment_gap - moment + sample_moment, 0), "|S - T| <= e_2, one side"),
        Assumption(at_least(moment_gap + moment - sample_moment, 0), "and the other"),
        Assumption(at_least(mean_gap**2 - square(mean, sample_mean), 0), "||mu - nu|| <= e_1"),
        Assumption(at_least(1 - square(mean), 0), "||g|| <= 1, so ||mu|| <= 1"),
        Assumption(at_least(1 - square(sample_mean), 0), "and ||nu|| <= 1"),
        PROBABILITY,
        INDICATOR,
        Assumption(equal(expected(deviation[j]), mean_deviation), "E X"),
        Assumption(at_least(failure[j] * (deviation[j] - threshold**2), 0), "F > 0 only where X >= e^2"),
    ),
    source=Source("this project", "fixed-feature form of Sakamoto & Sato 2025, Theorem 4.1"),
    tags=("generalisation",),
)
