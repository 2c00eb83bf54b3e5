"""Kept results are found again only where nothing has changed that they depend on."""

import shutil

import pytest

from proofs import cache, rocq_check


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The sources of theory and proofs in a place where they may be changed."""
    for name, path in (("theory", cache.THEORY), ("proofs", cache.ROOT)):
        shutil.copytree(path, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "rocq"))
    monkeypatch.setattr(cache, "THEORY", tmp_path / "theory")
    monkeypatch.setattr(cache, "ROOT", tmp_path / "proofs")
    return tmp_path


def changed(path):
    path.write_text(path.read_text() + "\n# changed\n")


@pytest.mark.parametrize("file", ["theory/statements/{}.py", "proofs/derivations/{}.py"])
def test_a_claim_depends_on_the_claims_that_it_takes_something_from(copy, file):
    keys = ["feature_norm_local_rates", "feature_norm_attractor", "simplex_etf_gram"]
    before = cache.places(keys)
    changed(copy / file.format("feature_norm_attractor"))
    after = cache.places(keys)
    assert [before[key] == after[key] for key in keys] == [False, False, True]


def test_a_derivation_that_reads_another_derivation_depends_on_it_and_on_its_statement():
    named = {path.parent.name + "/" + path.stem for path in cache.files_of("flatness_at_equilibrium")}
    assert {"statements/collapse_alone_is_not_flat", "derivations/collapse_alone_is_not_flat"} <= named


@pytest.mark.parametrize("file", ["proofs/kernel/identity.py", "proofs/algebra/signs.py", "theory/objects/ufm.py"])
def test_every_claim_depends_on_the_rules_and_on_the_shared_theory(copy, file):
    before = cache.places(["simplex_etf_gram"])
    changed(copy / file)
    assert cache.places(["simplex_etf_gram"]) != before


def test_a_kept_answer_on_a_rocq_proof_is_not_found_once_its_file_has_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))
    shutil.copytree(rocq_check.FOLDER, tmp_path / "rocq")
    monkeypatch.setattr(rocq_check, "FOLDER", tmp_path / "rocq")
    monkeypatch.setattr(rocq_check, "RECORD", tmp_path / "rocq" / "recorded.json")
    first = rocq_check.recorded("simplex_etf_gram")
    assert first["status"] == rocq_check.RECORDED and rocq_check.recorded("simplex_etf_gram") == first
    monkeypatch.setattr(rocq_check, "translate", lambda _: pytest.fail("translated again"))
    assert rocq_check.recorded("simplex_etf_gram") == first
    monkeypatch.undo()
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(rocq_check, "FOLDER", tmp_path / "rocq")
    monkeypatch.setattr(rocq_check, "RECORD", tmp_path / "rocq" / "recorded.json")
    path = tmp_path / "rocq" / "simplex_etf_gram.v"
    path.write_text(path.read_text() + "\n(* changed *)\n")
    assert "of other files" in rocq_check.recorded("simplex_etf_gram")["message"]
