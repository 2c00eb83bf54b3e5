"""Every claim has the status that its statement expects; no proof survives a false mutant; bad statements are named."""

import os
import sys
from dataclasses import replace
from types import ModuleType

import pytest
from sympy import S, Symbol, exp, true

from proofs import ledger
from proofs.answers import settled
from proofs.attack import attack, random_point, satisfies
from proofs.kernel.ball import Ball
from proofs.kernel.certificate import Certificate, Outcome
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Citation
from proofs.mutants import mutants
from theory import blueprint, statements
from theory.errors import UsersMistake
from theory.statement import Assumption, Expected, Source, Statement, at_least, at_most, equal, less, more

KEYS = blueprint.keys()
DERIVED = [key for key in KEYS if (ledger.ROOT / "derivations" / f"{key}.py").exists()]
FULL = os.environ.get("TIGHTFRAME_MUTANTS") == "all"
SAMPLE, LEAST = 12, 5
z = Symbol("z", real=True)
SOURCE = Source("nobody", "nowhere")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path))


def planted(monkeypatch, key: str, steps, **statement) -> Statement:
    module = ModuleType(f"proofs.derivations.{key}")
    module.derive = lambda found: steps
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return Statement("planted", "planted", source=SOURCE, key=key, **statement)


def test_every_derivation_has_a_statement():
    derivations = {path.stem for path in (ledger.ROOT / "derivations").glob("*.py") if path.stem != "__init__"}
    assert derivations <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_status_is_the_expected_one(key):
    statement = blueprint.statement(key)
    result = ledger.check_claim(statement)
    assert result["status"] == str(statement.expected), result["reason"]
    if statement.expected is Expected.REFUTED:
        assert result["witness"]
    if result["status"] in {"proved", "sharpened", "refuted"}:
        cited = set(result["trusts"]) - {"sympy", "arb", "z3", "rocq"}
        assert not cited, "a proved claim must not rest on a citation of its own"


@pytest.mark.parametrize("key", [key for key in DERIVED if blueprint.statement(key).expected is not Expected.CITED])
def test_mutants_do_not_come_out_proved_unless_they_are_true(key):
    statement = blueprint.statement(key)
    every = list(mutants(statement))
    chosen = every if FULL else [every[i * len(every) // SAMPLE] for i in range(min(SAMPLE, len(every)))]
    caught = 0
    assert chosen
    for label, mutant in chosen:
        result = ledger.check_claim(mutant, attacked=False)
        if result["status"] in {"proved", "sharpened"} or (
            result["status"] == "refuted" and mutant.instead is not None
        ):
            for part in mutant.parts:
                tried, witness = attack(part, mutant.hypotheses)
                assert witness is None, f"{label}: proved, and false at {witness}"
        else:
            caught += 1
        if caught >= LEAST and not FULL:
            break
    assert caught >= min(LEAST, len(every) - 1), f"only {caught} of {len(chosen)} mutants were caught"


@pytest.mark.parametrize("key", KEYS)
def test_the_assumptions_can_be_satisfied(key):
    statement = blueprint.statement(key)
    if not statement.assumptions:
        return
    parts = tuple(side for part in statement.parts for side in part.args if hasattr(side, "atoms"))
    example = getattr(sys.modules[f"theory.statements.{key}"], "EXAMPLE", None)
    if example is not None:
        assert satisfies(example, statement.hypotheses)
        return
    points = (random_point(parts, statement.hypotheses, seed) for seed in range(12))
    assert any(point is not None for point in points), "no random point found; give the statement's file an EXAMPLE"


def test_the_blueprint_loads_without_a_problem_and_names_its_roots():
    graph, problems = blueprint.load()
    assert problems == {}
    assert {"simplex_etf_gram", "flatness_at_collapse"} <= set(graph)
    assert graph.has_edge("flatness_is_softmax_variance", "flatness_at_collapse")


def test_a_proof_on_a_box_does_not_prove_an_unbounded_claim(monkeypatch):
    claim, box = less(exp(z), 100), ((z, S.Zero, S(3)),)
    on_box = planted(monkeypatch, "boxed", (Ball(claim, box),), claim=claim)
    result = ledger.check_claim(on_box, attacked=False)
    assert (result["status"], result["reason"][:6]) == ("undecided", "ON_BOX")
    assert ledger.check_claim(on_box)["status"] == "refuted"  # the attack finds z > 4.6
    sides = (at_least(z, 0), at_most(z, 3))
    unbounded = planted(monkeypatch, "boxed", (Ball(claim, box, sides),), claim=claim)
    assert ledger.check_claim(unbounded, attacked=False)["reason"].startswith("not covered by the assumptions")
    boxed = replace(unbounded, assumptions=tuple(Assumption(side, "inside the box") for side in sides))
    assert ledger.check_claim(boxed, attacked=False)["status"] == "proved"


def test_a_domain_that_does_not_contain_the_assumptions_proves_nothing(monkeypatch):
    claim = more(z + 1, 0)
    step = PositiveTerms(claim, (z, S.One), (at_least(z, 0),))
    assert ledger.check_claim(planted(monkeypatch, "narrow", (step,), claim=claim), False)["status"] == "undecided"
    granted = (Assumption(at_least(z, 0), "z is not negative"),)
    assert (
        ledger.check_claim(planted(monkeypatch, "narrow", (step,), claim=claim, assumptions=granted))["status"]
        == "proved"
    )
    stronger = (Assumption(at_least(z, 2), "z is at least 2"),)
    assert (
        ledger.check_claim(planted(monkeypatch, "narrow", (step,), claim=claim, assumptions=stronger))["status"]
        == "proved"
    )


def test_a_proof_of_another_claim_proves_nothing(monkeypatch):
    step = PositiveTerms(at_least(z**2, 0), (z**2,))
    result = ledger.check_claim(planted(monkeypatch, "other", (step,), claim=at_least(z**4, 0)))
    assert (result["status"], result["reason"]) == ("undecided", "the last step concludes something else")


def test_an_undefined_claim_is_not_proved(monkeypatch):
    step = PositiveTerms(more(1 / z**2, 0), (1 / z**2,))
    result = ledger.check_claim(planted(monkeypatch, "singular", (step,), claim=step.claim), attacked=False)
    assert result["status"] == "undecided"


def test_a_citation_makes_a_claim_cited_not_proved(monkeypatch):
    step = Citation(at_least(z, 0), "Nobody 1900")
    result = ledger.check_claim(planted(monkeypatch, "cited", (step,), claim=step.claim), attacked=False)
    assert (result["status"], result["trusts"]) == ("cited", ["Nobody 1900"])


def test_a_kernel_that_proved_a_falsehood_is_caught_by_the_attack(monkeypatch):
    class Liar(PositiveTerms):
        __slots__ = ()

        def check(self):
            return Certificate(self.claim, Outcome.PROVED, "trust me")

    claim = at_least(z, 0)
    result = ledger.check_claim(planted(monkeypatch, "lie", (Liar(claim, (z,)),), claim=claim))
    assert result["status"] == "refuted" and result["witness"]["z"].startswith("-")


def test_a_derivation_that_raises_is_that_claims_result(monkeypatch):
    statement = planted(monkeypatch, "broken", (), claim=equal(z, z + 1))
    monkeypatch.setattr(sys.modules["proofs.derivations.broken"], "derive", lambda found: 1 / 0)
    assert "ZeroDivisionError" in ledger.check_claim(statement)["reason"]


def test_bad_statement_files_are_named_and_the_rest_is_still_there(tmp_path, monkeypatch):
    (tmp_path / "does_not_parse.py").write_text("STATEMENT = (")
    (tmp_path / "unknown_symbol.py").write_text("from theory.symbols import nothing_like_this")
    (tmp_path / "no_statement.py").write_text("x = 1")
    head = "from sympy import *\nfrom theory.statement import *\nz = Symbol('z', real=True)\n"
    made = head + "STATEMENT = Statement('t', 'w', {claim}, Source('p', 'q'), uses={uses})\n"
    (tmp_path / "collapsed.py").write_text(made.format(claim="Eq(z, z)", uses="()"))
    (tmp_path / "first_of_two.py").write_text(made.format(claim="at_least(z, 0)", uses="('second_of_two',)"))
    (tmp_path / "second_of_two.py").write_text(made.format(claim="at_least(z, 0)", uses="('first_of_two',)"))
    (tmp_path / "unknown_use.py").write_text(made.format(claim="at_least(z, 0)", uses="('nowhere',)"))
    monkeypatch.setattr(statements, "__path__", [*statements.__path__, str(tmp_path)])
    graph, problems = blueprint.load()
    named = {path.stem for path in tmp_path.glob("*.py")}
    assert named <= set(problems) and len(named) == 7
    assert all(f"theory/statements/{key}.py" in problems[key] for key in named)
    assert "first_of_two -> " in problems["second_of_two"] or "second_of_two -> " in problems["second_of_two"]
    assert "simplex_etf_gram" in graph
    for key in named:
        sys.modules.pop(f"theory.statements.{key}", None)


def test_an_unknown_claim_is_a_users_mistake_with_a_near_match():
    with pytest.raises(UsersMistake, match="simplex_etf_gram"):
        ledger.verify(["simplex_etf_gramm"])


def test_verify_reports_the_contract_and_a_second_call_reads_the_cache():
    first = ledger.verify(["welch_minimal_coherence"])
    row = first["claims"][0]
    contract = {"key", "title", "source", "status", "expected", "rests_on", "trusts", "steps", "witness"}
    assert contract <= set(row)
    assert row["rests_on"] == ["simplex_etf_gram"] and {"rule", "outcome", "seconds", "evidence"} <= set(
        row["steps"][0]
    )
    assert first["summary"] == {"proved": 1} and settled(first)
    assert ledger.verify(["welch_minimal_coherence"]) == first


def test_a_mutated_goal_is_another_claim():
    statement = blueprint.statement("simplex_etf_gram")
    goals = [mutant for _, mutant in mutants(statement)]
    assert len(goals) > LEAST and all(g != statement for g in goals)
    assert replace(statement, assumptions=()) in goals
    assert true not in [g.goal for g in goals]
