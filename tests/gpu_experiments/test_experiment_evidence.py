"""What runs say is decided both ways on planted runs, and the frozen records are whole, small and their own."""

import json
import math

import numpy as np
import pytest

from gpu_experiments import evidence, experiments
from gpu_experiments.config import as_json
from gpu_experiments.evidence import (
    EvidenceError,
    _closed_forms,
    _pairs,
    _sharpness,
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
    assert [f.agreement for f in together] == [Agreement.RESPECTED] * 7
    assert [f.agreement for f in late[:5]] == [Agreement.VIOLATED] * 5
    assert late[0].margin < 0 < together[0].margin


@pytest.mark.parametrize("kind", ["delay", "half_rise"])
def test_the_exponent_of_the_clock_is_found_and_another_one_refused(kind):
    right = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d) for s, d in GRID]), kind)
    wrong = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d, exponent=0.5) for s, d in GRID]), kind)
    assert right.agreement is Agreement.RESPECTED and right.numbers["exponent"] == pytest.approx(1, abs=0.05)
    assert wrong.agreement is Agreement.VIOLATED and wrong.numbers["exponent"] == pytest.approx(0.5, abs=0.05)


def test_two_weight_decays_decide_no_law():
    found = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d) for s, d in GRID[:6]]))
    assert found.agreement is Agreement.INCONCLUSIVE


def test_runs_that_never_wait_refuse_the_law_of_the_delay():
    quick = [grokking(s, 0.01) for s in range(3)]
    for one in quick:
        one.trajectory.observables["train_accuracy"] = (one.trajectory.time > one.trajectory.time[-2]).astype(float)
    found = grokking_mlp.delay_law(evidence.by_setting([grokking(s, d) for s, d in GRID] + quick))
    assert found.agreement is Agreement.VIOLATED and "no delay at all in 3 runs" in found.reason


def test_data_sets_are_judged_apart():
    runs = [grokking(s, d) for s, d in GRID] + [grokking(s, d) for s, d in GRID]
    for one in runs[9:]:
        one.about["config"]["data"] = "fashion_mnist"
    names = [found.bound for found in grokking_mlp.findings(runs)]
    assert len(names) == 14 and "delay_exponent[data=fashion_mnist]" in names


def test_arms_of_other_schedules_are_no_control():
    control = [two_phase("feature_rescale", s, 1.0 + 0.01 * s) for s in range(3)]
    longer = [two_phase("feature_rescale", s, 1.01 + 0.01 * s, factor=3.0, second_epochs=900) for s in range(3)]
    found = feature_rescale.findings(control + longer)
    names = [one.bound for one in found]
    assert names == [f"return_from_3_at_{at}[second_epochs=900]" for at in ("nc1_0.01", "nc1_0.05", "the_end")]
    assert all(one.margin is None for one in found)


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


def two_phase(experiment, seed, norm, *, floor=0.005, speed=4.0, **changes):
    epoch = np.arange(0.0, 40.0)
    columns = {
        "epoch": epoch,
        "phase": np.where(epoch < 10, 1.0, 2.0),
        "nc1_trace_ratio": np.maximum(np.exp(-epoch / speed), floor),
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


def test_the_largest_decay_prevents_and_the_smallest_is_slow_only_if_all_seeds_say_so():
    def at(decay, floor, speed=4.0):
        return [two_phase("two_phase_collapse", s, 1.0, floor=floor, speed=speed, weight_decay=decay) for s in range(2)]

    def verdicts(*runs):
        return [found.agreement.value[:4] for found in two_phase_collapse.regimes([*runs])]

    assert verdicts(*at(1e-4, 0.001), *at(1e-3, 0.2)[:1]) == ["INCO", "INCO"]
    assert verdicts(*at(1e-4, 0.001), *at(1e-3, 0.2)) == ["RESP", "INCO"]
    assert verdicts(*at(1e-4, 0.001), *at(1e-3, 0.001)) == ["INCO", "INCO"]
    assert verdicts(*at(1e-5, 0.001, speed=7.0), *at(1e-4, 0.001), *at(1e-3, 0.2)) == ["RESP", "INCO"]
    assert verdicts(*at(1e-5, 0.2), *at(1e-4, 0.001), *at(1e-3, 0.2)) == ["RESP", "RESP"]


def collapsed_end(**changes):
    """The last row of a run at the equilibrium of squared error: a simplex frame with head row a m and feature b m."""
    from gpu_experiments import equilibrium
    from numerics import metrics

    scale, decay, classes = 0.8, 1e-3, 4
    logit = equilibrium.logit(decay * scale, classes, "mse")
    frame = np.eye(classes) - 1 / classes
    unit = frame / np.linalg.norm(frame[0])
    features, labels = np.repeat(np.sqrt(logit / scale) * unit, 5, axis=0), np.repeat(np.arange(classes), 5)
    found = metrics.last_layer_observables(features, labels, np.sqrt(logit * scale) * unit)
    found |= {"head_stationarity": 0.0, "flatness_over_equilibrium": found["relative_flatness"]}
    found["flatness_over_equilibrium"] /= equilibrium.flatness(found, logit)
    return found | {"norm_over_equilibrium": found["collapsed_norm"] / np.sqrt(logit / scale)} | changes


@pytest.mark.parametrize("form", _closed_forms.FORMS, ids=lambda form: form.bound)
def test_a_closed_form_is_met_at_equilibrium_broken_beside_it_and_silent_out_of_scope(form):
    def verdict(**changes):
        end = collapsed_end()
        end |= {name: change(end[name]) for name, change in changes.items()}
        columns = {name: np.array([value]) for name, value in end.items()}
        runs = [run("two_phase_collapse", seed, np.array([1.0]), columns) for seed in range(3)]
        return _closed_forms.judge(form, {"usual": runs})

    met = verdict()
    assert met.agreement is Agreement.RESPECTED and met.margin == pytest.approx(np.log1p(form.tolerance), abs=1e-6)
    measured = {"norm_at_equilibrium": "norm_over_equilibrium", "kappa_at_collapse": "relative_flatness"}
    measured = measured.get(form.bound, "flatness_over_equilibrium")
    assert verdict(**{measured: lambda value: 1.3 * value}).agreement is Agreement.VIOLATED
    assert verdict(nc1_trace_ratio=lambda value: 0.5).agreement is Agreement.OUT_OF_SCOPE
    assert "no run is in scope" in verdict(nc3=lambda value: 0.5).reason


def controls(scale):
    same = {"mse": {"first_loss": "mse"}, "cross_entropy": {"second_loss": "cross_entropy"}}
    runs = [two_phase("two_phase_collapse", s, 2.0, **same["mse"]) for s in range(3)]
    runs += [two_phase("two_phase_collapse", s, 6.0 + 0.1 * s, **same["cross_entropy"]) for s in range(3)]
    for one in runs:
        factor = scale if one.about["config"]["first_loss"] == "mse" else 1.0
        one.trajectory.observables["head_scale"] = np.full(len(one.trajectory), factor)
    return runs


def test_the_ratio_of_matched_losses_pairs_the_seeds_and_needs_equal_decays():
    found = two_phase_collapse.matched_losses(controls(1.0))
    assert found.numbers["ratios"] == pytest.approx([3.0, 3.05, 3.1])
    assert found.agreement is Agreement.INCONCLUSIVE
    apart = two_phase_collapse.matched_losses(controls(3.0))
    assert apart.agreement is Agreement.OUT_OF_SCOPE and apart.numbers["feature_decay_ratio"] == pytest.approx(9)


def test_the_spread_is_pooled_over_settings_with_their_own_means():
    def pooled(norms):
        runs = {
            str(width): [two_phase("two_phase_collapse", s, n * width, width=width) for s, n in enumerate(norms)]
            for width in (64, 128, 256)
        }
        return two_phase_collapse.pooled_spread(runs)

    assert pooled([1.0, 1.02, 0.98]).agreement is Agreement.RESPECTED
    assert pooled([1.0, 1.4, 0.7]).agreement is Agreement.VIOLATED
    never = {"x": [two_phase("two_phase_collapse", 0, 1.0, floor=0.2)]}
    assert two_phase_collapse.pooled_spread(never).agreement is Agreement.INCONCLUSIVE


def test_our_own_runs_meet_the_rules_for_published_logs():
    runs = [two_phase("two_phase_collapse", s, 1 + 0.01 * s, hidden=d) for s in range(3) for d in (2, 3, 5)]
    found = {one.bound: one for one in two_phase_collapse.findings(runs)}
    assert {"crossing_precedes_onset", "depth_law_margin_constant", "depth_onset_not_monotone@0.01"} <= set(found)
    assert set(found["depth_onset_not_monotone@0.01"].numbers["levels"]) == {"2.0", "3.0", "5.0"}
    assert [one for one in found if one.startswith("spread[")] == [f"spread[hidden={d}]" for d in (2, 3, 5)]


def test_a_group_is_named_by_what_is_unusual_and_told_apart_by_what_differs():
    runs = [two_phase("two_phase_collapse", s, 1.0) for s in range(3)]
    runs += [two_phase("two_phase_collapse", 0, 1.0, width=64), two_phase("two_phase_collapse", 0, 1.0, threads=2)]
    assert list(evidence.by_setting(runs)) == ["usual", "width=64", "threads=2"]
    assert list(evidence.by_setting(runs[:4])) == ["usual", "width=64"]
    longer = [grokking(0, 0.3), grokking(0, 0.1)]
    longer[1].about["config"]["steps"] = 9
    assert list(evidence.by_setting(longer)) == ["weight_decay=0.3", "weight_decay=0.1"]


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


def test_networks_are_compared_with_their_own_controls_only():
    cnn = [unplugged(s, 0.2, at=0.7 + 0.001 * s) for s in range(3)]
    cnn += [unplugged(s, 0.2, at=0.7 + 0.0012 * s, strength=0.0) for s in range(3)]
    deep = [unplugged(s, 0.2, at=0.3 + 0.001 * s, network="resnet20") for s in range(3)]
    alone = {finding.bound: finding for finding in anti_flatness.findings(cnn)}
    both = {finding.bound: finding for finding in anti_flatness.findings(cnn + deep)}
    of_deep = {bound for bound in both if "resnet20" in bound}
    assert len(of_deep) == 4 and all(both[bound].agreement is Agreement.INCONCLUSIVE for bound in of_deep)
    assert [both[bound].numbers for bound in both if bound not in of_deep] == [f.numbers for f in alone.values()]


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


def near_collapse(upper, classes=10.0):
    """kappa falls from 4 to 1, below `upper`; the ceiling is 9: features of norm sqrt(20), a head of diameter 1."""
    columns = {
        "relative_flatness": np.array([4.0, 2.0, 1.0]),
        "flatness_collapse_upper": np.array(upper),
        "feature_norm_rms": np.full(3, 20**0.5),
        "head_diameter": np.ones(3),
        "classes": np.full(3, classes),
    }
    return run("grokking_mlp", 0, np.arange(3.0), columns)


def test_the_sharpness_of_the_flatness_bound_is_told_and_a_bound_that_fails_is_violated():
    (found,) = _sharpness.sharpness([near_collapse([9.0, 3.0, 1.1]), near_collapse([8.0, 2.0, 1.0])])
    assert found.agreement is Agreement.RESPECTED and found.margin == pytest.approx(0)
    assert [found.numbers[n] for n in ("least", "most", "end")] == pytest.approx([1, 2.25, 1.05])
    assert found.numbers["share_of_ceiling"] == pytest.approx(1) and "100.00% of its ceiling" in found.reason
    for broken in ([9.0, 1.9, 1.1], [9.1, 3.0, 1.1]):
        assert _sharpness.sharpness([near_collapse(broken)])[0].agreement is Agreement.VIOLATED
    assert _sharpness.sharpness([grokking(0, 0.3)]) == []


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
    assert np.all(_sharpness._share_of_ceiling(table) <= 1 + 1e-9)
    assert math.isfinite(table["test_accuracy"][-1])
