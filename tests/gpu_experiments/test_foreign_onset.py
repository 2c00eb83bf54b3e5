"""Onset, phases, families and continuations on small logs whose answer is known by hand."""

import numpy as np
import pytest

from gpu_experiments.foreign import LogError, Onset, find_onset, judge_logs, read_logs
from gpu_experiments.foreign.columns import map_columns, read_mapping
from gpu_experiments.foreign.families import Label, label
from gpu_experiments.foreign.runs import families, make_runs, read_settings
from gpu_experiments.foreign.single import crosses_once, off_milestones, onset_phase

COLUMNS = "epoch,phase,nc1,feat_norm"


def log_of(folder, rows, name="run_s0.csv", header=COLUMNS, **how):
    path = folder / name
    path.write_text("\n".join([header, *(",".join("" if v is None else str(v) for v in row) for row in rows)]) + "\n")
    (log,) = read_logs(path, **how)
    return log


EARLY = [(10, 1, 0.5, 20), (20, 1, 0.009, 6), (30, 2, 0.3, 3), (40, 2, 0.008, 1.5), (50, 2, 0.004, 1.4)]


def test_the_two_rules_differ_where_collapse_comes_under_cross_entropy(tmp_path):
    log = log_of(tmp_path, EARLY)
    assert find_onset(log, 0.01) == Onset(20.0, 1, 0.01, 6.0)
    assert find_onset(log, 0.01, second_phase=True) == Onset(40.0, 2, 0.01, 1.5)
    assert find_onset(log, 0.001) is None


def test_the_threshold_itself_is_not_below_the_threshold(tmp_path):
    log = log_of(tmp_path, [(1, 2, 0.01, 3.0), (2, 2, 0.0099, 2.0)])
    assert find_onset(log, 0.01).epoch == 2


def test_missing_values_never_count_as_collapse(tmp_path):
    log = log_of(tmp_path, [(1, 1, None, None), (2, 1, None, None), (3, 1, 0.2, 4), (4, 2, 0.005, None)])
    assert find_onset(log, 0.01) == Onset(4.0, 2, 0.01, None)


def test_dead_features_are_no_collapse(tmp_path):
    assert find_onset(log_of(tmp_path, [(1, 1, 0.5, 3), (2, 1, 0, 0), (3, 1, 0, 0)]), 0.01) is None


def test_a_log_without_phases_has_an_onset_of_unknown_phase(tmp_path):
    log = log_of(tmp_path, [(1, 0.5, 3), (2, 0.005, 2)], header="epoch,nc1,feat_norm")
    assert find_onset(log, 0.01) == Onset(2.0, None, 0.01, 2.0)
    assert find_onset(log, 0.01, second_phase=True) is None


def test_json_onsets_are_null_where_they_never_come(tmp_path):
    log_of(tmp_path, EARLY)
    report = judge_logs(tmp_path)
    assert report["runs"][0]["onset"] == {"epoch": 20, "phase": 1, "threshold": 0.01, "feature_norm": 6}
    assert judge_logs(tmp_path, onset_threshold=0.001)["runs"][0]["onset"] is None


@pytest.mark.parametrize("threshold", [0, -0.01, float("nan"), float("inf")])
def test_a_threshold_without_meaning_is_refused(tmp_path, threshold):
    log_of(tmp_path, EARLY)
    with pytest.raises(LogError, match="onset threshold is"):
        judge_logs(tmp_path, onset_threshold=threshold)


def run_of(folder, rows, **how):
    (run,) = make_runs([log_of(folder, rows, **how)], 0.01)
    return run


def test_an_onset_under_cross_entropy_violates_and_one_after_it_does_not(tmp_path):
    early = onset_phase(run_of(tmp_path, EARLY))
    assert early.agreement == "VIOLATED" and early.margin == -10
    late = onset_phase(run_of(tmp_path, EARLY[:1] + EARLY[2:]))
    assert late.agreement == "RESPECTED" and late.margin == 10


def test_an_unreadable_cell_before_the_onset_makes_it_undecided(tmp_path):
    rows = [(10, 1, 0.5, 20), (20, 1, "broken", 6), (30, 2, 0.005, 3)]
    found = onset_phase(run_of(tmp_path, rows))
    assert found.agreement == "INCONCLUSIVE" and "could not be read at 20" in found.reason
    assert onset_phase(run_of(tmp_path, rows[::2])).agreement == "RESPECTED"


def test_an_undershoot_before_the_onset_is_seen_with_its_rise(tmp_path):
    rows = [(10, 1, 0.5, 20), (20, 2, 0.1, 2.0), (30, 2, 0.05, 0.8), (40, 2, 0.02, 0.9), (50, 2, 0.005, 1.0)]
    found = crosses_once(run_of(tmp_path, rows))
    assert found.agreement == "VIOLATED" and found.margin == -20
    assert found.numbers["rise"] == pytest.approx(0.25)
    falling = [(10, 1, 0.5, 20), (20, 2, 0.1, 2.0), (30, 2, 0.05, 1.5), (50, 2, 0.005, 1.0)]
    assert crosses_once(run_of(tmp_path, falling)).agreement == "RESPECTED"


def test_an_onset_on_the_first_row_after_a_drop_of_the_learning_rate_is_seen(tmp_path):
    header = "epoch,phase,nc1,feat_norm,lr"
    rows = [(10, 1, 0.5, 20, 0.1), (20, 1, 0.3, 9, 0.1), (30, 1, 0.005, 6, 0.01), (40, 1, 0.004, 6, 0.01)]
    found = off_milestones(run_of(tmp_path, rows, header=header))
    assert found.agreement == "VIOLATED" and found.numbers["last_milestone"] == 20
    assert off_milestones(run_of(tmp_path, EARLY), [5.0]).agreement == "RESPECTED"
    assert off_milestones(run_of(tmp_path, EARLY), [15.0]).agreement == "VIOLATED"
    assert off_milestones(run_of(tmp_path, EARLY)).agreement == "OUT_OF_SCOPE"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("depth5_s1", Label("depth5", "1")),
        ("depth2_s0_ext", Label("depth2", "0", "ext")),
        ("wd1e-05_s2", Label("wd1e-05", "2")),
        ("resnet20_mnist_s1", Label("resnet20_mnist", "1")),
        ("vit-small_seed12", Label("vit-small", "12")),
        ("mnist_twophase", Label("mnist_twophase")),
    ],
)
def test_names_tell_family_seed_and_suffix(name, expected):
    assert label(name) == expected


def test_the_grouping_can_be_overridden_by_pattern_and_by_mapping():
    assert label("A7run", r"(?P<family>[A-Z])(?P<seed>\d)") == Label("A", "7")
    assert label("depth5_s1", {"depth5_s1": "mine"}) == Label("mine", "1")
    with pytest.raises(LogError, match="must be a regular expression"):
        judge_logs("x", group="(?P<family>[")
    with pytest.raises(LogError, match=r"must be a column or a pattern"):
        judge_logs("x", group="([a-z]+)")


def test_family_names_tell_their_settings():
    assert read_settings("width128") == ({"width": 128.0}, None)
    assert read_settings("wd0p0005") == ({"weight_decay": 0.0005}, None)
    assert read_settings("actGELU") == ({"activation": "GELU"}, None)
    assert read_settings("resnet20_mnist") == ({}, ("resnet20", "MNIST"))
    assert read_settings("baseline") == ({}, None)


BASE = [(10, 1, 0.5, 20), (20, 1, 0.3, 9), (30, 2, 0.2, 3)]


def test_a_continuation_that_agrees_is_joined_and_counted_once(tmp_path):
    logs = [log_of(tmp_path, BASE, "a_s0.csv"), log_of(tmp_path, [(30, 2, 0.2, 3), (40, 2, 0.005, 2)], "a_s0_ext.csv")]
    base, more = make_runs(logs, 0.01)
    assert base.onset == Onset(40.0, 2, 0.01, 2.0)
    assert base.log.trajectory.time.tolist() == [10, 20, 30, 40]
    assert more.attempt_of == "a_s0" and more.fork is None
    assert [run.name for run in families([base, more])["a"]] == ["a_s0"]


def test_a_second_attempt_that_parts_is_no_continuation(tmp_path):
    logs = [log_of(tmp_path, BASE, "a_s0.csv"), log_of(tmp_path, [*BASE[:2], (30, 2, 0.005, 2.5)], "a_s0_ext.csv")]
    base, other = make_runs(logs, 0.01)
    assert base.onset is None and other.onset.epoch == 30
    assert other.fork == 30 and "another attempt" in other.told[0]
    assert [run.name for run in families([base, other])["a"]] == ["a_s0"]


def test_a_log_without_a_seed_is_not_merged_with_seeds_of_its_name(tmp_path):
    logs = [log_of(tmp_path, BASE, "wd0p001.csv"), log_of(tmp_path, BASE, "wd0p001_s0.csv")]
    alone, seeded = make_runs(logs, 0.01)
    assert alone.label.family != seeded.label.family
    assert alone.settings == {} and seeded.settings == {"weight_decay": 0.001}


def test_the_mapping_is_shown_and_overridden(tmp_path):
    header = "Epoch,NC1 (mine),|h|"
    rows = [(1, 0.5, 3), (2, 0.005, 2)]
    path = tmp_path / "a_s0.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]))
    report = judge_logs(path, mapping="nc1=NC1 (mine),fn=|h|")
    assert report["mapping"][str(path)] == {"epoch": "Epoch", "nc1_trace_ratio": "NC1 (mine)", "feature_norm": "|h|"}
    assert report["runs"][0]["onset"]["feature_norm"] == 2
    for mapping, words in [
        ("nc1", "observable=column"),
        ("nc9=NC1", "must be one of"),
        ("fn=norm", "no column 'norm'"),
    ]:
        with pytest.raises(LogError, match=words):
            judge_logs(path, mapping=mapping)


def test_plain_nc1_is_the_trace_ratio_unless_that_has_its_own_column():
    plain = map_columns(["epoch", "nc1", "fn"], {}, "x")
    assert plain.observables["nc1_trace_ratio"] == "nc1" and "trace ratio" in plain.assumed[0]
    both = map_columns(["epoch", "nc1", "nc1_trace_ratio"], {}, "x")
    assert both.observables == {"nc1_trace_ratio": "nc1_trace_ratio", "nc1": "nc1"} and not both.assumed
    pinv = map_columns(["epoch", "nc1"], read_mapping("nc1_pinv=nc1"), "x")
    assert pinv.observables == {"nc1": "nc1"}


def test_onset_is_judged_on_the_canonical_nc1_where_there_is_no_trace_ratio(tmp_path):
    log = log_of(tmp_path, [(1, 1, 0.5, 3), (2, 1, 0.005, 2)], mapping="nc1_pinv=nc1")
    assert log.nc1 == "nc1" and find_onset(log, 0.01).epoch == 2
    assert np.isfinite(log.trajectory["nc1"]).all()
