"""The Rocq proof stands beside the derivation: it is shown, it is trusted by name, and it never changes a status."""

import json
import shutil
from dataclasses import replace

import pytest

from proofs import ledger, rocq_check
from proofs.answers import settled
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.rocq import Kernel
from proofs.second_proof import with_second_proof
from theory import blueprint
from theory.statement import Every, at_least, at_most
from theory.symbols import K

KEY, REFUTED = "welch_minimal_coherence", "collapse_alone_is_not_flat"


@pytest.fixture(autouse=True)
def no_coqc(monkeypatch, tmp_path):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(rocq_check, "_run", lambda *_: pytest.fail("coqc was run without being asked for"))
    checked.cache_clear()
    yield
    checked.cache_clear()


def row(status="proved", **more):
    return {"status": status, "expected": status, "fully": True, "steps": [], "trusts": ["sympy"]} | more


def told(status="kernel-checked", **more):
    return lambda key: rocq_check._result(key, status, "told", []) | more


def test_a_claim_proved_twice_shows_both_and_rests_on_either():
    report = ledger.verify([KEY])
    found = report["claims"][0]
    assert [step["rule"] for step in found["steps"]][-2:] == ["Conjunction", "Kernel"]
    assert f"proofs/rocq/{KEY}.v: {KEY}: kernel-checked, not re-checked here" in found["steps"][-1]["evidence"]
    first, second = found["chains"]
    assert "rocq" not in first["trusts"] and {"rocq", "translation to rocq"} <= set(second["trusts"])
    assert {"sympy", "rocq"} <= set(found["trusts"])
    json.dumps(report)


def test_the_axioms_of_the_proof_are_among_what_is_trusted():
    found = with_second_proof(row(), blueprint.statement("flatness_from_loss"), compiled=False)
    assert "rocq: excluded middle" in found["trusts"]
    assert "rocq: excluded middle" in found["chains"][1]["trusts"]


def test_a_refuted_claim_rests_on_its_derivation_alone():
    found = with_second_proof(row("refuted"), blueprint.statement(REFUTED), compiled=False)
    assert found["steps"][-1]["rule"] == "Kernel" and len(found["chains"]) == 1


def test_the_kernel_proves_what_holds_instead_and_never_the_refuted_claim():
    statement = blueprint.statement(REFUTED)
    assert checked(Kernel(statement.goal, REFUTED, compiled=False)).outcome is Outcome.PROVED
    false = checked(Kernel(statement.claim, REFUTED, compiled=False))
    assert (false.outcome, false.evidence) == (Outcome.UNDECIDED, f"the goal of {REFUTED} is another claim")


@pytest.mark.parametrize("status", ["undecided", "unproved", "cited"])
def test_a_rocq_proof_does_not_lift_a_status(status):
    found = with_second_proof(row(status), blueprint.statement(KEY), compiled=False)
    assert found["status"] == status and len(found["chains"]) == 1


def planted(monkeypatch, **changes):
    """The claim under its own key, made false or wider, while its proof and record stay as they are."""
    false = replace(blueprint.statement(KEY), **changes)
    monkeypatch.setattr(blueprint, "statement", lambda key: false)
    return false


def test_a_false_claim_planted_under_a_proved_key_gets_no_kernel_step(monkeypatch):
    honest = blueprint.statement(KEY)
    false = planted(monkeypatch, claim=Every(at_least(K, 3), *honest.parts[1:]))
    assert ledger.check_claim(false)["status"] != "proved"
    found = with_second_proof(row(), false, compiled=False)
    assert found["steps"] == [] and "of other files" in found["kernel"]["message"]
    assert found["trusts"] == ["sympy"]


def test_a_false_claim_with_a_true_one_instead_gets_no_step_for_the_false_one(monkeypatch):
    honest = blueprint.statement(KEY)
    both = planted(monkeypatch, claim=at_most(K, 1), instead=honest.claim)
    found = with_second_proof(row("refuted"), both, compiled=False)
    assert "K <= 1" not in found["steps"][-1]["claim"]
    assert ledger.check_claim(both)["status"] != "proved"
    assert checked(Kernel(both.claim, KEY, compiled=False)).outcome is Outcome.UNDECIDED


def test_a_dropped_assumption_makes_the_record_void(monkeypatch):
    wider = planted(monkeypatch, assumptions=blueprint.statement(KEY).assumptions[1:])
    assert with_second_proof(row(), wider, compiled=False)["steps"] == []


def test_a_changed_proof_file_is_told_and_the_claim_keeps_its_derivation(monkeypatch, tmp_path):
    shutil.copytree(rocq_check.FOLDER, tmp_path / "rocq")
    with (tmp_path / "rocq" / f"{KEY}.v").open("a") as file:
        file.write("(* changed *)")
    monkeypatch.setattr(rocq_check, "FOLDER", tmp_path / "rocq")
    report = ledger.verify([KEY])
    found = report["claims"][0]
    assert "of other files" in found["kernel"]["message"]
    assert found["status"] == "proved" and settled(report)
    assert "Kernel" not in {step["rule"] for step in found["steps"]}


@pytest.mark.parametrize("status", ["failed", "timed out", "library missing", "unsupported version"])
def test_a_proof_that_does_not_check_is_a_message_and_only_a_rejected_one_fails_the_run(monkeypatch, status):
    monkeypatch.setattr(rocq_check, "check", told(status))
    report = ledger.verify([KEY, "simplex_etf_gram"], kernel=True)
    assert [found["status"] for found in report["claims"]] == ["proved", "proved"]
    assert {found["kernel"]["status"] for found in report["claims"]} == {status}
    assert settled(report) is (status not in {"failed", "timed out"})
