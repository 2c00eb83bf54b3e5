"""Every published number that a claim speaks about, recomputed from what the paper prints."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer, Rational

from numerics.metrics import relative_flatness, relative_flatness_surrogate
from theory.statements.flatness_generalisation_bound import rate_exponent, samples_to_halve
from theory.statements.population_variance_gap import chebyshev_gap
from theory.statements.population_variance_uniform import fixed_feature_gap, samples_before_it_speaks
from theory.statements.surrogate_ceiling import CEILINGS, PUBLISHED, ceiling

SHARP = {
    "ResNet-18 on CIFAR-10": (50, 10, "2209.94", 98.2),
    "ViT-tiny on ImageNet-100": (150, 100, "22212.75", 99.7),
}


@pytest.mark.parametrize("name", SHARP)
def test_the_published_sharp_states_sit_at_their_share_of_the_ceiling(name):
    cap, classes, printed, percent = SHARP[name]
    share = Fraction(printed) / (cap**2 * (1 - Fraction(1, classes)))
    assert round(float(100 * share), 1) == percent
    assert CEILINGS[name] == (cap, classes)
    assert PUBLISHED[name] == Rational(printed)
    assert ceiling(*CEILINGS[name]) == cap**2 * (1 - Rational(1, classes))


@pytest.mark.parametrize(("cap", "classes", "printed", "percent"), [(30, 5, 700, 97), (30, 5, 600, 83)])
def test_the_language_models_sit_at_their_share_too(cap, classes, printed, percent):
    assert int(100 * Fraction(printed) / Fraction(int(ceiling(cap, classes)))) == percent


@pytest.mark.parametrize("name", SHARP)
def test_the_printed_values_are_more_than_relative_flatness_can_be(name):
    cap, _, printed, _ = SHARP[name]
    assert Fraction(printed) > Fraction(cap**2, 2)
    assert float(Fraction(printed) / Fraction(cap**2, 2)) == pytest.approx({50: 1.768, 150: 1.974}[cap], abs=1e-3)


@pytest.mark.parametrize(("cap", "classes"), [(50.0, 10), (150.0, 100), (1.0, 2)])
def test_the_ceilings_are_measured_where_the_claim_says(cap, classes):
    """Unit features orthogonal to every row: uniform softmax, head at its cap."""
    weight = np.zeros((classes, classes + 1))
    weight[:, :classes] = np.eye(classes) * cap / np.sqrt(classes)
    features = np.zeros((3, classes + 1))
    features[:, classes] = 1.0
    surrogate = relative_flatness_surrogate(weight, features)
    assert surrogate == pytest.approx(float(ceiling(Rational(int(cap)), Integer(classes))), rel=1e-12)
    assert relative_flatness(weight, features) <= cap**2 / 2 * (1 + 1e-12)
    assert relative_flatness(weight, features) * classes == pytest.approx(surrogate, rel=1e-12)


@pytest.mark.parametrize(("dimension", "exponent"), [(10, -2 / 14), (512, -2 / 516), (768, -2 / 772)])
def test_the_rate_of_the_generalisation_bound_dies_with_the_feature_dimension(dimension, exponent):
    assert float(rate_exponent(dimension)) == pytest.approx(exponent, rel=1e-15)
    halved = float(samples_to_halve(dimension)) ** float(rate_exponent(dimension))
    assert halved == pytest.approx(0.5, rel=1e-9)


def test_a_thousandfold_sample_lowers_the_bound_by_two_point_six_percent_at_dimension_512():
    assert round(100 * (1 - 1000 ** float(rate_exponent(512))), 1) == 2.6


def test_the_uniform_variance_bound_asks_for_twenty_thousand_samples_per_class():
    assert samples_before_it_speaks(10, 1, 1, 200) == 20000


def test_the_fixed_feature_bounds_halve_with_four_times_the_samples():
    delta = Rational(1, 20)
    for gap in (fixed_feature_gap, chebyshev_gap):
        assert float(gap(4000, delta)) == pytest.approx(float(gap(1000, delta)) / 2, rel=1e-12)
    assert float(fixed_feature_gap(1000, delta)) == pytest.approx(0.28184, abs=1e-5)
