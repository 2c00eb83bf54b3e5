"""Claims and doubts on synthetic logs in which the answer is planted, each in both directions."""

import json

import numpy as np
import pytest

from gpu_experiments.foreign import LogError, concentration, doubts, grid, in_words, judge_logs, prediction, sweeps
from gpu_experiments.foreign.logs import read_logs
from gpu_experiments.foreign.loss_ratio import (
    LARGEST_MARGIN,
    closed_form_ratio,
    implied_c,
    judge_depth_law,
    judge_families,
    judge_ratio,
)
from gpu_experiments.foreign.prediction import Lead
from gpu_experiments.foreign.runs import families, make_runs
from gpu_experiments.foreign.survival import censored_normal, lead_summary, median_lead


def plant(folder, name, onset, norm, first_phase=20.0, switch=200, last=600, path=None):
    """A two-phase log every ten epochs: NC1 below 0.01 from `onset` on (None: never) and the norm is `norm` from there;
    `path` gives the norms of the second phase before the onset (default: a straight fall to `norm`)."""
    lines = ["epoch,phase,nc1,feat_norm"]
    for epoch in range(10, last + 1, 10):
        phase = 1 if epoch <= switch else 2
        nc1 = 0.005 if onset is not None and epoch >= onset else 0.2
        value = first_phase if phase == 1 else norm
        if phase == 2 and onset is not None and epoch < onset:
            value = path if path is not None else norm * (1 + 0.1 * (onset - epoch) / 10)
        lines.append(f"{epoch},{phase},{nc1},{value!r}")
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def runs_in(folder, threshold=0.01, known=None):
    logs = [log for path in sorted(folder.glob("*.csv")) for log in read_logs(path)]
    return make_runs(logs, threshold, known)


def by_bound(findings, bound):
    (found,) = [finding for finding in findings if finding["bound"] == bound]
    return found


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        ([1.00, 1.001, 1.002], "RESPECTED"),
        ([1.0, 1.8, 0.6], "VIOLATED"),
        ([1.0, 1.03, 0.97], "INCONCLUSIVE"),
        ([1.0], "OUT_OF_SCOPE"),
    ],
)
def test_concentration_is_decided_by_the_interval_and_not_by_the_sample_value(tmp_path, norms, expected):
    for seed, norm in enumerate(norms):
        plant(tmp_path, f"a_s{seed}", 300, norm)
    found = concentration.judge_family("a", families(runs_in(tmp_path))["a"])
    assert found.agreement == expected
    if expected == "INCONCLUSIVE":
        assert found.margin > 0  # the sample value alone would have called it respected


def test_one_family_above_refutes_the_claim_for_every_family(tmp_path):
    for seed, (tight, wide) in enumerate([(1.0, 1.0), (1.001, 1.8), (1.002, 0.6)]):
        plant(tmp_path, f"tight_s{seed}", 300, tight)
        plant(tmp_path, f"wide_s{seed}", 300, wide)
    report = judge_logs(tmp_path)
    assert by_bound(report["claims"], "onset_norm_variation_everywhere")["agreement"] == "VIOLATED"
    assert {group["name"]: group["verdicts"][0]["agreement"] for group in report["groups"]} == {
        "tight": "RESPECTED",
        "wide": "VIOLATED",
    }


def leads_with(crossed, total, lead=50.0, onset=300.0):
    return [Lead(f"r{i}", f"f{i % 2}", 1.0, onset + i - lead if i < crossed else None, onset + i, onset + i)
            for i in range(total)]  # fmt: skip


def test_keeping_the_runs_that_never_cross_lowers_the_lead():
    """The planted fault: dropping them leaves mean and median where they were."""
    leads = [Lead(f"r{i}", "f", 1.0, 300 - x, 300.0, 300.0) for i, x in enumerate([140, 40, 60, 50, 80, 60, 60, 10])]
    never = [Lead(f"n{i}", "f", 1.0, None, 300.0, 300.0) for i in range(4)]
    with_all, dropped = lead_summary(leads + never), lead_summary(leads)
    assert with_all["mean_of_crossers"] == dropped["mean_of_crossers"] == 62.5
    assert with_all["mean_at_most"] == pytest.approx(500 / 12)
    assert with_all["median_with_censored"] == 40 and dropped["median_with_censored"] == 60
    assert with_all["mean_censored_normal"] < 35 < dropped["mean_censored_normal"]
    assert doubts.dropped_runs_do_not_matter(leads + never).agreement == "VIOLATED"
    assert doubts.dropped_runs_do_not_matter(leads).agreement == "RESPECTED"


def test_the_censored_normal_recovers_a_planted_mean():
    x = np.random.default_rng(1).normal(30, 40, 4000)
    mean, sd = censored_normal(x[x > 0], [0.0] * int(np.sum(x <= 0)), [])
    assert (mean, sd) == (pytest.approx(30, abs=2.5), pytest.approx(40, abs=2.5))
    assert np.mean(x[x > 0]) > 45


def test_a_median_that_is_not_identified_is_not_invented():
    assert np.isnan(median_lead([10.0, 20.0], [0.0, 0.0], []))
    assert median_lead([10.0, 20.0, 30.0], [], [100.0, 100.0]) == 30
    assert median_lead([10.0, 20.0, 30.0], [0.0], [100.0]) == pytest.approx(20, abs=10)


@pytest.mark.parametrize(("crossed", "expected"), [(12, "RESPECTED"), (5, "VIOLATED")])
def test_crossing_must_precede_onset_in_nearly_all_runs(crossed, expected):
    rng = np.random.default_rng(0)
    leads = [Lead(lead.run, lead.family, 1.0, None if lead.crossed is None else lead.crossed + shift,
                  lead.onset + shift, lead.end + shift)
             for lead, shift in zip(leads_with(crossed, 12), rng.uniform(-90, 90, 12), strict=True)]  # fmt: skip
    found = prediction.judge_leads(leads)
    assert found.agreement == expected
    if expected == "RESPECTED":
        assert found.numbers["mae_by_crossing"] < 3 < found.numbers["mae_by_constant"]


def test_the_ordering_of_crossings_is_compared_within_families_only():
    def lead(family, crossed, onset):
        return Lead(f"{family}{crossed}", family, 1.0, crossed, onset, onset)

    good = [lead("a", 200.0, 300.0), lead("a", 210.0, 320.0), lead("b", 500.0, 510.0)]
    assert prediction.ordering_accuracy(good) == 1.0
    assert prediction.ordering_accuracy([*good, lead("a", 190.0, 330.0)]) == pytest.approx(1 / 3)
    assert prediction.ordering_accuracy([lead("a", 200.0, 300.0), lead("a", 200.0, 320.0)]) == 0.5
    assert prediction.ordering_accuracy(good[:1]) is None


def test_no_run_sets_its_own_threshold(tmp_path):
    for seed, norm in enumerate([1.0, 2.0, 4.0]):
        plant(tmp_path, f"a_s{seed}", 300, norm)
    found = {lead.run: lead.threshold for lead in prediction.leads(families(runs_in(tmp_path)))}
    assert found["a_s0"] == pytest.approx(np.sqrt(8)) and found["a_s2"] == pytest.approx(np.sqrt(2))


def test_a_run_that_crosses_and_never_collapses_is_right_censored(tmp_path):
    for seed in range(2):
        plant(tmp_path, f"a_s{seed}", 300, 1.0)
    plant(tmp_path, "a_s2", None, 0.9)
    (found,) = [lead for lead in prediction.leads(families(runs_in(tmp_path))) if lead.run == "a_s2"]
    assert found.onset is None and found.crossed == 210 and found.end == 600
    assert lead_summary([found])["crossed_without_onset"] == 1


def plant_grid(folder, norms, onsets, first=None):
    for (architecture, data), norm in norms.items():
        for seed in range(3):
            wobble = 1 + 0.01 * seed
            plant(folder, f"{architecture}_{data}_s{seed}", onsets[architecture, data], norm * wobble,
                  first_phase=(first or {}).get((architecture, data), 20.0) * wobble)  # fmt: skip


CELLS = [("mlp5", "mnist"), ("mlp5", "cifar10"), ("resnet20", "mnist"), ("resnet20", "cifar10")]


def test_a_grid_without_interaction_is_not_called_one(tmp_path):
    plant_grid(tmp_path, dict(zip(CELLS, [1.0, 2.0, 3.0, 6.0], strict=True)), dict.fromkeys(CELLS, 300))
    found = grid.judge_grid(runs_in(tmp_path))[0]
    assert found.agreement == "INCONCLUSIVE"
    assert found.numbers["tables"][0]["log_interaction"] == pytest.approx(0, abs=1e-9)


def test_mixed_phases_make_an_interaction_that_matching_takes_away(tmp_path):
    """One cell collapses under cross-entropy: its norm is on that loss's scale. Within one phase there is no effect."""
    first = dict(zip(CELLS, [6.0, 6.0, 6.0, 6.0], strict=True))
    onsets = dict(zip(CELLS, [300, 300, 100, 300], strict=True))
    plant_grid(tmp_path, dict(zip(CELLS, [1.0, 1.0, 1.5, 1.5], strict=True)), onsets, first)
    for seed in range(3):  # the logs of that cell end at their onset, as published ones do
        path = tmp_path / f"resnet20_mnist_s{seed}.csv"
        path.write_text("\n".join(path.read_text().splitlines()[:11]) + "\n")
    mixed, matched, survives = grid.judge_grid(runs_in(tmp_path))
    assert mixed.agreement == "RESPECTED" and matched.agreement == "INCONCLUSIVE"
    (effects,) = survives.numbers["effects"].values()
    assert effects[0] == pytest.approx(5.0, rel=1e-6) and effects[1] == pytest.approx(0.0, abs=1e-9)


def plant_sweep(folder, factor, levels, norm=lambda level: 1.0):
    for level, onset in levels.items():
        for seed in range(3):
            late = None if onset is None else onset + 10 * seed
            plant(folder, f"{factor}{level}_s{seed}", late, norm(level) * (1 + 0.003 * seed))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({2: 560, 3: 500, 5: 290, 7: 420}, "RESPECTED"),
        ({2: None, 3: None, 5: 290, 7: 420}, "RESPECTED"),
        ({2: 560, 3: 460, 5: 360, 7: 260}, "VIOLATED"),
        ({2: 300, 3: 300, 5: 300, 7: 300}, "INCONCLUSIVE"),
    ],
)
def test_depth_is_called_not_monotone_only_where_it_falls_and_rises(tmp_path, levels, expected):
    plant_sweep(tmp_path, "depth", levels)
    assert sweeps.judge_depth(sweeps.sweep(runs_in(tmp_path), "depth"), 0.01).agreement == expected


@pytest.mark.parametrize(("effect", "expected"), [(0.05, "RESPECTED"), (0.40, "VIOLATED"), (0.13, "INCONCLUSIVE")])
def test_width_moves_the_norm_little_is_an_equivalence_claim(tmp_path, effect, expected):
    plant_sweep(tmp_path, "width", {128: 400, 256: 350, 512: 300}, lambda w: 1 + effect * (w == 128))
    *_, onset, norm = sweeps.judge_sweeps(runs_in(tmp_path), 0.01)
    assert norm.agreement == expected and norm.margin == pytest.approx(0.13 - effect, abs=1e-9)
    assert onset.agreement == "RESPECTED"


@pytest.mark.parametrize(
    "norms,expected",
    [
        ({2: 1.0, 3: 2.0, 5: 1.0}, "RESPECTED"),
        ({2: 1.0, 3: 2.0, 5: 3.0}, "VIOLATED"),
        ({2: 1.0, 3: 1.0, 5: 1.0}, "INCONCLUSIVE"),
    ],
)
def test_the_norm_at_onset_is_without_order_in_depth_only_if_it_falls_and_rises(tmp_path, norms, expected):
    plant_sweep(tmp_path, "depth", dict.fromkeys(norms, 300), lambda depth: norms[depth])
    assert sweeps.judge_sweeps(runs_in(tmp_path), 0.01)[1].agreement == expected


def test_levels_are_compared_at_one_value_of_the_other_settings(tmp_path):
    for seed in range(2):
        plant(tmp_path, f"depth3_width64_s{seed}", 300, 1.0)
        plant(tmp_path, f"depth5_width64_s{seed}", 300, 1.0)
    plant(tmp_path, "depth7_width512_s0", 300, 1.0)
    assert list(sweeps.sweep(runs_in(tmp_path), "depth")) == [3.0, 5.0]


def test_onsets_after_every_drop_of_the_learning_rate_are_no_chance(tmp_path):
    for seed in range(4):
        plant(tmp_path, f"a_s{seed}", 410, 1.0)
        plant(tmp_path, f"b_s{seed}", 330 + 20 * seed, 1.0)
    report = judge_logs(tmp_path, milestones={"a": [400, 500], "b": [400, 500]})
    found = by_bound(report["doubts"], "onset_at_milestone_by_chance")
    assert found["agreement"] == "VIOLATED" and found["numbers"]["hits"] == 4
    alone = judge_logs([tmp_path / f"b_s{seed}.csv" for seed in range(4)], milestones={"b": [400, 500]})
    assert by_bound(alone["doubts"], "onset_at_milestone_by_chance")["agreement"] == "INCONCLUSIVE"


def test_onsets_under_cross_entropy_are_counted_over_all_runs(tmp_path):
    plant(tmp_path, "a_s0", 300, 1.0)
    late = judge_logs(tmp_path)
    assert by_bound(late["doubts"], "onset_phase_everywhere")["agreement"] == "RESPECTED"
    plant(tmp_path, "a_s1", 150, 1.0)
    found = by_bound(judge_logs(tmp_path)["doubts"], "onset_phase_everywhere")
    assert found["agreement"] == "VIOLATED" and list(found["numbers"]) == ["a_s1"]


@pytest.mark.parametrize(("spread", "expected"), [(0.001, "RESPECTED"), (3.0, "VIOLATED")])
def test_the_onset_is_special_only_if_the_norm_is_less_spread_there_than_at_a_fixed_epoch(tmp_path, spread, expected):
    for family in range(6):
        for seed in range(3):
            plant(tmp_path, f"f{family}_s{seed}", 300, 1 + 0.1 * spread * seed, path=2.0 + 0.1 * seed)
    found = by_bound(judge_logs(tmp_path)["doubts"], "onset_is_a_special_time")
    assert found["agreement"] == expected and found["margin"] == (0.5 if expected == "RESPECTED" else -0.5)


def test_the_closed_form_ratio_is_the_specified_one_and_inverts():
    assert [round(closed_form_ratio(c, 10), 2) for c in (1e-4, 1e-6, 1e-8)] == [3.04, 3.72, 4.29]
    assert np.isnan(closed_form_ratio(0.1, 10)) and np.isnan(closed_form_ratio(0.03, 10, "mean"))
    for c in (1e-3, 1e-9, 1e-40):
        assert implied_c(closed_form_ratio(c, 10), 10) == pytest.approx(c, rel=1e-6)
    assert implied_c(41.0, 10) is None


@pytest.mark.parametrize(("first", "expected"), [(3.7, "INCONCLUSIVE"), (14.0, "VIOLATED")])
def test_a_ratio_beyond_the_margins_of_float32_is_not_explained_by_two_factors(tmp_path, first, expected):
    plant(tmp_path, "a_s0", 300, 1.0, first_phase=first)
    (run,) = runs_in(tmp_path)
    found = judge_ratio(run)
    assert judge_families({"a": [run]}).agreement == expected
    assert found.agreement == expected and found.margin == pytest.approx(LARGEST_MARGIN - first**2)
    assert np.float32(np.exp(-np.float64(LARGEST_MARGIN) - 1)) == 0


def test_a_depth_law_that_holds_is_recognised_and_one_that_does_not_is_refuted(tmp_path):
    for depth in (2, 3, 5, 7):
        for seed in range(4):
            law = 20.0 ** (depth / (depth + 1)) * (1 + 0.002 * seed)
            (tmp_path / "law").mkdir(exist_ok=True)
            (tmp_path / "flat").mkdir(exist_ok=True)
            plant(tmp_path / "law", f"depth{depth}_s{seed}", 300, 1.0, first_phase=law)
            plant(tmp_path / "flat", f"depth{depth}_s{seed}", 300, 1.0, first_phase=12.0 * (1 + 0.002 * seed))
    found = {}
    for kind in ("law", "flat"):
        levels = {int(k): v for k, v in sweeps.sweep(runs_in(tmp_path / kind), "depth").items()}
        found[kind] = judge_depth_law(levels, "x")
    assert found["law"].agreement == "RESPECTED" and found["flat"].agreement == "VIOLATED"
    assert found["law"].numbers["means"][5] == pytest.approx(20, rel=0.01)


def test_second_attempts_with_other_onsets_are_reported(tmp_path):
    plant(tmp_path, "a_s0", 300, 1.0)
    plant(tmp_path, "a_s0_ext", 400, 1.0)
    found = by_bound(judge_logs(tmp_path, onset_threshold=0.05)["doubts"], "second_attempts_agree")
    assert found["agreement"] == "VIOLATED" and found["margin"] == -100


def test_the_report_is_plain_json_in_the_promised_shape(tmp_path):
    plant(tmp_path, "a_s0", 300, 1.0)
    plant(tmp_path, "a_s1", None, 1.0)
    (tmp_path / "summary.csv").write_text("seed,T_NC\n0,300\n")
    (tmp_path / "broken.csv").write_text("epoch,nc1\nten,0.5\n")
    report = judge_logs(tmp_path)
    json.dumps(report, allow_nan=False)
    assert [run["onset"] and run["onset"]["epoch"] for run in report["runs"]] == [300, None]
    for run in report["runs"]:
        assert {"path", "observables", "onset", "verdicts"} <= set(run)
        for verdict in run["verdicts"]:
            assert {"bound", "claim", "agreement", "margin", "reason"} <= set(verdict)
    assert "no epoch column" in report["skipped"][0]["reason"]
    assert "epoch 'ten'" in report["refused"][0]["reason"]
    assert report["published"] is None
    lines = "\n".join(in_words(report))
    for words in ("onset at 300, loss phase 2", "nc1_trace_ratio = nc1", "no onset", "refused", "skipped"):
        assert words in lines


@pytest.mark.parametrize(("kappa", "expected"), [(0.5, "RESPECTED"), (2.0, "VIOLATED")])
def test_the_bounds_of_the_theory_are_held_against_a_log_that_has_their_columns(tmp_path, kappa, expected):
    header = "epoch,kappa,flatness_loss_bound,feature_norm_max,head_diameter"
    (tmp_path / "a_s0.csv").write_text(f"{header}\n1,0.1,1.0,9,9\n2,{kappa},1.0,9,9\n")
    found = {verdict["bound"]: verdict for verdict in judge_logs(tmp_path)["runs"][0]["verdicts"]}
    assert found["flatness_from_loss"]["agreement"] == expected
    assert found["flatness_from_loss"]["margin_in_units"] == pytest.approx(1 - kappa)


def test_nothing_to_judge_is_an_error_that_says_why(tmp_path):
    (tmp_path / "summary.csv").write_text("seed,T_NC\n0,300\n")
    with pytest.raises(LogError, match="no epoch column"):
        judge_logs(tmp_path / "summary.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogError, match="holds no log"):
        judge_logs(tmp_path / "empty")
    with pytest.raises(LogError, match="no log was given"):
        judge_logs([])


def test_the_order_of_the_files_changes_nothing(tmp_path):
    for seed in range(3):
        plant(tmp_path, f"a_s{seed}", 300 + 10 * seed, 1 + 0.01 * seed)
        plant(tmp_path, f"b_s{seed}", 400, 1.0)
    paths = sorted(tmp_path.glob("*.csv"))
    forward, backward = judge_logs(paths), judge_logs(paths[::-1])
    assert sorted(forward["runs"], key=lambda run: run["path"]) == sorted(backward["runs"], key=lambda run: run["path"])
    for kind in ("claims", "doubts"):
        for a, b in zip(forward[kind], backward[kind], strict=True):
            assert a["agreement"] == b["agreement"] and a["margin"] == pytest.approx(b["margin"])
