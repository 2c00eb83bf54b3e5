"""The bound on unseen data: above the population's error as often as it says, for laws whose error is known exactly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from numerics.metrics import MetricError, logit_margins, margin_scale, margins, unseen_error_bound
from numerics.metrics.unseen import contraction


def test_a_margin_is_over_the_best_other_class():
    logits = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 5.0], [1.0, 4.0, 0.5]])
    assert logit_margins(logits, np.array([0, 1, 2])) == pytest.approx([1.0, 0.0, -3.5])
    assert margins(np.eye(3), logits, np.array([0, 1, 2])) == pytest.approx([1.0, 0.0, -3.5])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(1e-6, 1e6), st.floats(1e-3, 0.999))
@settings(deadline=None, max_examples=200)
def test_it_is_above_the_samples_own_error_and_solves_its_equation(values, scale, delta):
    values = np.array(values)
    held, bound = contraction(values, scale), unseen_error_bound(values, scale, delta)
    assert (values <= 0).mean() <= held <= 1 and bound >= held
    assert bound - math.sqrt(bound / (len(values) * delta)) == pytest.approx(held, rel=1e-9, abs=1e-9)


LAWS = [stats.norm(1, 0.5), stats.norm(1, 0.1), stats.t(1, loc=2), stats.cauchy(1, 0.2), stats.bernoulli(0.9)]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.dist.name}{law.args}")
def test_it_fails_at_most_as_often_as_it_says_heavy_tails_included(law):
    """2000 held-out samples of 200; the scale comes from another sample."""
    chance = np.random.default_rng(0)
    scale = margin_scale(law.rvs(500, random_state=chance))
    error, delta = float(law.cdf(0)), 0.2
    bounds = [unseen_error_bound(law.rvs(200, random_state=chance), scale, delta) for _ in range(2000)]
    failures = int((np.array(bounds) < error).sum())
    assert stats.binomtest(failures, 2000, delta, alternative="greater").pvalue > 0.01
    assert np.median(bounds) > error


def test_contracted_margins_give_a_small_bound_and_spread_ones_none():
    chance = np.random.default_rng(1)
    narrow, wide = 1 + 0.1 * chance.standard_normal(4000), 1 + 3 * chance.standard_normal(4000)
    assert unseen_error_bound(narrow, margin_scale(narrow[:1000])) < 0.03
    assert unseen_error_bound(wide, margin_scale(wide[:1000])) > 0.3


def test_the_scale_is_the_best_of_its_quantiles_and_one_where_nothing_is_right():
    values = np.abs(np.random.default_rng(2).standard_normal(300)) + 0.1
    best = margin_scale(values)
    assert all(
        contraction(values, best) <= contraction(values, scale) for scale in np.quantile(values, [0.1, 0.5, 0.9])
    )
    assert margin_scale(-values) == 1.0 and unseen_error_bound(-values, 1.0) > 1


def test_bad_input_is_named():
    with pytest.raises(MetricError, match="1 column, must have at least 2"):
        logit_margins(np.ones((3, 1)), np.zeros(3, int))
    for values in (np.array([]), np.array([1.0, np.nan]), np.ones((2, 2))):
        with pytest.raises(MetricError, match="margins have shape"):
            unseen_error_bound(values, 1.0)
    for scale in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(MetricError, match="scale is"):
            unseen_error_bound(np.ones(3), scale)
    for delta in (0.0, 1.0, math.nan):
        with pytest.raises(MetricError, match="delta is"):
            unseen_error_bound(np.ones(3), 1.0, delta)
