"""Estimates of information along a run: right where they can be, of the very quantity that is known beside them."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from gpu_experiments import evidence, experiments, information
from gpu_experiments.config import as_json
from gpu_experiments.evidence import information_estimates
from gpu_experiments.foreign.findings import Agreement
from gpu_experiments.generalisation import mixture_information, noisy_sample, superfluous_information
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory

LABELS = torch.arange(300) % 3


def features(width, spread=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    means = 3 * torch.randn(3, width, generator=generator, dtype=torch.float64)
    return means[LABELS] + spread * torch.randn(300, width, generator=generator, dtype=torch.float64)


def test_in_low_dimension_the_estimate_finds_the_information_and_the_projection_is_the_whole():
    flat = features(2, spread=6.0)
    found = information.neighbour_estimates(flat, LABELS)
    truth = superfluous_information(flat, LABELS)["superfluous_information"]
    assert found["knn_information_800"] == pytest.approx(truth, abs=0.08) and truth > 0.2
    assert found["projected_information"] == pytest.approx(truth, abs=0.03)
    assert found["projected_information_800"] == pytest.approx(truth, abs=0.08)


def test_in_high_dimension_it_is_off_by_many_nats_and_the_projection_tells_no_more_than_the_whole():
    wide = features(200)
    found, truth = information.neighbour_estimates(wide, LABELS), superfluous_information(wide, LABELS)
    assert found["knn_information_800"] > 10 * truth["bottleneck_logdet"]
    assert found["projected_information"] <= truth["superfluous_information"] + 0.05
    assert found["projected_information_least"] <= found["projected_information_logdet"]


def test_features_that_are_all_zero_carry_nothing_and_have_no_estimate():
    found = information.neighbour_estimates(torch.zeros(300, 4, dtype=torch.float64), LABELS)
    assert found["projected_information"] == 0 and math.isnan(found["knn_information_50"])


def test_a_mixture_is_the_sample_with_its_noise():
    assert mixture_information(*noisy_sample(features(5), LABELS)) == superfluous_information(features(5), LABELS)


def test_kernel_estimates_have_a_control_with_unrelated_samples_and_need_enough_samples():
    phi = features(20)
    found = information.kernel_estimates(phi.numpy(), information.partners(phi, LABELS))
    assert {int(name.rpartition("_")[2]) for name in found} == {50, 200}
    assert found["alignment_200"] > 5 * found["alignment_shuffled_200"]
    assert found["nhsic_200"] == pytest.approx(2, rel=0.01)
    assert found["nhsic_shuffled_200"] == pytest.approx(2, rel=0.05)  # the rank, whatever the labels
    assert found["nhsic_unrelated_200"] == pytest.approx(found["nhsic_superfluous_200"], rel=0.02)


def planted(error, unrelated):
    """Estimates `error` nats above information that falls from 2 to 0.2 between bounds; controls at a share."""
    time, truth = np.arange(1, 41.0), np.geomspace(2, 0.2, 40)
    columns = {"test_accuracy": np.linspace(0.1, 0.9, 40), "train_accuracy": np.ones(40), "classes": np.full(40, 10.0)}
    for least, exact, most in information_estimates.INTERVALS.values():
        columns |= {least: truth / 2, exact: truth, most: truth * 2}
    for size in (50, 800):
        columns |= {f"{name}_{size}": truth + error for name in information_estimates.INTERVALS}
        columns |= {f"{name}_{size}": np.full(40, 0.9) for name in information_estimates.UNRELATED}
        controls = information_estimates.UNRELATED.values()
        columns |= {f"{name}_{size}": np.full(40, 0.9 * unrelated) for name in controls}
    about = {"experiment": "information_estimates", "seed": 0}
    about["config"] = as_json(experiments.load("information_estimates").Config())
    return Run(None, about, Trajectory("planted", time, columns, "step", about))


def test_an_estimate_inside_its_interval_counts_and_one_outside_does_not():
    good = information_estimates.findings([planted(0.05, 0.1)])[1:]
    bad = information_estimates.findings([planted(-5.0, 0.9)])[1:]
    assert [found.agreement for found in good] == [Agreement.RESPECTED] * 5
    assert [found.agreement for found in bad] == [Agreement.OUT_OF_SCOPE] * 5
    assert bad[0].numbers["800"]["negative"] == 1 and bad[0].numbers["50"]["median_error"] == pytest.approx(-5)
    assert "(100%)" in bad[0].reason and bad[0].margin < 0 < good[0].margin


def test_runs_without_the_estimates_are_inconclusive():
    run = planted(0, 0)
    kept = {name: run.trajectory[name] for name in ("test_accuracy", "train_accuracy", "classes")}
    bare = replace(run, trajectory=Trajectory("planted", run.trajectory.time, kept, "step", run.about))
    assert {found.agreement for found in information_estimates.findings([bare])} == {Agreement.INCONCLUSIVE}


@pytest.mark.parametrize("run", evidence.runs_of("information_estimates"), ids=lambda run: f"seed {run.about['seed']}")
def test_on_record_the_published_measures_are_what_the_claim_says_of_them(run):
    """normalised_hsic_saturates: K - 1 for true and shuffled labels at the start; the inputs never matter by 4 %."""
    table = run.trajectory
    assert table["nhsic_shuffled_800"][0] == pytest.approx(table["nhsic_800"][0], rel=1e-3)
    assert table["nhsic_800"][0] == pytest.approx(9 / (1 + 1e-5 * 10), rel=0.01)
    assert np.abs(table["nhsic_unrelated_800"] / table["nhsic_superfluous_800"] - 1).max() < 0.04
    assert table["nhsic_shuffled_800"][-1] < 0.1 * table["nhsic_800"][-1]
