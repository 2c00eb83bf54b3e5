"""The statistics doors give the textbook answers, and say what a sample of three cannot do."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_experiments import statistics
from gpu_experiments.statistics import StatisticsError

values = st.lists(st.floats(0.5, 2.0), min_size=3, max_size=6)


def test_the_mean_interval_is_students():
    found = statistics.mean_interval([1.0, 2.0, 3.0])
    assert found.value == 2.0 and found.sd == 1.0
    assert found.high - 2.0 == pytest.approx(4.302652729911275 / math.sqrt(3))  # t(0.975, 2)


def test_three_seeds_bound_the_variation_only_within_a_factor_of_seven():
    found = statistics.coefficient_of_variation([1.0, 1.05, 1.1])
    logs = np.log([1.0, 1.05, 1.1])
    low, high = np.std(logs, ddof=1) * np.sqrt(2 / np.array([5.991464547, 0.102586589]))  # chi-squared(2) quantiles
    assert found.low == pytest.approx(math.sqrt(math.expm1(low**2)), rel=1e-6)
    assert found.high == pytest.approx(math.sqrt(math.expm1(high**2)), rel=1e-6)
    assert found.high / found.low > 7


def test_kruskal_and_its_effect_size_are_the_printed_formula():
    groups = [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]
    found = statistics.kruskal_wallis(groups)
    assert found.statistic == pytest.approx(12 / 90 * 3 * ((2 - 5) ** 2 + 0 + (8 - 5) ** 2))
    assert found.effect == pytest.approx((found.statistic - 3 + 1) / (9 - 3))
    assert "not reliable" in found.remark


def test_the_exact_permutation_p_counts_every_labelling():
    groups = [[1.0, 5, 3], [4, 2, 6.5], [7, 8, 3.5]]
    pooled = np.concatenate(groups)
    observed = statistics.kruskal_wallis(groups).statistic
    from scipy import stats

    count = total = 0
    for first in itertools.combinations(range(9), 3):
        rest = [i for i in range(9) if i not in first]
        for second in itertools.combinations(rest, 3):
            third = [i for i in rest if i not in second]
            total += 1
            value = stats.kruskal(pooled[list(first)], pooled[list(second)], pooled[third]).statistic
            count += value >= observed - 1e-9
    assert total == 1680
    assert statistics.kruskal_permutation(groups).p == pytest.approx(count / total)


def test_two_groups_of_three_cannot_fall_below_a_tenth():
    found = statistics.permutation([1.0, 1.1, 1.2], [100.0, 101.0, 102.0])
    assert found.p == pytest.approx(0.1) and found.smallest_p == pytest.approx(0.1)
    assert "cannot fall below 0.1" in found.remark
    assert statistics.kruskal_permutation([[1.0, 1.1, 1.2], [100.0, 101.0, 102.0]]).smallest_p == pytest.approx(0.1)


def test_a_difference_within_the_margin_is_equivalent_and_one_beyond_is_not():
    a = [1.00, 1.01, 0.99]
    assert statistics.equivalence(a, [1.00, 1.02, 0.98], 0.1).p < 0.05
    assert statistics.equivalence(a, [1.20, 1.21, 1.19], 0.1).p > 0.5
    with pytest.raises(StatisticsError, match="margin is 0"):
        statistics.equivalence(a, a, 0)


def test_constant_samples_claim_no_more_than_their_size_allows():
    assert statistics.welch([2.0, 2.0, 2.0], [3.0, 3.0, 3.0]).p == pytest.approx(0.1)
    assert statistics.welch([2.0, 2.0, 2.0], [2.0, 2.0, 2.0]).p == 1.0
    assert statistics.kruskal_wallis([[1.0, 1.0], [1.0, 1.0]]).p == 1.0
    assert statistics.coefficient_of_variation([1.5, 1.5]).high == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statistics.mean_interval([]), "values are 0"),
        (lambda: statistics.mean_interval([1.0, math.nan]), "1 of 2 values are not finite"),
        (lambda: statistics.posterior_mean([1.0]), "must be >= 2"),
        (lambda: statistics.coefficient_of_variation([1.0, 0.0]), "must be > 0"),
        (lambda: statistics.kruskal_wallis([[1.0, 2.0]]), "groups are 1"),
        (lambda: statistics.proportion(5, 4), "successes are 5 of 4"),
    ],
)
def test_too_few_values_are_refused_with_their_number(call, words):
    with pytest.raises(StatisticsError, match=words):
        call()


def test_the_share_interval_is_clopper_pearsons():
    found = statistics.proportion(8, 12)
    assert (found.low, found.high) == (pytest.approx(0.3489, abs=1e-4), pytest.approx(0.9008, abs=1e-4))
    assert statistics.binomial_p(8, 12, 0.95, "less") == pytest.approx(
        sum(math.comb(12, k) * 0.95**k * 0.05 ** (12 - k) for k in range(9))
    )


@settings(deadline=None, max_examples=40)
@given(values, values, st.floats(0.1, 10))
def test_tests_do_not_depend_on_the_unit(a, b, scale):
    scaled = [scale * x for x in a], [scale * x for x in b]
    assert statistics.coefficient_of_variation(scaled[0]).value == pytest.approx(
        statistics.coefficient_of_variation(a).value, rel=1e-6, abs=1e-12
    )
    if np.ptp(a + b) > 1e-3:
        assert statistics.welch(*scaled).p == pytest.approx(statistics.welch(a, b).p, rel=1e-6, abs=1e-9)


def test_a_rank_trend_sees_order_and_only_order():
    x = [1, 1, 1, 2, 2, 2, 3, 3, 3]
    falling = statistics.rank_trend(x, [9, 8, 7, 6, 5, 4, 3, 2, 1])
    assert falling.effect < -0.9 and falling.p < 0.01
    assert statistics.rank_trend(x, [5, 1, 9, 2, 8, 4, 6, 3, 7]).p > 0.3
    assert statistics.rank_trend(x, [4] * 9).p == 1.0
