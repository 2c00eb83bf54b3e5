"""What runs say is decided both ways on planted runs, and the frozen records are whole, small and their own."""

import json
import math

import numpy as np
import pytest

from gpu_experiments import evidence, experiments
from gpu_experiments.config import as_json
from gpu_experiments.evidence import (
    EvidenceError,
    _pairs,
    anti_flatness,
    collapse_intervention,
    feature_rescale,
    grokking_mlp,
    grokking_modular,
    imbalance,
    two_phase_collapse,
)
from gpu_experiments.foreign.findings import Agreement
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory, save_trajectory


def run(experiment, seed, time, columns, **changes):
    module = experiments.load(experiment)
    config = as_json(module.Config(**changes))
    about = {"experiment": experiment, "config": config, "seed": seed}
    return Run(None, about, Trajectory("planted", time, columns, "step", about))


def grokking(seed, decay, *, fall=1.0, exponent=1.0):
    """Accuracy half way up at 0.7 clock^exponent, variance half way down (in its logarithm) at `fall` times that."""
    clock = 1 / (1e-3 * decay)
    half = 0.7 * clock**exponent * (1 + 0.01 * seed)
    time = np.unique(np.rint(np.geomspace(1, 30 * half, 600)))
    sharp = 8.0
    columns = {
        "train_accuracy": (time > half / 10).astype(float),
        "test_accuracy": 0.1 + 0.8 / (1 + (half / time) ** sharp),
        "classes": np.full(len(time), 10.0),
        "parameter_norm": 100 * np.exp(-time / clock / 50),
    }
    falling = np.exp(-6 / (1 + (fall * half / time) ** sharp))
    return run(
        "grokking_mlp", seed, time, columns | {name: falling for name in grokking_mlp.METRICS}, weight_decay=decay
    )


GRID = [(seed, decay) for decay in (0.3, 0.1, 0.03) for seed in range(3)]


def test_events_that_coincide_are_synchronous_and_late_ones_are_not():
    together = grokking_mlp.findings([grokking(s, d) for s, d in GRID])
    late = grokking_mlp.findings([grokking(s, d, fall=4) for s, d in GRID])
    assert [f.agreement for f in together[:4]] == [Agreement.RESPECTED] * 4
    assert [f.agreement for f in late[:4]] == [Agreement.VIOLATED] * 4
    assert late[0].margin < 0 < together[0].margin


def test_the_exponent_of_the_clock_is_found_and_another_one_refused():
    right = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d) for s, d in GRID]))
    wrong = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d, exponent=0.5) for s, d in GRID]))
    assert right.agreement is Agreement.RESPECTED and right.numbers["exponent"] == pytest.approx(1, abs=0.05)
    assert wrong.agreement is Agreement.VIOLATED and wrong.numbers["exponent"] == pytest.approx(0.5, abs=0.05)


def test_two_weight_decays_decide_no_law():
    found = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d) for s, d in GRID[:6]]))
    assert found.agreement is Agreement.INCONCLUSIVE


def intervened(seed, strength, accuracy, cdnv, train=1.0):
    columns = {"test_accuracy": accuracy, "cdnv": cdnv, "train_accuracy": train}
    columns = {name: np.array([0.1, value]) for name, value in columns.items()}
    return run("collapse_intervention", seed, np.array([0.0, 9.0]), columns, strength=strength)


@pytest.mark.parametrize(
    "shift,cdnv,train,wanted",
    [
        (0.001, 0.1, 1.0, Agreement.RESPECTED),
        (-0.1, 0.1, 1.0, Agreement.VIOLATED),
        (0.001, 1.0, 1.0, Agreement.OUT_OF_SCOPE),
        (0.001, 0.1, 0.5, Agreement.OUT_OF_SCOPE),
    ],
)
def test_an_intervention_is_judged_only_where_it_moved_collapse_and_the_network_fits(shift, cdnv, train, wanted):
    runs = [intervened(s, 0.0, 0.9 + 0.001 * s, 1.0) for s in range(3)]
    runs += [intervened(s, 0.1, 0.9 + 0.0012 * s + shift, cdnv, train) for s in range(3)]
    (found,) = collapse_intervention.findings(runs)
    assert found.agreement is wanted
    runs.append(intervened(3, 0.0, 0.9, 1.0)), runs.append(intervened(3, 0.1, 0.1, cdnv, 0.1))  # one that does not fit
    assert collapse_intervention.findings(runs)[0].agreement is wanted


def two_phase(experiment, seed, norm, *, floor=0.005, **changes):
    epoch = np.arange(0.0, 40.0)
    columns = {
        "epoch": epoch,
        "phase": np.where(epoch < 10, 1.0, 2.0),
        "nc1_trace_ratio": np.maximum(np.exp(-epoch / 4), floor),
        "feature_norm": norm * (1 + np.exp(-epoch)),
    }
    return run(experiment, seed, epoch * 63, columns, **changes)


def test_features_that_return_are_equivalent_and_features_that_stay_are_not():
    control = [two_phase("feature_rescale", s, 1.0 + 0.01 * s) for s in range(3)]
    back = [two_phase("feature_rescale", s, 1.01 + 0.012 * s, factor=3.0) for s in range(3)]
    away = [two_phase("feature_rescale", s, 3.0 + 0.03 * s, factor=3.0) for s in range(3)]
    never = [two_phase("feature_rescale", s, 1.0, floor=0.2, factor=3.0) for s in range(3)]
    verdict = [[f.agreement for f in feature_rescale.findings(control + arm)] for arm in (back, away, never)]
    assert verdict[:2] == [[Agreement.RESPECTED] * 3, [Agreement.VIOLATED] * 3]
    assert verdict[2][:2] == [Agreement.INCONCLUSIVE] * 2


def test_spread_over_seeds_is_judged_by_its_interval():
    def spread(norms):
        return two_phase_collapse.concentrates(
            "x", [two_phase("two_phase_collapse", s, n) for s, n in enumerate(norms)]
        )

    assert spread([1.0, 1.001, 1.002, 0.999]).agreement is Agreement.RESPECTED
    assert spread([1.0, 2.0, 4.0, 0.5]).agreement is Agreement.VIOLATED
    assert spread([1.0, 1.1]).agreement is Agreement.INCONCLUSIVE
    assert spread([1.0]).agreement is Agreement.INCONCLUSIVE


def test_the_largest_decay_prevents_only_if_the_smaller_ones_do_not():
    def at(decay, floor):
        return [two_phase("two_phase_collapse", s, 1.0, floor=floor, weight_decay=decay) for s in range(2)]

    assert two_phase_collapse.regimes(at(1e-4, 0.001) + at(1e-3, 0.2)[:1]).agreement is Agreement.INCONCLUSIVE
    found = two_phase_collapse.regimes(at(1e-4, 0.001) + at(1e-3, 0.2))
    assert found.agreement is Agreement.RESPECTED
    assert two_phase_collapse.regimes(at(1e-4, 0.001) + at(1e-3, 0.001)).agreement is Agreement.INCONCLUSIVE


def test_the_flatness_of_a_collapsed_head_is_predicted_and_another_one_is_not():
    from numerics import metrics

    frame = np.eye(4) - 1 / 4
    features, labels = np.repeat(1.7 * frame, 5, axis=0), np.repeat(np.arange(4), 5)
    found = metrics.last_layer_observables(features, labels, 0.9 * frame)
    assert found["relative_flatness"] == pytest.approx(two_phase_collapse.predicted_flatness(found), rel=1e-9)

    def verdict(factor, spread):
        changed = found | {"relative_flatness": factor * found["relative_flatness"], "nc1_trace_ratio": spread}
        columns = {name: np.array([changed[name]]) for name in two_phase_collapse.NEEDED}
        return two_phase_collapse.closed_form("x", [run("two_phase_collapse", 0, np.array([1.0]), columns)]).agreement

    assert [verdict(1, 0), verdict(1.2, 0), verdict(1.2, 0.5)] == ["RESPECTED", "OUT_OF_SCOPE", "OUT_OF_SCOPE"]


def test_the_ratio_of_matched_losses_pairs_the_seeds():
    same = {"mse": {"first_loss": "mse"}, "cross_entropy": {"second_loss": "cross_entropy"}}
    runs = [two_phase("two_phase_collapse", s, 2.0, **same["mse"]) for s in range(3)]
    runs += [two_phase("two_phase_collapse", s, 6.0 + 0.1 * s, **same["cross_entropy"]) for s in range(3)]
    found = two_phase_collapse.loss_ratio(runs)
    assert found.numbers["ratios"] == pytest.approx([3.0, 3.05, 3.1])


def unplugged(seed, gain, end=1.0, at=0.7, **changes):
    columns = {
        "phase": [1, 1, 2, 2],
        "test_accuracy": [0.1, at, 0.8, at + gain],
        "train_accuracy": [0.1, 0.9, 1, end],
        "relative_flatness": [1, 200, 5, 1],
        "relative_flatness_surrogate": [9, 1800, 45, 9],
    }
    columns = {name: np.array(values, dtype=float) for name, values in columns.items()}
    return run("anti_flatness", seed, np.arange(4.0), columns, **changes)


def test_a_gain_that_the_controls_share_is_not_the_penaltys():
    penalty = [unplugged(s, 0.2 + 0.001 * s) for s in range(3)]
    reset = {"strength": 0.0}
    entropy = reset | {"entropy": 1.0, "hold_norm": True}
    shared = [unplugged(s, 0.2 + 0.0012 * s, **reset) for s in range(3)]
    none = [unplugged(s, 0.01 + 0.0012 * s, **entropy) for s in range(3)]
    *_, first, second = anti_flatness.findings(penalty + shared + none)
    assert first.agreement is Agreement.VIOLATED and second.agreement is Agreement.RESPECTED
    dead = [unplugged(s, -0.6, end=0.1, **entropy) for s in range(3)]
    assert anti_flatness.findings(penalty + dead)[-1].agreement is Agreement.OUT_OF_SCOPE
    assert [anti_flatness.arm_of(r) for r in (penalty[0], shared[0], none[0])] == ["penalty", "reset", "entropy"]


def test_lateness_is_judged_at_the_unplug_against_each_control():
    def arms(shift):
        sharp = [unplugged(s, 0.2, at=0.7 + shift + 0.001 * s) for s in range(3)]
        return sharp + [unplugged(s, 0.2, at=0.7 + 0.0012 * s, strength=0.0) for s in range(3)]

    assert anti_flatness.findings(arms(-0.2))[0].agreement is Agreement.RESPECTED
    assert anti_flatness.findings(arms(0.0))[0].agreement is Agreement.VIOLATED


def imbalanced(seed, seli, simplex):
    names = {"seli_distance_head": seli, "seli_distance_means": seli, "minority_cosine": 0.1}
    names |= {"simplex_distance_head": simplex, "simplex_distance_means": simplex, "nc1_trace_ratio": 0.01}
    return run("imbalance", seed, np.array([0.0]), {name: np.array([value]) for name, value in names.items()})


def test_nearer_to_seli_is_decided_by_most_seeds():
    def verdict(*pairs):
        return imbalance.findings([imbalanced(s, *pair) for s, pair in enumerate(pairs)])[0].agreement

    assert verdict((0.1, 0.5), (0.2, 0.5), (0.6, 0.5)) is Agreement.RESPECTED
    assert verdict((0.6, 0.5), (0.7, 0.5), (0.1, 0.5)) is Agreement.VIOLATED
    assert verdict((0.3, 0.3), (0.301, 0.3)) is Agreement.OUT_OF_SCOPE


def modular(seed, fall):
    time = np.geomspace(1, 10_000, 300)
    falling = np.exp(-6 / (1 + (fall / time) ** 8.0))
    columns = {
        "train_accuracy": (time > 100).astype(float),
        "test_accuracy": 1 / (1 + (2000 / time) ** 8.0),
        "classes": np.full(300, 59.0),
        "nc1_trace_ratio": falling,
        "relative_flatness": falling,
        "published_flatness": falling * time,
    }
    return run("grokking_modular", seed, time, columns)


def test_the_order_of_events_is_read_off_the_half_ways():
    assert grokking_modular.findings([modular(s, 1000) for s in range(3)])[0].agreement is Agreement.RESPECTED
    assert grokking_modular.findings([modular(s, 5000) for s in range(3)])[0].agreement is Agreement.VIOLATED


def test_equivalence_agrees_with_the_interval_and_needs_two_seeds():
    inside, wide = _pairs.equivalent([0.001, -0.001, 0.0], 0.02), _pairs.equivalent([0.1, -0.1, 0.0], 0.02)
    assert inside["p"] < 0.05 and _pairs.decided(inside) == "RESPECTED" and _pairs.margin_of(inside) > 0
    assert wide["p"] > 0.05 and _pairs.decided(wide) == "INCONCLUSIVE" and _pairs.margin_of(wide) < 0
    assert _pairs.decided(_pairs.equivalent([0.0], 0.02)) == "INCONCLUSIVE"
    assert _pairs.decided(_pairs.equivalent([0.5, 0.5], 0.02)) == "VIOLATED"


def on_disk(folder, made):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(made.about))
    save_trajectory(made.trajectory, folder / "trajectory.parquet")
    return folder


def test_a_frozen_record_is_never_changed(tmp_path):
    source = on_disk(tmp_path / "run", imbalanced(0, 0.1, 0.5))
    target = evidence.freeze(source, tmp_path / "records")
    before = (target / "trajectory.parquet").read_bytes()
    assert evidence.freeze(source, tmp_path / "records") == target
    other = on_disk(tmp_path / "other", imbalanced(0, 0.2, 0.5))
    with pytest.raises(EvidenceError, match="never overwritten"):
        evidence.freeze(other, tmp_path / "records")
    assert (target / "trajectory.parquet").read_bytes() == before


def test_conclusions_are_written_beside_the_records(tmp_path):
    for seed in range(3):
        evidence.freeze(on_disk(tmp_path / str(seed), imbalanced(seed, 0.1, 0.5)), tmp_path / "records")
    found = evidence.conclude("imbalance", tmp_path / "records")
    written = json.loads((tmp_path / "records" / "imbalance" / "findings.json").read_text())
    assert written["runs"] == 3 and [f["agreement"] for f in written["findings"]] == [f.agreement for f in found]
    with pytest.raises(EvidenceError, match="holds no record"):
        evidence.conclude("grokking_mlp", tmp_path / "records")


RECORDED = [run for name in evidence.names() for run in evidence.runs_of(name)]


@pytest.mark.parametrize("name", evidence.names())
def test_the_records_are_named_by_their_settings_and_carry_verdicts(name):
    for found in evidence.runs_of(name):
        assert found.folder.name == evidence.trial_key_of(found)
        assert found.trajectory.about["config"] == found.about["config"]
        assert {path.name for path in found.folder.iterdir()} == {"config.json", "trajectory.parquet", "verdicts.json"}
    assert (evidence.RECORDS / name / "findings.json").exists()


@pytest.mark.parametrize("name", evidence.names())
def test_the_findings_on_file_are_those_of_the_records(name):
    written = json.loads((evidence.RECORDS / name / "findings.json").read_text())["findings"]
    again = evidence.conclusions(name)(evidence.runs_of(name))
    assert [(f["bound"], f["agreement"]) for f in written] == [(f.bound, f.agreement) for f in again]


def test_the_records_are_small():
    assert sum(path.stat().st_size for path in evidence.RECORDS.rglob("*") if path.is_file()) < 20e6


@pytest.mark.parametrize("found", RECORDED, ids=lambda found: f"{found.about['experiment']}-{found.folder.name}")
def test_no_record_breaks_a_deterministic_inequality(found):
    table = found.trajectory
    assert np.all(table["relative_flatness"] <= table["flatness_loss_bound"] * (1 + 1e-9))
    assert np.all(table["relative_flatness"] <= table["relative_flatness_surrogate"] * (1 + 1e-9))
    assert math.isfinite(table["test_accuracy"][-1])
