"""ByLemmas: hypotheses leave the domain only if a proved lemma concludes exactly them."""

from sympy import S, Symbol

from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import ByLemmas
from theory.statement import at_least

x, y, z = (Symbol(name, real=True) for name in "xyz")
x_below_y, y_below_z, x_below_z = at_least(y, x), at_least(z, y), at_least(z, x)
through = PositiveTerms(x_below_z, (y - x, z - y), (x_below_y, y_below_z))


def assumed(claim, *hypotheses):
    return PositiveTerms(claim, (claim.lhs - claim.rhs,), hypotheses or (claim,))


def test_a_proved_lemma_replaces_the_hypothesis_that_it_concludes():
    squares = at_least(y**2 + z**2, 2 * y * z)
    step = PositiveTerms(at_least(y**2 + z**2 + 1, 2 * y * z), (y**2 + z**2 - 2 * y * z, S.One), (squares,))
    lemma = PositiveTerms(squares, ((y - z) ** 2,))
    assert checked(step).domain == (squares,)
    certificate = checked(ByLemmas(step.claim, step, (lemma,)))
    assert certificate.outcome is Outcome.PROVED
    assert certificate.domain == ()


def test_other_hypotheses_and_those_of_the_lemma_stay():
    certificate = checked(ByLemmas(x_below_z, through, (assumed(x_below_y),)))
    assert certificate.outcome is Outcome.PROVED
    assert set(certificate.domain) == {x_below_y, y_below_z}


def test_a_lemma_that_is_not_proved_proves_nothing():
    planted = PositiveTerms(x_below_y, (y - x,))
    assert checked(ByLemmas(x_below_z, through, (planted,))).outcome is Outcome.UNDECIDED


def test_the_claim_is_the_step_s_own():
    assert checked(ByLemmas(x_below_y, through, (assumed(x_below_y),))).outcome is Outcome.UNDECIDED
