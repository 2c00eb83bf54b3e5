"""A written witness shows its own statement's formulas at a point inside the assumptions, and prints what it says."""

import subprocess
import sys

import pytest
from flint import ctx
from sympy import Indexed, IndexedBase, Lambda, Rational, Sum, Symbol, sympify

from proofs.attack import satisfies
from theory import blueprint, witnesses
from theory.objects.examples import table
from theory.statement import Expected, Quoted
from theory.symbols import x
from theory.witnesses import Witness
from tightframe.report import witness as report_witness

KEYS = witnesses.keys()
NEWLY_TRUE = {Expected.SHARPENED, Expected.REFUTED}


def point(witness: Witness) -> dict:
    """The point as the attack takes it: tables for indexed bases, plain integers for sizes."""
    return {name: table(*value) if isinstance(name, IndexedBase) else value for name, value in witness.at.items()}


def settled(relation, known: set) -> bool:
    """Whether the point gives a value to all that an assumption mentions, its indices aside."""
    bound = {index for total in relation.atoms(Sum) for index, *_ in total.limits}
    indices = {index for entry in relation.atoms(Indexed) for index in entry.indices if index.is_Symbol}
    names = {name for name in relation.free_symbols - bound - indices if isinstance(name, Symbol)}
    labels = {name.label if isinstance(name, IndexedBase) else name for name in known}
    return names <= labels


def test_every_refuted_or_sharpened_claim_has_a_witness():
    wanted = {key for key in blueprint.keys() if blueprint.statement(key).expected in NEWLY_TRUE}
    assert wanted and wanted <= set(KEYS)
    assert set(KEYS) <= {key for key in blueprint.keys() if blueprint.statement(key).finding}


@pytest.mark.parametrize("key", KEYS)
def test_the_code_prints_what_the_page_says_it_prints(key):
    shown = report_witness.witness_code(blueprint.statement(key), None)
    told = subprocess.run([sys.executable, "-I", "-c", shown["code"]], capture_output=True, text=True, timeout=60)
    assert told.stderr == "" and told.stdout.strip() == shown["prints"]
    assert "True" in shown["prints"] and "False" not in shown["prints"]
    assert {line.split()[1] for line in shown["code"].splitlines() if line.startswith(("from", "import"))} <= {"math"}


@pytest.mark.parametrize("key", KEYS)
def test_a_witness_uses_a_formula_of_its_own_statement(key):
    statement, shown = blueprint.statement(key), witnesses.witness(key)
    if isinstance(statement.claim, Quoted):
        return  # a claim in words has no formula to share
    formulas = [f.expr if isinstance(f, Lambda) else sympify(f) for f in shown.names.values()]
    goals = [goal for goal in (statement.claim, statement.instead) if goal is not None]
    assert any(goal.has(formula) for goal in goals for formula in formulas if formula.free_symbols)


@pytest.mark.parametrize("key", KEYS)
def test_the_point_lies_inside_the_assumptions_that_it_settles(key):
    statement, here = blueprint.statement(key), point(witnesses.witness(key))
    with ctx.workprec(200):
        for relation in statement.hypotheses:
            if settled(relation, set(here)):
                assert satisfies(here, (relation,)), relation


def test_a_point_outside_the_assumptions_would_be_seen():
    key = "logit_shift_flatness"
    statement, here = blueprint.statement(key), point(witnesses.witness(key))
    (law,) = [base for base in here if str(base) == "p"]
    here[law] = table(Rational(1, 2), Rational(1, 3))
    assert settled(statement.hypotheses[0], set(here)) and not satisfies(here, statement.hypotheses[:1])


def test_a_witness_that_is_not_borne_out_is_an_error_that_names_its_file():
    planted = Witness("the planted fault", {}, {"square": Lambda(x, x**2)}, ("square(2) < square(1)",))
    with pytest.raises(report_witness.WitnessError, match="theory/witnesses/planted.py does not bear out"):
        report_witness._told(planted, "planted")


def test_a_witness_that_does_not_run_is_an_error():
    planted = Witness("the planted fault", {}, {"inverse": Lambda(x, 1 / x)}, ("inverse(0)",))
    with pytest.raises(report_witness.WitnessError):
        report_witness._told(planted, "planted")
