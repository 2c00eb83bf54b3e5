"""Run folders are judged: every bound of the theory, the two clocks, and clear words for folders that are broken."""

import errno
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Symbol

from gpu_experiments import judge as judge_module
from gpu_experiments.clocks import surrogate_ratio, two_clocks
from gpu_experiments.judge import RunFolderError, judge, judge_all, read_run, run_folders, theory_bounds
from numerics.trajectory import Trajectory, TrajectoryError, save_trajectory
from theory.blueprint import load
from theory.errors import UsersMistake
from theory.statement import Bound

TIME = np.array([0.0, 10.0, 100.0, 1000.0, 2000.0, 4000.0, 8000.0, 9000.0, 9500.0, 10000.0])
COLUMNS = {
    "train_accuracy": [0.1, 0.5, 0.995, 1, 1, 1, 1, 1, 1, 1],
    "test_accuracy": [0.1, 0.2, 0.20, 0.3, 0.5, 0.7, 0.8, 0.8, 0.8, 0.8],
    "rnc1": [0.3, 0.4, 0.40, 0.39, 0.3, 0.1, 0.02, 0.01, 0.01, 0.01],
    "relative_flatness": [4.0, 3.0, 2.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5],
    "relative_flatness_surrogate": [9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 4.5, 4.5, 4.5, 4.5],
    "flatness_loss_bound": [8.0, 6.0, 4.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0],
}
BOUND = ("some_claim", Bound("flat", "relative_flatness", upper=Symbol("flatness_loss_bound")))


def write_run(folder, seed=0, **changes):
    columns = {name: np.array(values, dtype=float) for name, values in (COLUMNS | changes).items()}
    folder.mkdir(parents=True)
    about = {"experiment": "planted", "seed": seed, "config": {"steps": 10000}}
    (folder / "config.json").write_text(json.dumps(about))
    save_trajectory(Trajectory(f"planted-{seed}", TIME, columns, "step", about), folder / "trajectory.parquet")
    return folder


def test_a_run_is_judged_and_its_verdicts_are_written_beside_it(tmp_path):
    entry = judge(write_run(tmp_path / "run"), [BOUND])
    (verdict,) = entry["verdicts"]
    assert (verdict["bound"], verdict["claim"], verdict["agreement"]) == ("flat", "some_claim", "RESPECTED")
    assert verdict["margin"] == pytest.approx(0.5)
    assert entry["path"] == str(tmp_path / "run")
    assert "relative_flatness" in entry["observables"]
    assert json.loads((tmp_path / "run" / "verdicts.json").read_text()) == entry
    assert not list((tmp_path / "run").glob(".*"))


def test_a_planted_violation_in_a_run_is_found(tmp_path):
    flatness = [4.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.5, 0.5, 0.5, 0.5]
    entry = judge(write_run(tmp_path / "run", relative_flatness=flatness), [BOUND])
    assert entry["verdicts"][0]["agreement"] == "VIOLATED"
    assert entry["verdicts"][0]["at"] == 8000.0


def test_every_bound_of_the_theory_is_found_without_a_list(monkeypatch):
    graph, problems = load()
    carried = [(key, bound.name) for key in graph for bound in graph.nodes[key]["statement"].bounds]
    assert sorted(carried) == sorted((key, bound.name) for key, bound in theory_bounds())

    class Planted:
        bounds = (BOUND[1],)

    graph.add_node("a_new_claim", statement=Planted)
    monkeypatch.setattr("theory.blueprint.load", lambda: (graph, problems))
    assert ("a_new_claim", BOUND[1]) in theory_bounds()


def test_only_bounds_on_what_was_logged_are_judged(tmp_path):
    elsewhere = ("other_claim", Bound("other", "mutual_information", upper=Symbol("rnc1")))
    entry = judge(write_run(tmp_path / "run"), [BOUND, elsewhere])
    assert [verdict["bound"] for verdict in entry["verdicts"]] == ["flat"]


def test_seeds_of_one_setting_are_judged_together(tmp_path):
    high = [9.0, 9.1, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]
    bound = ("mean", Bound("flat", "relative_flatness", upper=Symbol("flatness_loss_bound"), deterministic=False))
    for seed in range(3):
        write_run(tmp_path / f"seed-{seed}", seed, relative_flatness=np.array(high) + 0.01 * seed)
    result = judge_all(run_folders(tmp_path), [bound])
    assert [run["verdicts"][0]["agreement"] for run in result["runs"]] == ["INCONCLUSIVE"] * 3
    (group,) = result["groups"]
    assert group["seeds"] == [0, 1, 2]
    assert group["verdicts"][0]["agreement"] == "VIOLATED"


def test_the_two_clocks_read_what_was_planted():
    run = Trajectory("planted", TIME, {name: np.array(values) for name, values in COLUMNS.items()})
    clocks = two_clocks(run)
    assert clocks["fit"] == 100.0
    assert clocks["half_way"] == 2000.0  # half way from 0.20 at the fit to 0.78, the mean of the last five
    assert clocks["generalise"] == 8000.0  # 0.9 of 0.78 is 0.702, and 0.7 is below it
    assert clocks["rnc1_drop"] == 4000.0  # half way from 0.40 to 0.01
    assert clocks["delay"] == 7900.0 and clocks["delay_ratio"] == 80.0
    assert clocks["unit"] == "step"


def test_a_network_that_never_fits_or_never_drops_has_no_such_clock():
    columns = {name: np.array(values, float) for name, values in COLUMNS.items()}
    never = two_clocks(Trajectory("never", TIME, columns | {"train_accuracy": np.full(10, 0.5)}))
    assert {never[name] for name in ("fit", "rnc1_drop", "half_way", "generalise", "delay")} == {None}
    steady = two_clocks(Trajectory("steady", TIME, columns | {"rnc1": np.linspace(0.4, 0.3, 10)}))
    assert steady["rnc1_drop"] is None and steady["fit"] == 100.0
    bare = two_clocks(Trajectory("bare", TIME, {"train_accuracy": columns["train_accuracy"]}))
    assert bare["fit"] == 100.0 and bare["generalise"] is None


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=30, max_size=30))
def test_clocks_never_run_backwards(numbers):
    names = ("train_accuracy", "test_accuracy", "rnc1")
    columns = {name: np.array(numbers[10 * i : 10 * i + 10]) for i, name in enumerate(names)}
    clocks = two_clocks(Trajectory("any", TIME, columns))
    later = [clocks[name] for name in ("rnc1_drop", "half_way", "generalise") if clocks[name] is not None]
    assert all(time >= clocks["fit"] for time in later)


def test_the_surrogate_is_compared_with_exact_flatness_over_time():
    run = Trajectory("planted", TIME, {name: np.array(values) for name, values in COLUMNS.items()})
    ratio = surrogate_ratio(run)
    assert ratio["time"] == TIME.tolist()
    np.testing.assert_allclose(
        ratio["ratio"], np.array(COLUMNS["relative_flatness_surrogate"]) / run["relative_flatness"]
    )
    assert surrogate_ratio(Trajectory("bare", TIME, {"rnc1": run["rnc1"]})) is None


def missing(folder):
    return folder / "nowhere"


def without_settings(folder):
    (folder / "config.json").unlink()
    return folder


def half_written(folder):
    (folder / "trajectory.parquet").unlink()
    (folder / "parts").mkdir()
    return folder


def cut_settings(folder):
    (folder / "config.json").write_text('{"experiment": "plan')
    return folder


def settings_of_the_wrong_kind(folder):
    (folder / "config.json").write_text("[1, 2]")
    return folder


def cut_trajectory(folder):
    path = folder / "trajectory.parquet"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return folder


@pytest.mark.parametrize(
    "damage, words",
    [
        (missing, "nowhere does not exist"),
        (without_settings, "no config.json"),
        (half_written, "half-written.*--resume"),
        (cut_settings, "config.json is truncated"),
        (settings_of_the_wrong_kind, "holds a list"),
        (cut_trajectory, "trajectory.parquet is truncated"),
    ],
)
def test_a_broken_run_folder_is_named_with_the_way_out(tmp_path, damage, words):
    folder = damage(write_run(tmp_path / "run"))
    with pytest.raises((RunFolderError, TrajectoryError), match=words) as caught:
        judge(folder, [BOUND])
    assert isinstance(caught.value, UsersMistake)
    assert not (folder / "verdicts.json").exists()


def test_a_disk_that_fills_up_leaves_the_old_verdicts_whole(tmp_path, monkeypatch):
    folder = write_run(tmp_path / "run")
    judge(folder, [BOUND])
    before = (folder / "verdicts.json").read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        judge(folder, [])
    assert (folder / "verdicts.json").read_bytes() == before
    assert not list(folder.glob(".*"))


def test_run_folders_are_found_below_a_folder_and_not_inside_one(tmp_path):
    for name in ("b/seed-1", "b/seed-0", "a"):
        write_run(tmp_path / name)
    assert run_folders(tmp_path) == [tmp_path / "a", tmp_path / "b" / "seed-0", tmp_path / "b" / "seed-1"]
    assert run_folders(tmp_path / "a") == [tmp_path / "a"]
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "config.json").write_text("{}")
    assert run_folders(tmp_path / "else") == []
    assert read_run(tmp_path / "a").trajectory.time_unit == "step"
    assert judge_module.judge_all([tmp_path / "a"], [])["groups"] == []
