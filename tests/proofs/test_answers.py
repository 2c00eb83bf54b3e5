"""A whole answer is found again only where no file has changed and all was as recorded, and then nothing is loaded."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from proofs import answers, cache, ledger
from theory import statements

KEY = "simplex_etf_gram"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))


def row(**changes):
    return {"key": KEY, "status": "proved", "expected": "proved", "fully": True, "kernel": None} | changes


@pytest.fixture
def counted(monkeypatch):
    """A ledger that says what it is told to, and counts how often it was asked."""
    asked = []

    def says(*rows, problems=None):
        answer = {"claims": list(rows), "summary": {"proved": len(rows)}, "problems": problems or {}}
        monkeypatch.setattr(ledger, "verify", lambda keys, kernel, progress: asked.append((keys, kernel)) or answer)
        return answer

    return asked, says


def test_an_answer_in_which_all_is_as_recorded_is_kept(counted):
    asked, says = counted
    answer = says(row())
    assert [answers.verify([KEY]) for _ in range(3)] == [answer] * 3 and len(asked) == 1


def test_keys_in_another_order_are_the_same_question_and_other_keys_are_not(counted):
    asked, says = counted
    says(row())
    for keys in ([KEY, "softmax_hessian"], ["softmax_hessian", KEY], [KEY], None):
        answers.verify(keys)
    assert len(asked) == 3


@pytest.mark.parametrize(
    "changes, problems",
    [
        ({"status": "undecided"}, {}),
        ({"fully": False}, {}),
        ({"kernel": {"status": "failed"}}, {}),
        ({}, {"other": "does not load"}),
    ],
    ids=["undecided", "not fully", "rejected by coqc", "a file with a problem"],
)
def test_an_answer_in_which_something_is_wrong_is_computed_again(counted, changes, problems):
    asked, says = counted
    says(row(**changes), problems=problems)
    answers.verify([KEY])
    answers.verify([KEY])
    assert len(asked) == 2


def test_coqc_is_asked_each_time_and_its_answer_is_not_kept(counted):
    asked, says = counted
    says(row())
    for kernel in (True, True, False, False):
        answers.verify([KEY], kernel=kernel)
    assert asked == [([KEY], True), ([KEY], True), ([KEY], False)]


@pytest.mark.parametrize(
    "file",
    [
        "theory/statements/softmax_hessian.py",
        "theory/flows/collapsed_ce.py",
        "proofs/derivations/simplex_etf_gram.py",
        "proofs/kernel/identity.py",
        "proofs/rocq/simplex_etf_gram.v",
        "proofs/rocq/recorded.json",
    ],
)
def test_any_file_that_changes_is_another_question(tmp_path, monkeypatch, file):
    for name, path in (("theory", cache.THEORY), ("proofs", cache.ROOT)):
        shutil.copytree(path, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "THEORY", tmp_path / "theory")
    monkeypatch.setattr(cache, "ROOT", tmp_path / "proofs")
    before = cache.place_of_answer([KEY])
    assert before == cache.place_of_answer([KEY])
    (tmp_path / file).write_text((tmp_path / file).read_text() + "\n")
    assert cache.place_of_answer([KEY]) != before


def test_a_statement_file_planted_elsewhere_on_the_path_is_another_question(tmp_path, monkeypatch):
    before = cache.place_of_answer(None)
    monkeypatch.setattr(statements, "__path__", [*statements.__path__, str(tmp_path)])
    (tmp_path / "planted.py").write_text("STATEMENT = 1\n")
    assert cache.place_of_answer(None) != before


def test_a_kept_answer_is_told_without_sympy(tmp_path):
    place = cache.place_of_answer([KEY])
    cache.keep(place, {"claims": [row()], "summary": {"proved": 1}, "problems": {}})
    code = "import json, sys; from proofs import answers; print(json.dumps(answers.verify(sys.argv[1:])))"
    code += "; assert 'sympy' not in sys.modules and 'networkx' not in sys.modules"
    told = subprocess.run([sys.executable, "-c", code, KEY], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["claims"] == [row()]


def test_the_oldest_answers_are_forgotten_and_nothing_else(counted, monkeypatch):
    _, says = counted
    says(row())
    monkeypatch.setattr(answers, "MOST", 3)
    claim = cache.places([KEY])[KEY]
    cache.keep(claim, {"status": "proved"})
    asked = [[KEY], ["softmax_hessian"], ["flatness_rate"], [KEY, "flatness_rate"], None]
    for age, keys in enumerate(asked):
        answers.verify(keys)
        os.utime(cache.place_of_answer(keys), (age, age))
    kept = [cache.recall(cache.place_of_answer(keys)) is not None for keys in asked]
    assert kept == [False, False, True, True, True] and cache.recall(claim) is not None


def test_a_claim_that_ran_out_of_time_is_tried_again(monkeypatch):
    place = cache.places([KEY])[KEY]
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_check_by_key", _out_of_time)
        report = ledger.verify([KEY])
    assert report["claims"][0]["status"] == "undecided" and "no result within" in report["claims"][0]["reason"]
    assert cache.recall(place) is None
    assert ledger.verify([KEY])["claims"][0]["status"] == cache.recall(place)["status"] == "proved"


def _out_of_time(key):
    return ledger._failed(TimeoutError("no result within 60 s"))
