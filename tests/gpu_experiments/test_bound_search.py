"""The measured side of every deterministic bound withstands a directed search; a bound made too sharp does not."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from sympy import Rational

from gpu_experiments.bound_search import KINDS, RECORD, Layer, bounds, made, observed, search, unsearched
from numerics.margin import needed

PLAIN = Layer("noise", 5, 8, 3, 0.0, 0.0, -1.0, 1.0, "float64", 7)
RUNS_ONLY = {"objective", "balancedness_defect", "over_rest", "objective_rise", "over_equilibrium"}


def named(name):
    return next((key, bound) for key, bound in bounds() if bound.name == name)


def test_no_measured_bound_is_violated_by_any_layer():
    found = search(250)
    assert found and set(found) | set(unsearched()) == {bound.name for _, bound in bounds()}
    for name, nearest in found.items():
        assert not nearest.violated, f"{name}: {nearest.margin} at {nearest.at}"
        assert nearest.judged > 50, f"{name} was in scope of only {nearest.judged} layers"


def test_only_bounds_on_a_whole_run_are_left_out():
    for name in unsearched():
        assert any(word in symbol for symbol in needed(named(name)[1]) for word in RUNS_ONLY), name


def test_sharp_bounds_come_out_sharp():
    found = search(150, [named("near_collapse_flatness"), named("flatness_from_margin")])
    assert all(nearest.margin < 1e-6 for nearest in found.values())


@pytest.mark.parametrize("name", ["near_collapse_flatness", "flatness_from_margin", "surrogate_dominates_flatness"])
def test_a_bound_made_a_little_too_sharp_is_violated(name):
    key, bound = named(name)
    found = search(150, [(key, replace(bound, upper=bound.upper * Rational(99, 100)))])
    assert found[name].violated and found[name].margin < 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_layers_are_what_they_are_called(kind, precision):
    layer = replace(PLAIN, kind=kind, precision=precision, noise=None, bias=0.0)
    weight, bias, features, labels, lower, inputs = made(layer)
    assert weight.dtype == features.dtype == precision and len(features) == len(labels) == 15
    np.testing.assert_allclose(features, inputs @ lower.T, rtol=1e-5, atol=1e-5)
    assert np.any(features) == (kind != "no features")
    assert np.any(weight) == (kind != "no head")
    if kind == "fitted":
        np.testing.assert_allclose(features @ weight.T, np.eye(5)[labels], atol=1e-5)
    if kind == "collapsed":
        assert observed(layer)["nc2"] < 1e-5


def test_the_recorded_search_found_no_violation_and_says_where_each_margin_was_seen():
    record = json.loads(RECORD.read_text())
    left_out = record.pop("not_searched")
    assert set(record) | set(left_out) <= {bound.name for _, bound in bounds()}
    for name, nearest in record.items():
        assert nearest["examples"] >= 10_000 and not nearest["violated"], name
        layer = Layer(**nearest["at"])
        assert set(asdict(layer)) == set(nearest["at"])
