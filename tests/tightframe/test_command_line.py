"""The command line's contract: options, exit codes, one JSON object on standard output, words on standard error."""

import json
import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from gpu_experiments.judge import read_run
from numerics.trajectory import Trajectory, save_trajectory
from tightframe.command_line import main

PLANAR = ("--set", "model=planar", "start=collapsed", "points=20")
HEAVY = {"torch", "numpy", "scipy", "sympy", "pandas", "matplotlib", "networkx", "pyarrow", "flint", "z3", "sklearn"}


@pytest.fixture
def run(capfd):
    """run(words) -> (exit code, standard output, standard error)"""

    def called(*words):
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        printed = capfd.readouterr()
        return end.value.code or 0, printed.out, printed.err

    return called


def row(**changes):
    """One claim as `verify` returns it."""
    step = {"rule": "Identity", "outcome": "PROVED", "seconds": 0.1, "evidence": "zero [expanded]", "depth": 0}
    step |= {"claim": "a[1] = b", "words": "Both sides are the same."}
    empty = {"rests_on": [], "trusts": ["sympy"], "witness": None, "assumptions": [], "words": "It holds.", "uses": []}
    told = {"key": "some_claim", "title": "A title", "source": "here", "status": "proved", "expected": "proved"}
    return told | empty | {"steps": [step], "fully": True, "reason": None} | changes


def verified(*rows):
    return {"claims": list(rows), "summary": {row["status"]: 1 for row in rows}, "problems": {}}


@pytest.fixture
def ledger(monkeypatch):
    """Replace the ledger's answer; the claims' real statuses are tested with the ledger."""

    def answers(result):
        monkeypatch.setattr("proofs.answers.verify", lambda keys, kernel, progress: progress("some_claim") or result)

    return answers


def test_help_answers_at_once_and_imports_nothing_heavy():
    """0.4 s of processor time, the best of three: the clock on the wall also counts what else the machine does."""
    command = [sys.executable, "-X", "importtime", "-m", "tightframe.command_line", "--help"]
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    imported = {line.split("|")[-1].strip().split(".")[0] for line in answer.stderr.splitlines()}
    assert "typer" in imported  # the guard reads the right lines
    assert imported & HEAVY == set()
    assert min(seconds) < 0.4
    for command in ("verify", "claims", "simulate", "train", "sweep", "check", "report"):
        assert command in answer.stdout


def test_verify_ends_with_0_when_all_is_as_recorded_and_1_when_not(run, ledger):
    ledger(verified(row()))
    code, out, err = run("verify", "--json")
    assert code == 0 and json.loads(out)["claims"][0]["status"] == "proved"
    ledger(verified(row(status="undecided", reason="a step is UNDECIDED")))
    code, out, err = run("verify")
    assert (code, out) == (1, "")
    assert "recorded as proved" in err and "a step is UNDECIDED" in err
    ledger(verified(row()) | {"problems": {"other": "theory/statements/other.py does not load"}})
    code, out, err = run("verify")
    assert code == 1 and "other.py does not load" in err


def test_verify_prints_one_object_and_nothing_else(run, ledger):
    ledger(verified(row(seconds=float("nan"))))
    _, out, _ = run("verify", "--json")
    assert out.count("\n") == 1
    assert json.loads(out)["claims"][0]["seconds"] is None
    wanted = {"key", "title", "source", "status", "expected", "rests_on", "trusts", "steps", "witness"}
    assert wanted <= json.loads(out)["claims"][0].keys()


def test_verify_of_a_key_tells_its_proof_step_by_step(run, ledger):
    ledger(verified(row(assumptions=[{"relation": "K >= 2", "words": "two classes"}], finding="It was looser.")))
    _, out, err = run("verify", "some_claim")
    for words in ("K >= 2", "two classes", "Both sides are the same.", "a[1] = b", "zero [expanded]", "It was looser."):
        assert words in err
    assert "Both sides are the same." not in run("verify")[2]


def test_a_real_claim_is_verified_and_its_answer_has_the_contracts_shape(run):
    code, out, _ = run("verify", "simplex_etf_gram", "--json")
    (claim,) = json.loads(out)["claims"]
    assert code == 0
    assert claim["key"] == "simplex_etf_gram" and claim["status"] == "proved"
    assert all({"rule", "outcome", "seconds", "evidence"} <= step.keys() for step in claim["steps"])
    assert json.loads(out)["summary"] == {"proved": 1}


def test_claims_are_listed_for_people_for_machines_and_for_graphviz(run):
    code, out, err = run("claims")
    assert (code, out) == (0, "") and "simplex_etf_gram" in err
    _, out, _ = run("claims", "--json")
    listed = {claim["key"]: claim for claim in json.loads(out)["claims"]}
    assert "simplex_etf_gram" in listed
    _, graph, _ = run("claims", "--dot")
    arrows = [f'"{base}" -> "{key}";' for key, claim in listed.items() for base in claim["uses"]]
    assert graph.startswith("digraph claims {") and graph.rstrip().endswith("}")
    assert all(arrow in graph for arrow in arrows) and graph.count("->") == len(arrows)
    assert run("claims", "--json", "--dot")[0] == 2


def test_simulate_writes_a_run_folder_that_check_reads(run, tmp_path):
    code, out, err = run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "ce")
    assert (code, out) == (0, "") and str(tmp_path / "ce") in err
    found = read_run(tmp_path / "ce")
    assert found.about["config"]["model"] == "planar" and found.about["seed"] == 0
    assert {"versions", "git_revision", "machine"} <= found.about.keys()
    code, out, _ = run("check", tmp_path / "ce", "--json")
    (judged,) = json.loads(out)["runs"]
    assert code == 0 and {"path", "observables", "verdicts"} <= judged.keys()
    assert (tmp_path / "ce" / "verdicts.json").exists()


def test_a_simulation_that_diverges_says_when_and_keeps_what_it_has(run, tmp_path):
    settings = ("--set", "method=descent", "step=5", "decay=0", "scale=4", "t_end=100", "points=21")
    code, out, err = run("simulate", "deep_linear", *settings, "--out", tmp_path / "dl")
    assert (code, out) == (0, "") and "stopped early, diverged between steps " in err
    found = read_run(tmp_path / "dl")
    assert found.about["stopped"].startswith("diverged between steps ")
    assert 1 <= len(found.trajectory) < 21 and found.trajectory.about["stopped"] == found.about["stopped"]


def test_several_seeds_get_a_folder_each_and_are_judged_together(run, tmp_path):
    assert run("simulate", "ce_ufm", *PLANAR, "--seeds", "2", "--out", tmp_path)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed-0", "seed-1"]
    result = json.loads(run("check", tmp_path, "--json")[1])
    assert len(result["runs"]) == 2
    assert result["groups"][0]["seeds"] == [0, 1]


def test_train_leaves_a_finished_run_and_resume_leaves_it_alone(run, tmp_path):
    words = ("--set", "steps=20", "train=100", "test=100", "width=8", "--device", "cpu", "--out", tmp_path / "run")
    assert run("train", "grokking_mlp", *words)[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()}
    assert read_run(tmp_path / "run").trajectory.time[-1] == 20
    assert run("train", "grokking_mlp", *words, "--resume")[0] == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()} == before
    code, _, err = run("train", "grokking_mlp", *words)
    assert code == 2 and "finished record" in err


def test_check_tells_people_verdicts_with_margins_and_clocks(run, tmp_path, monkeypatch):
    from sympy import Symbol

    from theory.statement import Bound

    bound = Bound("flat", "relative_flatness", upper=Symbol("train_loss"))
    monkeypatch.setattr("gpu_experiments.judge.theory_bounds", lambda: [("some_claim", bound)])
    columns = {"train_accuracy": [0.1, 1.0], "test_accuracy": [0.1, 0.9], "relative_flatness": [1.0, 3.0]}
    for name, loss in (("good", [4.0, 4.0]), ("bad", [4.0, 1.0])):
        table = {key: np.array(values) for key, values in (columns | {"train_loss": loss}).items()}
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps({"experiment": name, "seed": 0, "config": {}}))
        save_trajectory(Trajectory(name, np.array([0.0, 5.0]), table), tmp_path / name / "trajectory.parquet")
    code, out, err = run("check", tmp_path)
    assert (code, out) == (0, "")  # a violated bound is a result, not an error
    assert "RESPECTED" in err and "margin 0.25" in err and "fit 5" in err
    assert "VIOLATED" in err and "bug of ours" in err


def test_check_skips_a_half_written_run_among_finished_ones_and_says_so(run, tmp_path):
    run("simulate", "ce_ufm", *PLANAR, "--out", tmp_path / "done")
    (tmp_path / "going").mkdir()
    (tmp_path / "going" / "config.json").write_text('{"experiment": "grokking_mlp", "seed": 0, "config": {}}')
    code, out, _ = run("check", tmp_path, "--json")
    result = json.loads(out)
    assert code == 0 and [entry["path"] for entry in result["runs"]] == [str(tmp_path / "done")]
    assert "half-written" in result["skipped"][0]["reason"]
    code, out, err = run("check", tmp_path / "going", "--json")
    assert (code, out) == (2, "") and "half-written" in err


def test_check_reads_somebody_elses_log_shows_the_columns_and_takes_others(run, tmp_path):
    rows = [f"{10 * i},{0.5 / (i + 1)},{3 - 0.02 * i},0.995,2" for i in range(60)]
    log = tmp_path / "width64_s1.csv"
    log.write_text("\n".join(["epoch,nc1,feat_norm,train,phase", *rows]))
    code, out, err = run("check", log)
    assert (code, out) == (0, "") and "feature_norm=feat_norm" in err
    _, out, _ = run("check", log, "--json", "--onset-threshold", "0.05")
    (judged,) = json.loads(out)["runs"]
    assert {"path", "observables", "verdicts"} <= judged.keys()
    assert (judged["onset"]["epoch"], judged["onset"]["threshold"]) == (100, 0.05)  # 0.5/(i+1) < 0.05 from i = 10 on
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(log.read_text().replace("feat_norm", "length"))
    _, out, _ = run("check", renamed, "--map", "fn=length,nc1=nc1", "--json")
    assert json.loads(out)["runs"][0]["mapping"]["feature_norm"] == "length"
    code, _, err = run("check", renamed, "--map", "fn=lenght")
    assert code == 2 and "lenght" in err


def test_several_pairs_may_follow_one_option(run, tmp_path):
    assert (
        run("simulate", "ce_ufm", "--set", "model=planar", "--set", "start=collapsed", "--out", tmp_path / "a")[0] == 0
    )
    assert read_run(tmp_path / "a").about["config"]["start"] == "collapsed"
    from tightframe.words import one_pair_per_option

    words = ["train", "x", "--set", "a=1", "b=2", "--out", "c=3", "--grid", "d=4,5", "e=6"]
    expected = ["train", "x", "--set", "a=1", "--set", "b=2", "--out", "c=3", "--grid", "d=4,5", "--grid", "e=6"]
    assert one_pair_per_option(words) == expected


def test_the_console_script_is_the_same_command_line():
    script = os.path.join(os.path.dirname(sys.executable), "tightframe")
    answer = subprocess.run([script, "train", "nope", "--out", "/tmp/never"], capture_output=True, text=True)
    assert answer.returncode == 2 and "Traceback" not in answer.stderr
