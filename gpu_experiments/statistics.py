"""Statistics over seeds: thin, named doors to scipy, statsmodels and lifelines; no estimator is our own.

With three seeds a rank or permutation test of two groups cannot fall below p = 2/C(6,3) = 0.1, whatever the data; each
comparison therefore carries `smallest_p`, the least value it could have taken, beside intervals that do say something.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from theory.errors import UsersMistake

EXACT_ARRANGEMENTS = 20_000


class StatisticsError(UsersMistake):
    """Too few or non-finite values for a statistic; the message says how many are needed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number from `n` values with its interval at `confidence`; the interval is (nan, nan) where n < 2."""

    value: float
    low: float
    high: float
    sd: float
    n: int
    confidence: float
    method: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test: `p` is two-sided unless `method` says otherwise, `effect` is named by `effect_name`."""

    method: str
    statistic: float
    p: float
    effect_name: str
    effect: float
    sizes: tuple[int, ...]
    smallest_p: float | None = None
    remark: str | None = None


def as_dict(result: Estimate | Comparison) -> dict:
    return asdict(result)


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean with Student's t interval and the sample standard deviation (ddof 1)."""
    from scipy import stats

    x = _finite(values, 1)
    sd = float(np.std(x, ddof=1)) if len(x) > 1 else math.nan
    low, high = (math.nan, math.nan) if len(x) < 2 else (float(x.mean()),) * 2
    if len(x) > 1 and sd > 0:
        low, high = map(float, stats.t.interval(confidence, len(x) - 1, loc=x.mean(), scale=stats.sem(x)))
    return Estimate(float(x.mean()), low, high, sd, len(x), confidence, "Student t interval")


def posterior_mean(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean with its posterior interval under the Jeffreys prior of a normal sample (scipy.stats.bayes_mvs)."""
    from scipy import stats

    x = _finite(values, 2)
    sd = float(np.std(x, ddof=1))
    low, high = (float(x.mean()),) * 2
    if sd > 0:
        low, high = map(float, stats.bayes_mvs(x, confidence)[0].minmax)
    return Estimate(float(x.mean()), low, high, sd, len(x), confidence, "Bayesian interval, Jeffreys prior")


def coefficient_of_variation(values: Sequence[float], confidence: float = 0.90) -> Estimate:
    """Sample sd / mean of positive values, with the interval sqrt(exp(s^2) - 1) of a log-normal sample, where s runs
    over the posterior interval of the standard deviation of the logarithms (equal to the chi-squared interval).
    At the default confidence each end is a one-sided 95 % bound."""
    from scipy import stats

    x = _finite(values, 2)
    if np.any(x <= 0):
        raise StatisticsError(f"value is {x.min():g}, must be > 0 for a coefficient of variation; drop it or say why")
    sd = float(np.std(x, ddof=1))
    if np.ptp(np.log(x)) == 0:
        return Estimate(0.0, 0.0, 0.0, sd, len(x), confidence, "constant sample")
    low, high = stats.mvsdist(np.log(x))[2].interval(confidence)
    with np.errstate(over="ignore"):
        ends = [float(np.sqrt(np.expm1(np.float64(s) ** 2))) for s in (low, high)]
    return Estimate(sd / float(x.mean()), *ends, sd, len(x), confidence, "log-normal sample, Jeffreys prior")


def pooled_variation(groups: Sequence[Sequence[float]], confidence: float = 0.90) -> Estimate:
    """Coefficient of variation sqrt(exp(s^2) - 1) of log-normal groups that share s, from logarithms `groups`: s^2 is
    the pooled variance about the groups' own means, with its chi-squared interval. Needs two values in some group."""
    from scipy import stats

    logs = [_finite(group, 1) for group in groups]
    freedom = sum(len(group) - 1 for group in logs)
    if freedom < 1:
        raise StatisticsError(f"groups are {len(logs)} of one value, must hold two values somewhere; give more seeds")
    total = sum(float(((group - group.mean()) ** 2).sum()) for group in logs)
    tails = stats.chi2.ppf([(1 + confidence) / 2, 0.5 - confidence / 2], freedom)
    low, high = (float(np.sqrt(np.expm1(total / tail))) for tail in tails)
    value = float(np.sqrt(np.expm1(total / freedom)))
    n = sum(map(len, logs))
    return Estimate(value, low, high, math.sqrt(total / freedom), n, confidence, "pooled log-normal, chi-squared")


def proportion(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """A share with its exact (Clopper-Pearson) interval."""
    from scipy import stats

    if not 0 <= successes <= n or n < 1:
        raise StatisticsError(f"successes are {successes} of {n}, must be between 0 and n with n >= 1")
    ends = stats.binomtest(successes, n).proportion_ci(confidence, method="exact")
    return Estimate(successes / n, float(ends.low), float(ends.high), math.nan, n, confidence, "Clopper-Pearson")


def binomial_p(successes: int, n: int, chance: float, alternative: str) -> float:
    """Exact binomial p-value of `successes` of n against the share `chance`."""
    from scipy import stats

    return float(stats.binomtest(successes, n, chance, alternative=alternative).pvalue)


def kruskal_wallis(groups: Sequence[Sequence[float]]) -> Comparison:
    """H, p and the effect size epsilon^2 = (H - k + 1)/(n - k), which is what is called eta^2_H elsewhere."""
    from scipy import stats

    samples = [_finite(group, 1) for group in groups]
    n, k = sum(map(len, samples)), len(samples)
    if k < 2 or n <= k:
        raise StatisticsError(f"groups are {k} with {n} values, must be >= 2 groups with more values than groups")
    if np.ptp(np.concatenate(samples)) == 0:
        return Comparison("Kruskal-Wallis", 0.0, 1.0, "epsilon^2", 0.0, tuple(map(len, samples)), None, "all equal")
    result = stats.kruskal(*samples)
    small = min(map(len, samples)) < 5
    remark = "groups under 5 values: the chi-squared p is not reliable, see the permutation p" if small else None
    effect = float((result.statistic - k + 1) / (n - k))
    sizes = tuple(map(len, samples))
    return Comparison(
        "Kruskal-Wallis", float(result.statistic), float(result.pvalue), "epsilon^2", effect, sizes, None, remark
    )


def kruskal_permutation(groups: Sequence[Sequence[float]], seed: int = 0) -> Comparison:
    """The same H, its p from all re-labellings (exact) or, beyond 20,000 of them, from 9,999 random ones.
    `smallest_p` is known for groups of one size: k! of the arrangements separate the groups completely."""
    from scipy import stats

    samples = [_finite(group, 1) for group in groups]
    asymptotic = kruskal_wallis(samples)
    if asymptotic.remark == "all equal":
        return asymptotic
    arrangements = _arrangements([len(sample) for sample in samples])
    exact = arrangements <= EXACT_ARRANGEMENTS
    ranks = np.split(stats.rankdata(np.concatenate(samples)), np.cumsum([len(sample) for sample in samples])[:-1])
    result = stats.permutation_test(
        ranks,
        # H is increasing in this sum, with the same constants for every relabelling (ties included).
        lambda *parts, axis: sum(part.sum(axis=axis) ** 2 / part.shape[axis] for part in parts),
        n_resamples=np.inf if exact else 9_999,
        alternative="greater",
        vectorized=True,
        batch=2_000,
        rng=np.random.default_rng(seed),
    )
    equal_sizes = len({len(sample) for sample in samples}) == 1
    least = (math.factorial(len(samples)) / arrangements if equal_sizes else None) if exact else 1 / 10_000
    method = "exact permutation of H" if exact else "random permutation of H (9,999)"
    sizes = asymptotic.sizes
    return Comparison(method, asymptotic.statistic, float(result.pvalue), "epsilon^2", asymptotic.effect, sizes, least)


def welch(a: Sequence[float], b: Sequence[float]) -> Comparison:
    """Welch's t-test of two means; the effect is the difference a - b."""
    from scipy import stats

    x, y = _finite(a, 2), _finite(b, 2)
    difference = float(x.mean() - y.mean())
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        p = 1.0 if difference == 0 else permutation(x, y).p
        remark = "no spread at all: p of the exact permutation test"
        return Comparison("Welch t", math.nan, p, "difference", difference, (len(x), len(y)), None, remark)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # one of the two samples may be constant, which is meant
        result = stats.ttest_ind(x, y, equal_var=False)
    remark = "no difference found is not evidence of equality, see the equivalence test"
    return Comparison(
        "Welch t",
        float(result.statistic),
        float(result.pvalue),
        "difference",
        difference,
        (len(x), len(y)),
        remark=remark,
    )


def permutation(a: Sequence[float], b: Sequence[float]) -> Comparison:
    """Exact two-sided permutation test of the difference of means; `smallest_p` is 2/C(n_a + n_b, n_a)-like."""
    from scipy import stats

    x, y = _finite(a, 1), _finite(b, 1)
    count = math.comb(len(x) + len(y), len(x))
    exact = count <= EXACT_ARRANGEMENTS
    result = stats.permutation_test(
        (x, y),
        lambda s, t, axis: s.mean(axis=axis) - t.mean(axis=axis),
        n_resamples=np.inf if exact else 9_999,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    least = min(1.0, 2 / count) if exact else 1 / 10_000
    remark = f"cannot fall below {least:.3g} with {len(x)} and {len(y)} values" if least > 0.05 else None
    method = "exact permutation" if exact else "random permutation (9,999)"
    p = min(1.0, float(result.pvalue))
    return Comparison(
        method, float(result.statistic), p, "difference", float(result.statistic), (len(x), len(y)), least, remark
    )


def equivalence(a: Sequence[float], b: Sequence[float], margin: float) -> Comparison:
    """Two one-sided t-tests (TOST, unequal variances): a small p is evidence that |mean a - mean b| < margin."""
    from statsmodels.stats.weightstats import ttost_ind

    x, y = _finite(a, 2), _finite(b, 2)
    if not margin > 0:
        raise StatisticsError(
            f"equivalence margin is {margin}, must be > 0; say how small a difference does not matter"
        )
    difference = float(x.mean() - y.mean())
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        p = 2 / math.comb(len(x) + len(y), len(x)) if abs(difference) < margin else 1.0
        remark = "no spread at all: least p of a permutation test"
        return Comparison("TOST", math.nan, min(p, 1.0), "difference", difference, (len(x), len(y)), None, remark)
    p, lower, upper = ttost_ind(x, y, -margin, margin, usevar="unequal")
    statistic = float(min(lower[0], -upper[0]))
    return Comparison(
        "TOST", statistic, float(p), "difference", difference, (len(x), len(y)), None, f"margin {margin:g}"
    )


def rank_trend(x: Sequence[float], y: Sequence[float], seed: int = 0) -> Comparison:
    """Spearman's rho of y against x, p by all re-pairings or, beyond 9,999 of them, by
    9,999 random ones (ties and small n make its t formula wrong)."""
    from scipy import stats

    x, y = _finite(x, 3), _finite(y, 3)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Comparison("Spearman", math.nan, 1.0, "rho", math.nan, (len(x),), None, "one side is constant")
    rank_x, rank_y = stats.rankdata(x), stats.rankdata(y)
    result = stats.permutation_test(
        (rank_x,),
        lambda r, axis: np.sum((r - r.mean(axis=axis, keepdims=True)) * (rank_y - rank_y.mean()), axis=axis),
        permutation_type="pairings",
        n_resamples=9_999,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    rho = float(stats.spearmanr(x, y).statistic)
    return Comparison("Spearman, permutation p", rho, float(result.pvalue), "rho", rho, (len(x),))


def _finite(values: Sequence[float], least: int) -> np.ndarray:
    x = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(x).all():
        raise StatisticsError(f"{int((~np.isfinite(x)).sum())} of {len(x)} values are not finite; drop or censor them")
    if len(x) < least:
        raise StatisticsError(f"values are {len(x)}, must be >= {least}; give more seeds")
    return x


def _arrangements(sizes: Sequence[int]) -> int:
    return math.factorial(sum(sizes)) // math.prod(map(math.factorial, sizes))
