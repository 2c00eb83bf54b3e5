"""The Rocq check says what is wrong, in words, and never passes a proof of something else."""

import shutil
import subprocess
from dataclasses import replace

import pytest
from sympy import IndexedBase, Integer, KroneckerDelta, Rational, Sum, Symbol, gamma

from proofs import rocq_check
from proofs.index_ranges import RangeError, free_ranges, slot_ranges
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.rocq import Kernel
from proofs.translate import TranslationError, translate
from theory import blueprint
from theory.statement import Every, Source, Statement, at_least, at_most, equal
from theory.symbols import K, W, d, j, k, r, s, t, y

KEY = "welch_minimal_coherence"
needs_coqc = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is missing")


def stated(claim, key="stated") -> Statement:
    return Statement(title="Stated", words="stated", claim=claim, source=Source("this test", "here"), key=key)


@pytest.fixture
def without_coqc(monkeypatch):
    rocq_check.coqc_version.cache_clear()
    monkeypatch.setenv("PATH", "")
    yield
    rocq_check.coqc_version.cache_clear()


@pytest.fixture
def fresh_version():
    rocq_check.coqc_version.cache_clear()
    yield
    rocq_check.coqc_version.cache_clear()


def fake_coqc(folder, monkeypatch, lines):
    script = folder / "coqc"
    script.write_text("#!/bin/sh\n" + lines)
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


# --- the committed files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", rocq_check.keys())
def test_the_generated_proposition_is_that_of_the_statement(key):
    committed = (rocq_check.FOLDER / "generated" / f"{key}.v").read_text()
    assert committed == translate(blueprint.statement(key)), "run: python -m proofs record"


def test_every_generated_proposition_has_a_proof():
    assert {path.stem for path in (rocq_check.FOLDER / "generated").glob("*.v")} == set(rocq_check.keys())


@pytest.mark.parametrize("key", rocq_check.keys())
def test_every_proof_is_recorded_for_the_files_that_are_here(key, without_coqc):
    result = rocq_check.check(key)
    assert result["status"] == rocq_check.RECORDED, result["message"]
    assert set(result["trusts"]) <= {*rocq_check.TRUSTED, *rocq_check.STANDARD.values()}


@pytest.mark.parametrize("path", sorted(rocq_check.FOLDER.glob("*.v")), ids=lambda path: path.stem)
def test_no_proof_admits_or_assumes(path):
    words = set(path.read_text().replace(".", " ").split())
    assert not words & {"Admitted", "admit", "Axiom", "Axioms", "Parameter", "Conjecture", "Abort"}


def test_a_claim_without_a_proof_has_no_kernel_result():
    assert rocq_check.check("grokking_delay_law") is None


# --- the translation -----------------------------------------------------------------------------------------------


def test_a_free_index_runs_over_the_range_of_its_slot():
    text = translate(stated(equal(Sum(W[s, k], (s, 1, K)), W[r, k])))
    assert "(1 <= r <= K)%N" in text
    slots = slot_ranges([Sum(W[s, k], (s, 1, K), (k, 1, d))])
    assert free_ranges(W[j, k], slots) == {j: (1, K), k: (1, d)}


def test_an_index_in_slots_of_different_ranges_is_refused():
    claim = Every(equal(Sum(W[s, k], (s, 1, K), (k, 1, d)), 0), equal(W[r, r], 0))
    with pytest.raises(RangeError, match="index r runs over"):
        translate(stated(claim))


def test_the_label_is_one_class_for_the_whole_statement():
    p = IndexedBase("p", nonnegative=True)
    text = translate(stated(Every(at_most(p[y], 1), equal(Sum(p[s], (s, 1, K)), 1))))
    assert "forall y" not in text
    assert "(1 <= y <= K)%N ->" in text


def test_a_kronecker_delta_shares_its_range():
    text = translate(stated(equal(Sum(W[s, s] * KroneckerDelta(s, r), (s, 1, K)), 1)))
    assert "forall r : nat, (1 <= r <= K)%N" in text


def test_two_symbols_of_one_name_are_refused():
    clash = Symbol("K", real=True)
    with pytest.raises(TranslationError, match="K stands for two different symbols"):
        translate(stated(at_least(clash + K, 0)))


def test_an_expression_outside_the_language_is_refused_by_name():
    with pytest.raises(TranslationError, match="gamma"):
        translate(stated(at_least(gamma(t), 0)))


def test_strictness_and_direction_reach_the_proposition():
    x = Symbol("x", real=True)
    assert "0 <= (x : F)" in translate(stated(at_least(x, 0)))
    assert "x <= (0 : F)" in translate(stated(at_most(x, 0)))
    assert translate(stated(x > Integer(0))) != translate(stated(at_least(x, 0)))
    assert "(3%:R / 2%:R : F)" in translate(stated(at_most(x, Rational(3, 2))))


# --- what can go wrong ---------------------------------------------------------------------------------------------


def test_without_coqc_and_with_other_files_nothing_is_claimed(without_coqc, monkeypatch, tmp_path):
    changed = tmp_path / "rocq"
    shutil.copytree(rocq_check.FOLDER, changed)
    with (changed / f"{KEY}.v").open("a") as file:
        file.write("\n(* changed *)\n")
    monkeypatch.setattr(rocq_check, "FOLDER", changed)
    result = rocq_check.check(KEY)
    assert result["status"] == "not kernel-checked"
    assert "of other files" in result["message"]
    assert "apt-get install" in result["message"]


def test_a_change_of_the_statement_makes_the_record_void(without_coqc):
    statement = blueprint.statement(KEY)
    weaker = replace(statement, assumptions=statement.assumptions[1:])
    assert rocq_check.check_statement(weaker)["status"] == "not kernel-checked"


def test_an_unsupported_version_is_named(fresh_version, monkeypatch, tmp_path):
    fake_coqc(tmp_path, monkeypatch, "echo 'The Coq Proof Assistant, version 8.9.1'\n")
    result = rocq_check.check(KEY)
    assert result["status"] == "unsupported version"
    assert "coqc is 8.9, must be 8.16 to 8.20" in result["message"] or "8.9.1" in result["message"]


def test_a_missing_library_is_named(fresh_version, monkeypatch, tmp_path):
    told = "Error: Cannot find a physical path bound to logical path all_ssreflect with prefix mathcomp."
    fake_coqc(
        tmp_path, monkeypatch, f'case "$1" in --version) echo "version 8.16.1";; *) echo "{told}"; exit 1;; esac\n'
    )
    result = rocq_check.check(KEY)
    assert result["status"] == "library missing"
    assert "mathcomp" in result["message"]


def test_a_proof_that_takes_too_long_is_stopped(fresh_version, monkeypatch, tmp_path):
    fake_coqc(tmp_path, monkeypatch, 'case "$1" in --version) echo "version 8.16.1";; *) exec sleep 30;; esac\n')
    rocq_check.coqc_version()
    monkeypatch.setattr(rocq_check, "SECONDS_PER_FILE", 0.2)
    assert rocq_check.check(KEY)["status"] == "timed out"


def test_the_axioms_are_read_from_print_assumptions():
    told = "Axioms:\nsig_not_dec : forall P : Prop, {~ ~ P} + {~ P}\nClassical.long_name\n  : forall P,\n    P\n"
    assert rocq_check._axioms(told) == ["Classical.long_name", "sig_not_dec"]
    assert rocq_check._axioms("Closed under the global context\n") == []
    with pytest.raises(rocq_check.RocqFailure, match="no list"):
        rocq_check._axioms("nothing")


# --- with coqc -----------------------------------------------------------------------------------------------------


@pytest.mark.kernel
@needs_coqc
def test_an_admitted_proof_does_not_pass(monkeypatch, tmp_path):
    planted = tmp_path / "rocq"
    planted.mkdir()
    (planted / f"{KEY}.v").write_text(
        f"From Tightframe.generated Require Import {KEY}.\nTheorem {KEY} : claim.\nProof. Admitted.\n"
    )
    monkeypatch.setattr(rocq_check, "FOLDER", planted)
    result = rocq_check.check(KEY)
    assert result["status"] == "failed"
    assert f"assumes Tightframe.{KEY}" in result["message"] or f"assumes {KEY}" in result["message"]


@pytest.mark.kernel
@needs_coqc
def test_a_proof_of_something_weaker_does_not_pass(monkeypatch, tmp_path):
    planted = tmp_path / "rocq"
    planted.mkdir()
    (planted / f"{KEY}.v").write_text(f"Theorem {KEY} : True.\nProof. exact I. Qed.\n")
    monkeypatch.setattr(rocq_check, "FOLDER", planted)
    assert rocq_check.check(KEY)["status"] == "failed"


@pytest.mark.kernel
@needs_coqc
def test_the_standard_library_checker_accepts_a_proof(tmp_path):
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / f"{KEY}.v").write_text(translate(blueprint.statement(KEY)))
    for name in (*rocq_check.required(KEY), KEY):
        shutil.copy(rocq_check.FOLDER / f"{name}.v", tmp_path)
    for name in (f"generated/{KEY}", *rocq_check.required(KEY), KEY):
        subprocess.run(["coqc", "-Q", ".", "Tightframe", f"{name}.v"], cwd=tmp_path, check=True, capture_output=True)
    command = ["coqchk", "-silent", "-o", "-norec", f"Tightframe.{KEY}", "-Q", ".", "Tightframe"]
    told = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "Tightframe" not in told.stdout + told.stderr, "an axiom, or something unsafe, of our own"


def test_the_kernel_rule_concludes_the_goal_of_its_statement_only(without_coqc):
    other = checked(Kernel(equal(K, 2), KEY))
    assert (other.outcome, other.evidence) == (Outcome.UNDECIDED, f"the goal of {KEY} is another claim")
    unproved = blueprint.statement("grokking_delay_law")
    assert "is missing" in checked(Kernel(unproved.goal, unproved.key)).evidence


def test_the_kernel_rule_trusts_the_kernel_and_the_translator(without_coqc):
    statement = blueprint.statement(KEY)
    certificate = Kernel(statement.goal, KEY).check()
    assert certificate.outcome is Outcome.PROVED
    assert certificate.trusts == set(rocq_check.TRUSTED)
    assert set(certificate.domain) == set(statement.hypotheses)
