"""A user's mistake: one clear message with value and way out, exit code 2, nothing lost, nothing half-written."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module

import pytest

from theory.errors import UsersMistake
from tightframe.command_line import main

PLANAR = ("--set", "model=planar", "start=collapsed", "points=20")
TINY = ("--set", "steps=20", "train=100", "test=100", "width=8", "--device", "cpu")


@pytest.fixture
def run(capfd):
    """run(words) -> (exit code, standard output, standard error)"""

    def called(*words):
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        printed = capfd.readouterr()
        return end.value.code or 0, printed.out, printed.err

    return called


@pytest.mark.parametrize(
    "words, told",
    [
        (("verify", "simplex_etf_grm"), ("simplex_etf_grm", "simplex_etf_gram", "tightframe claims")),
        (("simulate", "ce_ufn", "--out", "x"), ("ce_ufn", "ce_ufm")),
        (("train", "groking_mlp", "--out", "x"), ("groking_mlp", "grokking_mlp")),
        (("sweep", "groking_mlp", "--grid", "seed=0", "--out", "x"), ("groking_mlp", "grokking_mlp")),
        (("simulate", "ce_ufm", "--set", "clases=3", "--out", "x"), ("clases", "classes")),
        (("train", "grokking_mlp", "--set", "stepps=3", "--out", "x"), ("stepps", "steps")),
        (("sweep", "grokking_mlp", "--grid", "stepps=3", "--out", "x"), ("stepps", "steps")),
        (("simulate", "ce_ufm", "--set", "classes=many", "--out", "x"), ("classes", "many", "int")),
        (("train", "grokking_mlp", "--set", "steps=1.5", "--out", "x"), ("steps", "1.5", "int")),
        (("train", "grokking_mlp", "--set", "learning_rate=nan", "--out", "x"), ("learning_rate", "nan", "finite")),
        (("train", "grokking_mlp", "--set", "weight_decay=-0.1", "--out", "x"), ("weight_decay", "-0.1", ">= 0")),
        (("simulate", "ce_ufm", "--set", "decay_W=-1", "--out", "x"), ("decay_W", "-1", ">= 0")),
        (("simulate", "ce_ufm", "--set", "classes=9", "features=4", "--out", "x"), ("features", "4", "8")),
        (("simulate", "ce_ufm", "--set", "classes", "--out", "x"), ("classes", "key=value")),
        (("train", "grokking_mlp", "--seeds", "0", "--out", "x"), ("--seeds", "0")),
        (("train", "grokking_mlp", "--device", "tpu", "--out", "x"), ("tpu", "cuda")),
        (("train", "grokking_mlp"), ("--out",)),
        (("sweep", "grokking_mlp", "--grid", "seed=-1", "--out", "x"), ("seed", "-1")),
        (("sweep", "grokking_mlp", "--grid", "steps=", "--out", "x"), ("steps", "commas")),
        (("sweep", "grokking_mlp", "--grid", "steps=1", "steps=2", "--out", "x"), ("steps", "twice")),
        (("sweep", "grokking_mlp", "--grid", "seed=0", "--address", "tcp://x:1", "--out", "x"), ("--address", "dask")),
        (("check", "nowhere"), ("nowhere", "does not exist")),
        (("check", "."), ("holds no run folder", ".csv")),
        (("check", "nowhere", "--map", "nc1"), ("--map", "nc1", "key=value")),
        (("verfy",), ("verfy",)),
    ],
)
def test_a_mistake_is_told_with_its_value_and_the_way_out(run, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    for word in told:
        assert word in err
    assert list(tmp_path.iterdir()) == []


def test_a_finished_record_is_never_overwritten(run, tmp_path):
    assert run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "run")[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    for words in (("simulate", "ce_ufm", *PLANAR), ("train", "grokking_mlp", *TINY)):
        code, _, err = run(*words, "--out", tmp_path / "run")
        assert code == 2 and "finished record" in err and "--out" in err
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_one_finished_seed_stops_all_seeds_before_the_first_one_runs(run, tmp_path):
    assert run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "seed-2")[0] == 0
    code, _, err = run("simulate", "ce_ufm", *PLANAR, "--seeds", "3", "--out", tmp_path)
    assert code == 2 and "seed-2" in err
    assert [path.name for path in tmp_path.iterdir()] == ["seed-2"]


def test_other_peoples_files_are_left_alone(run, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    code, _, err = run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path)
    assert code == 2 and "other files" in err
    code, _, err = run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "thesis.tex" / "run")
    assert code == 2 and "is a file" in err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_no_permission_is_told_before_anything_is_simulated(run, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # tests may run as root, whom no folder refuses
    for words in (("simulate", "ce_ufm", *PLANAR), ("train", "grokking_mlp", *TINY)):
        code, _, err = run(*words, "--out", tmp_path / "run")
        assert code == 2 and "no permission" in err and str(tmp_path) in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("simulate", "ce_ufm", *PLANAR), ("train", "grokking_mlp", *TINY)])
def test_a_folder_that_refuses_to_be_made_is_told(run, tmp_path, monkeypatch, command):
    def refuse(path, *arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    code, _, err = run(*command, "--out", tmp_path / "run")
    assert code == 2 and str(tmp_path / "run") in err and "Traceback" not in err


def test_a_full_disk_leaves_no_half_of_a_simulation(run, tmp_path, monkeypatch):
    calls = []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 1:  # config.json still fits, the trajectory does not
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    code, _, err = run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "run")
    assert code == 2 and "No space left" in err and "free some space" in err
    assert len(calls) == 2 and list(tmp_path.iterdir()) == []


def test_a_full_disk_in_training_is_told_and_training_goes_on_later(run, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        code, _, err = run("train", "grokking_mlp", *TINY, "--out", tmp_path / "run")
        assert code == 2 and "No space left" in err and "Traceback" not in err
    assert not list(tmp_path.rglob("*.part"))
    assert run("train", "grokking_mlp", *TINY, "--out", tmp_path / "run", "--resume")[0] == 0


def test_a_truncated_trajectory_is_named(run, tmp_path):
    run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "run")
    path = tmp_path / "run" / "trajectory.parquet"
    path.write_bytes(path.read_bytes()[:100])
    code, out, err = run("check", tmp_path / "run", "--json")
    assert (code, out) == (2, "")
    assert "trajectory.parquet" in err and "truncated" in err


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(run, tmp_path, monkeypatch):
    def stopped(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("gpu_experiments.experiments.grokking_mlp.run", stopped)
    code, out, err = run("train", "grokking_mlp", *TINY, "--out", tmp_path / "run")
    assert (code, out) == (130, "") and "--resume" in err and "Traceback" not in err


def test_ctrl_c_in_real_training_loses_nothing(tmp_path):
    command = [sys.executable, "-m", "tightframe.command_line", "train", "grokking_mlp", "--device", "cpu"]
    settings = ["--set", "steps=1000000", "train=100", "test=100", "width=8"]
    going = subprocess.Popen(
        [*command, *settings, "--out", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "run" / "config.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # into the loop
    going.send_signal(signal.SIGINT)
    _, told = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "--resume" in told and "Traceback" not in told
    assert list((tmp_path / "run" / "checkpoints").glob("*.safetensors"))
    assert not list(tmp_path.rglob("*.part"))


def test_a_bug_of_ours_keeps_its_traceback(monkeypatch, tmp_path):
    def broken(*arguments, **options):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("gpu_experiments.experiments.grokking_mlp.run", broken)
    with pytest.raises(ZeroDivisionError, match="planted"):
        main(["train", "grokking_mlp", *TINY, "--out", str(tmp_path / "run")])


@pytest.mark.parametrize(
    "module", ["proofs.ledger", "numerics.simulators.ce_ufm", "gpu_experiments.experiments.grokking_mlp"]
)
def test_every_value_error_of_the_packages_is_a_users_mistake(module):
    """Otherwise it would reach people as a traceback."""
    import_module(module)
    ours = {"theory", "proofs", "numerics", "gpu_experiments", "tightframe"}
    kinds = [kind for kind in below(ValueError) if kind.__module__.split(".")[0] in ours]
    assert [kind for kind in kinds if not issubclass(kind, UsersMistake)] == []
    assert len(kinds) > 2


def below(kind):
    return {kind}.union(*(below(child) for child in kind.__subclasses__()))


def test_an_error_prints_nothing_on_standard_output_even_with_json(run):
    code, out, err = run("verify", "no_such_claim", "--json")
    assert (code, out) == (2, "") and err
    with pytest.raises(json.JSONDecodeError):
        json.loads(out)
