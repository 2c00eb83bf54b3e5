"""r - 1 - log r >= 0 at r = f = 1 - eta lambda_0 and at its inverse."""

from sympy import log

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.descent import epsilon, eta
from theory.statement import Statement
from theory.statements.decoupled_decay_clock import kept
from theory.symbols import decay, x

pull = decay * x


def derive(statement: Statement):
    factor, named, slow, fast, most, least = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(factor, known, "one step of AdamW"),
        Identity(named, known, "what it keeps"),
        PositiveTerms(slow, (kept - 1 - log(kept),), known, words="log r <= r - 1"),
        PositiveTerms(fast, (1 / kept - 1 - log(1 / kept),), known, words="log r >= 1 - 1/r"),
        PositiveTerms(most, (eta * epsilon,), known, pull + epsilon, "the normalised gradient is no longer than 1"),
        PositiveTerms(least, (eta * epsilon**2,), known, pull * (pull + epsilon), "and hardly shorter"),
    )
    return (Conjunction(statement.goal, steps),)
