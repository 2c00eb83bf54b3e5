"""Closed forms by differentiation. The equilibrium is below sqrt n, so the logarithm in the fit time is at most the
one at zero weight decay, because the logarithm is monotone."""

from sympy import S

from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.collapsed_mse import fraction, sigma0, weight
from theory.statement import Statement, at_least, at_most
from theory.symbols import decay

WORDS = (
    "noise inside the row space has the right speed",
    "and the right start",
    "noise outside has the right speed",
    "the mode at the fit time",
    "the noise at the collapse time",
    "rates of the two clocks",
)
EXTRA = decay * fraction / (weight * sigma0 * (1 - fraction))


def derive(statement: Statement):
    *identities, vanishing, quotient, bounded = statement.parts
    known = statement.hypotheses
    product, limit = vanishing.args[0], vanishing.args[3]
    above = PositiveTerms(at_most(product, limit), (2 * decay,), words="the rate of the fit falls with the decay")
    below = PositiveTerms(at_least(product, limit - 2 * decay), (S.Zero,), words="by twice the decay")
    steps = (
        *(Identity(part, known, words) for part, words in zip(identities, WORDS, strict=True)),
        Limit(vanishing, above, below, "squeezed"),
        Identity(quotient, known, "divide the two times"),
        PositiveTerms(bounded, (EXTRA,), known, words="the limit of the mode is below sqrt n"),
    )
    return (Conjunction(statement.goal, steps),)
