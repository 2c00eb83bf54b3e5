"""Every Rocq proof fails on a mutated proposition: a constant, a direction, a strictness or an assumption changed.

Without coqc these tests are skipped. By default every fourth proof meets one kind of mutant, the kinds taken in
turn; TIGHTFRAME_KERNEL_MUTANTS=all holds every proof against every kind, in minutes.
"""

import os
import shutil

import pytest

from proofs import rocq_check
from proofs.mutants import mutants
from proofs.translate import TranslationError, translate
from theory import blueprint

KINDS = {"constant": "->", "direction": "turned", "strictness": "made strict", "assumption": "without the assumption"}
ALL = os.environ.get("TIGHTFRAME_KERNEL_MUTANTS") == "all"
needs_coqc = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is missing")


def mutants_of(key: str, kind: str):
    """The mutants of one kind whose proposition differs from the claim's."""
    statement = blueprint.statement(key)
    honest = translate(statement)
    for label, mutant in mutants(statement):
        if KINDS[kind] in label and _translated(mutant) not in (None, honest):
            yield label, mutant


def _translated(statement):
    try:
        return translate(statement)
    except TranslationError:
        return None


def pairs():
    for place, key in enumerate(rocq_check.keys() if ALL else rocq_check.keys()[1::4]):
        kinds = [kind for kind in KINDS if next(mutants_of(key, kind), None) is not None]
        yield from ((key, kind) for kind in (kinds if ALL else [kinds[place % len(kinds)]]))


@pytest.mark.kernel
@needs_coqc
@pytest.mark.parametrize(("key", "kind"), list(pairs()))
def test_a_proof_does_not_survive_a_mutated_proposition(key, kind):
    label, mutant = next(mutants_of(key, kind))
    result = rocq_check.check_statement(mutant)
    assert result["status"] == "failed", f"{key} still proves its claim with {label}"
    assert not result["axioms"]


@pytest.mark.kernel
@needs_coqc
def test_the_unmutated_proposition_is_proved_without_axioms():
    result = rocq_check.check("welch_minimal_coherence")
    assert (result["status"], result["axioms"]) == ("kernel-checked", [])
