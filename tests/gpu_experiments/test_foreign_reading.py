"""Everything that goes wrong in other people's files: a clear message or a stated repair, never a wrong number."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_experiments.foreign import LogError, read_logs
from numerics.trajectory import Trajectory, save_trajectory
from theory.errors import UsersMistake

HEADER = "epoch,phase,train,test,nc1,nc2,nc3,feat_norm"


def write(folder, text, name="run_s0.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder, text, name="run_s0.csv", **how):
    (log,) = read_logs(write(folder, text, name), **how)
    return log


def columns_of(log):
    return {name: log.trajectory[name].tolist() for name in log.trajectory.observables}


PLAIN = "epoch,nc1,feat_norm\n10,0.5,20.0\n20,0.25,15.0\n30,0.125,12.5\n"
PLAIN_COLUMNS = {"nc1_trace_ratio": [0.5, 0.25, 0.125], "feature_norm": [20.0, 15.0, 12.5]}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", PLAIN, ""),
        ("a.csv", "\ufeff" + PLAIN, "byte-order mark"),
        ("a.csv", PLAIN.encode("utf-16"), "byte-order mark"),
        ("a.tsv", PLAIN.replace(",", "\t"), ""),
        ("a.csv", PLAIN.replace(",", ";"), ""),
        ("a.csv", PLAIN.replace(",", ";").replace(".", ","), "decimal commas"),
        ("a.txt", PLAIN.replace(",", " "), ""),
        ("a.txt", PLAIN.replace(",", "   "), ""),
        ("a.txt", "# " + PLAIN.replace(",", " "), "comment"),
        ("a.csv", PLAIN.replace(",", ", "), ""),
        ("a.csv", PLAIN.replace("\n", "\r\n"), ""),
        ("a.csv", PLAIN.replace("\n", "\n\n"), ""),
        ("a.csv", "sep=;\n" + PLAIN.replace(",", ";"), "spreadsheet"),
        ("a.csv", '"epoch","nc1","feat_norm"\n"10","0.5","20.0"\n20,0.25,15.0\n30,0.125,12.5\n', ""),
        ("a.csv", PLAIN.replace("20,0.25,15.0", "20;0.25;15.0"), "mixed separators"),
        ("a.csv", PLAIN.replace("20,0.25,15.0", "20\t0.25\t15.0").replace("30,0.125,", "30;0.125;"), "mixed"),
        ("a.csv", PLAIN + "40,0.0", "last row dropped"),
        ("a.csv", PLAIN + "20,0.25,15.0\n", "repeated rows dropped"),
        ("a.csv", "epoch,nc1,feat_norm\n30,0.125,12.5\n10,0.5,20.0\n20,0.25,15.0\n", "sorted"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,\n10,,20.0\n20,0.25,15.0\n30,0.125,12.5\n", "merged"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,9,9\n30,8,8\n20,0.25,15\n30,0.125,12.5\n31,nan,\n", "resumed"),
        ("a.csv", PLAIN + ",,\n", "without epoch"),
    ],
)  # fmt: skip
def test_a_log_is_read_to_the_same_numbers_however_it_is_written(tmp_path, name, text, said):
    log = read(tmp_path, text, name)
    assert log.trajectory.time.tolist()[:3] == [10.0, 20.0, 30.0]
    assert {key: values[:3] for key, values in columns_of(log).items()} == PLAIN_COLUMNS
    assert log.trajectory.time_unit == "epoch"
    assert said in " ".join(log.repairs)
    assert bool(said) == bool(log.repairs)


@pytest.mark.parametrize("kind", ["jsonl", "json", "parquet", "nested"])
def test_json_lines_and_parquet_are_read_to_the_same_numbers(tmp_path, kind):
    rows = [dict(epoch=10, nc1=0.5, feat_norm=20.0), dict(epoch=20, nc1=0.25, feat_norm=15.0),
            dict(epoch=30, nc1=0.125, feat_norm=12.5)]  # fmt: skip
    path = tmp_path / {"jsonl": "a.jsonl", "json": "a.json", "parquet": "a.parquet", "nested": "a.ndjson"}[kind]
    if kind == "parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif kind == "json":
        path.write_text(json.dumps(rows))
    elif kind == "nested":
        nested = [{"epoch": row["epoch"], "m": {"nc1": row["nc1"], "feat_norm": row["feat_norm"]}} for row in rows]
        path.write_text("\n".join(map(json.dumps, nested)))
        (log,) = read_logs(path, mapping="nc1=m.nc1,fn=m.feat_norm")
        assert columns_of(log) == PLAIN_COLUMNS
        return
    else:
        path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    (log,) = read_logs(path)
    assert columns_of(log) == PLAIN_COLUMNS


def test_a_trajectory_of_ours_keeps_its_own_names(tmp_path):
    """There `nc1` is the canonical tr(S_W S_B^+)/K and no guess is made."""
    ours = Trajectory("x", [1.0, 2.0], {"nc1": [0.5, 0.1], "head_scale": [1, 2]}, "step", {"seed": 3})
    save_trajectory(ours, tmp_path / "trajectory.parquet")
    (log,) = read_logs(tmp_path / "trajectory.parquet")
    assert columns_of(log) == {"nc1": [0.5, 0.1], "head_scale": [1, 2]}
    assert log.trajectory.time_unit == "step" and log.mapping.assumed == ()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "epoch,nc1\n", "1 lines"),
        ("a.csv", "10,0.5,20\n20,0.25,15\n", "starts with numbers"),
        ("a.csv", "epoch,nc1,nc1\n10,1,2\n", "'nc1' 2 times"),
        ("a.csv", "nc1,feat_norm\n0.5,20\n", "no epoch column"),
        ("a.csv", "epoch,foo\n10,20\n", "no known observable"),
        ("a.csv", "epoch\n10\n", "two columns or more"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,0.25\n30,0.1,12\n", "row 2"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,0.25,15,7\n", "row 2"),
        ("a.csv", "epoch,nc1,feat_norm\n10;0,5;2,0\n20;0,25;1,5\n", "epoch '10;0'"),
        ("a.csv", "epoch,nc1,feat_norm\nten,0.5,20\n", "epoch 'ten'"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n,0.25,15\n", "no epoch"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n10,0.25,15\n", "epoch 10 more than once"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,0.2,15\n10,0.6,20\n20,0.3,15\n", "more than once"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,0.2,15\n10,0.6,20\n20,0.3,15\n30,0.1,9\n", "more than once"),
        ("a.csv", "epoch,nc1,feat_norm\n10,0.5,20\n20,0.2,15\n30,0.1,9\n20,0.3,15\n", "more than once"),
        ("a.csv", "epoch,NC1,nc1,fn\n10,0.5,0.4,3\n", "for nc1_trace_ratio, must have one"),
        ("a.csv", b"PK\x03\x04\x00\x00", "is binary"),
        ("a.jsonl", '{"epoch": 1, "nc1": 0.5}\n{"epoch": 2, "nc1"\n{"epoch": 3, "nc1": 0.1}\n', "line 2"),
        ("a.jsonl", "[1, 2]", "must be a JSON object"),
        ("a.parquet", b"PAR1 and then nothing", "no parquet file or truncated"),
        ("a.pkl", b"\x80\x04", "must end in one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_mended_is_refused_with_its_place(tmp_path, name, text, words):
    with pytest.raises(LogError, match=words) as error:
        read(tmp_path, text, name)
    assert isinstance(error.value, UsersMistake)
    assert name in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LogError, match="nowhere.csv does not exist"):
        read_logs(tmp_path / "nowhere.csv")


def test_text_in_a_number_column_is_not_logged_and_said_with_its_row(tmp_path):
    log = read(tmp_path, "epoch,nc1,feat_norm\n10,0.5,20\n20,diverged,15\n30,0.1,n/a\n")
    np.testing.assert_array_equal(log.trajectory["nc1_trace_ratio"], [0.5, np.nan, 0.1])
    np.testing.assert_array_equal(log.trajectory["feature_norm"], [20, 15, np.nan])
    assert "'diverged' in row 2" in " ".join(log.repairs)
    assert log.unreadable.tolist() == [False, True, False]


@pytest.mark.parametrize("cell", ["-149", "-1", "-0.5"])
def test_a_negative_nc1_is_no_collapse(tmp_path, cell):
    log = read(tmp_path, f"epoch,nc1,feat_norm\n10,0.5,20\n20,{cell},15\n30,0.2,12\n")
    assert np.isnan(log.trajectory["nc1_trace_ratio"][1])
    assert "impossible" in " ".join(log.repairs)


def test_thousands_are_not_mistaken_for_decimals(tmp_path):
    log = read(tmp_path, "epoch;nc1;feat_norm\n10;0.5;1,234\n20;0.25;2,345\n")
    assert np.isnan(log.trajectory["feature_norm"]).all()
    assert "'1,234' in row 1" in " ".join(log.repairs)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(("97.5", "99"), [0.975, 0.99]), (("97.5%", "99%"), [0.975, 0.99]), (("0.5", "1"), [0.5, 1])],
)
def test_accuracies_in_per_cent_become_shares(tmp_path, cells, expected):
    log = read(tmp_path, f"epoch,train_acc,nc1\n1,{cells[0]},0.5\n2,{cells[1]},0.4\n")
    np.testing.assert_allclose(log.trajectory["train_accuracy"], expected)
    assert bool(log.repairs) == (expected[0] != 0.5)


def test_a_loss_under_the_name_of_an_accuracy_is_not_used(tmp_path):
    log = read(tmp_path, "epoch,train,nc1\n1,231.5,0.5\n2,120,0.4\n")
    assert "train_accuracy" not in log.trajectory
    assert "231.5, which is no accuracy" in " ".join(log.repairs)


@pytest.mark.parametrize(("words", "kept"), [(("CE", "MSE"), True), (("train", "val"), False)])
def test_phase_words_are_losses_or_not_used(tmp_path, words, kept):
    log = read(tmp_path, f"epoch,phase,nc1\n1,{words[0]},0.5\n2,{words[1]},0.4\n")
    assert ("loss_phase" in log.trajectory) == kept
    assert not kept or log.trajectory["loss_phase"].tolist() == [1, 2]
    assert log.repairs


def test_a_step_column_is_the_time_where_there_is_no_epoch(tmp_path):
    log = read(tmp_path, "global_step,nc1\n100,0.5\n200,0.4\n")
    assert log.trajectory.time_unit == "step"
    log = read(tmp_path, "epoch,step,nc1\n1,100,0.5\n1,200,0.4\n", mapping="step=step")
    assert log.trajectory.time.tolist() == [100, 200]


def test_several_runs_in_one_file_are_told_apart_by_seed_and_by_a_named_column(tmp_path):
    text = "epoch,seed,config,nc1\n1,0,a,0.5\n2,0,a,0.4\n1,1,a,0.6\n2,1,a,0.3\n1,0,b,0.9\n2,0,b,0.8\n"
    logs = read_logs(write(tmp_path, text), group="config")
    assert [(log.label.family, log.label.seed) for log in logs] == [("a", "0"), ("a", "1"), ("b", "0")]
    assert [log.trajectory["nc1_trace_ratio"].tolist() for log in logs] == [[0.5, 0.4], [0.6, 0.3], [0.9, 0.8]]
    with pytest.raises(LogError, match="no column 'optimiser'"):
        read_logs(write(tmp_path, text), group="optimiser")


def test_a_million_rows_keep_their_first_and_last_number(tmp_path):
    n = 1_000_000
    values = np.random.default_rng(0).random(n)
    frame = pd.DataFrame({"epoch": np.arange(n), "nc1": values, "feat_norm": 3 * values})
    import pyarrow as pa
    from pyarrow import csv

    csv.write_csv(pa.Table.from_pandas(frame), tmp_path / "long.csv")
    (log,) = read_logs(tmp_path / "long.csv")
    np.testing.assert_array_equal(log.trajectory["nc1_trace_ratio"], values)
    assert log.repairs == ()


numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e300)
separators = st.sampled_from([",", ";", "\t", "|", " "])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12), separators, st.booleans(), st.data())
def test_any_table_comes_back_to_the_last_digit(tmp_path_factory, rows, separator, mark, data):
    """Shortest representation out, the same float64 in, under any separator, byte-order mark and line ending."""
    times = np.cumsum(data.draw(st.lists(st.integers(1, 50), min_size=len(rows), max_size=len(rows))))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = [separator.join(["epoch", "nc1", "feat_norm"])]
    lines += [separator.join([str(time), repr(a), repr(b)]) for time, (a, b) in zip(times, rows, strict=True)]
    text = ("\ufeff" if mark else "") + end.join(lines) + end
    log = read(tmp_path_factory.mktemp("log"), text)
    np.testing.assert_array_equal(log.trajectory.time, times)
    np.testing.assert_array_equal(log.trajectory["nc1_trace_ratio"], [a for a, _ in rows])
    np.testing.assert_array_equal(log.trajectory["feature_norm"], [b for _, b in rows])


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_but_never_crash(tmp_path_factory, raw):
    path = write(tmp_path_factory.mktemp("log"), b"epoch,nc1\n1,0.5\n" + raw)
    try:
        (log,) = read_logs(path)
    except LogError:
        return
    assert np.all(np.diff(log.trajectory.time) > 0)
