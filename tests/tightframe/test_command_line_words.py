"""Words before typer sees them, grids, trials named by their hash, and what is a grid's mistake."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.errors import UsersMistake
from tightframe.sweeping import plan
from tightframe.words import columns, grid_points, one_pair_per_option, pairs

names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
values = st.from_regex(r"[a-z0-9.]{1,6}", fullmatch=True)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(names, values).map("=".join), min_size=1, max_size=5), st.booleans())
def test_one_option_or_many_mean_the_same(words, other_first):
    repeated = [word for pair in words for word in ("--set", pair)]
    tail = ["--out", "folder"]
    assert one_pair_per_option(["train", "x", "--set", *words, *tail]) == ["train", "x", *repeated, *tail]
    assert one_pair_per_option(["train", "x", *repeated, *tail]) == ["train", "x", *repeated, *tail]


def test_only_pairs_directly_after_the_option_belong_to_it():
    assert one_pair_per_option(["check", "a=b.csv", "--map", "nc1=NC1", "c.csv", "d=e.csv"]) == [
        "check",
        "a=b.csv",
        "--map",
        "nc1=NC1",
        "c.csv",
        "d=e.csv",
    ]
    assert one_pair_per_option(["train", "--set", "bare", "a=1"]) == ["train", "--set", "bare", "--set", "a=1"]


def test_pairs_are_read_and_wrong_ones_refused():
    assert pairs(["nc1=NC1", "fn = a=b"], "--map") == {"nc1": "NC1", "fn": "a=b"}
    for words in (["nc1"], ["=NC1"], ["nc1=a", "nc1=b"]):
        with pytest.raises(UsersMistake, match="--map"):
            pairs(words, "--map")


def test_columns_come_with_spaces_or_commas_between():
    assert columns(["nc1=NC1,fn=feat_norm", "epoch=Epoch"]) == {"nc1": "NC1", "fn": "feat_norm", "epoch": "Epoch"}


def test_a_grid_is_every_combination_once():
    assert grid_points(["a=1,2", "b=x"]) == [["a=1", "b=x"], ["a=2", "b=x"]]
    assert len(grid_points(["a=1,2", "b=x,y,z", "seed=0,1"])) == 12


def test_trials_are_named_by_their_settings_and_not_by_the_words():
    first = plan("grokking_mlp", ["steps=5", "seed=0,1"], Path("out"))
    assert len({trial.folder for trial in first}) == 2 and {trial.seed for trial in first} == {0, 1}
    again = plan("grokking_mlp", ["seed=1,0,1", "weight_decay=0.1,1e-1", "steps=5"], Path("out"))
    assert {trial.folder for trial in again} == {trial.folder for trial in first}  # 0.1 is the default
    other = plan("grokking_mlp", ["steps=5", "seed=0,1", "weight_decay=0.3"], Path("out"))
    assert not {trial.folder for trial in other} & {trial.folder for trial in first}


def test_a_wrong_value_anywhere_in_the_grid_is_refused_before_anything_runs():
    with pytest.raises(UsersMistake, match="weight_decay is -1"):
        plan("grokking_mlp", ["weight_decay=0.1,-1"], Path("out"))
