"""The record of mutants: what a proof rule lets through that is false is reported; what is stale is tried again."""

import json
import sys
from types import ModuleType

import pytest
from sympy import Symbol, pi

from proofs import mutation
from proofs.kernel.certificate import Certificate, Outcome
from proofs.kernel.positive_terms import PositiveTerms
from theory import blueprint
from theory.statement import Assumption, Source, Statement, at_least, less, more

z = Symbol("z", real=True)
SOURCE = Source("nobody", "nowhere")


class Liar(PositiveTerms):
    """A rule that proves whatever it is asked."""

    __slots__ = ()

    def check(self):
        return Certificate(self.claim, Outcome.PROVED, "trust me")


def planted(monkeypatch, rule, claim, *relations) -> Statement:
    module = ModuleType("proofs.derivations.planted")
    module.derive = lambda found: (rule(found.goal, (z**2,)),)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    granted = tuple(Assumption(relation, "granted") for relation in relations)
    return Statement("planted", "planted", claim, SOURCE, granted, key="planted")


def test_a_false_mutant_that_is_proved_is_reported_with_a_witness(monkeypatch):
    found = mutation.tried(planted(monkeypatch, Liar, at_least(z**2, 0)), 50)
    assert found["caught"] < 2 and found["tried"] == found["generated"] > 3
    turned = [row for row in found["false"] if "turned" in row["label"]]
    assert len(turned) == 1 and float(turned[0]["witness"]["z"].split("/")[0]) != 0


def test_a_false_comparison_of_numbers_is_reported_too(monkeypatch):
    found = mutation.tried(planted(monkeypatch, Liar, less(pi, 4)), 50)
    assert {row["label"] for row in found["false"]} >= {"StrictLessThan turned", "right side negated"}
    weaker = next(row for row in found["proved"] if row["label"] == "4 -> 5")
    assert weaker["reason"] == "a comparison of two numbers, true where it is evaluated"


def test_an_honest_rule_lets_no_false_mutant_through(monkeypatch):
    found = mutation.tried(planted(monkeypatch, PositiveTerms, at_least(z**2, 0)), 50)
    assert found["false"] == [] and found["caught"] >= found["tried"] - 2


def test_an_assumption_that_no_step_uses_is_listed_as_that(monkeypatch):
    found = mutation.tried(planted(monkeypatch, PositiveTerms, at_least(z**2, 0), more(z, 5)), 50)
    reasons = {row["label"]: row["reason"] for row in found["proved"]}
    assert reasons["without the assumption z > 5"] == "the proof does not use this assumption"


def test_mutants_beyond_the_cap_are_chosen_evenly_and_counted(monkeypatch):
    statement = planted(monkeypatch, PositiveTerms, at_least(z**2, 0))
    found = mutation.tried(statement, 3)
    assert found["tried"] == 3 < found["generated"] == mutation.tried(statement, 50)["generated"]


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "mutants.json"
    monkeypatch.setattr(mutation, "RECORD", path)
    return path


def test_a_record_is_kept_until_statement_or_derivation_changes(record, capsys):
    key, words = "flatness_at_collapse", ["--jobs", "1", "--most", "4", "flatness_at_collapse"]
    assert mutation.main(words) == 0
    row = json.loads(record.read_text())[key]
    assert row["tried"] == 4 and row["caught"] + len(row["proved"]) == 4
    assert mutation.main(words) == 0 and "0 of 1 claims to try" in capsys.readouterr().err
    assert mutation.fresh(row, key, 4, 9e9) and not mutation.fresh(row, key, 5, 1.0)
    assert not mutation.fresh(row | {"tried": 3}, key, 4, 9e9)  # cut off by the time limit
    assert not mutation.fresh(row | {"hash": "of an older derivation"}, key, 4, 1.0)
    assert not mutation.fresh(None, key, 4, 1.0)


def test_the_hash_covers_the_derivation(tmp_path, monkeypatch):
    statement = blueprint.statement("flatness_at_collapse")
    before = mutation._hash(statement.key, statement)
    monkeypatch.setattr(mutation, "_derivation", lambda key: tmp_path / "derivation.py")
    (tmp_path / "derivation.py").write_text("# another one\n")
    assert mutation._hash(statement.key, statement) != before


def test_a_false_mutant_on_record_is_an_error(record):
    key = "flatness_at_collapse"
    row = {"hash": mutation._hash(key, blueprint.statement(key)), "most": 200, "tried": 1, "generated": 1}
    record.write_text(json.dumps({key: row | {"false": [{"label": "turned", "witness": {"z": "1"}}]}}))
    assert mutation.main(["--jobs", "1", key]) == 1
