"""With x' = a x - b y the form x^2 + y^2 - (2a/(1+b)) x y loses ((1-b)/(1+b)) (a x - (1+b) y)^2 per step; it is
positive as (1+b)^2 - a^2 is the product of the characteristic polynomial's values at 1 and -1."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.descent import beta, curvature, eta
from theory.statement import Statement
from theory.statements.gradient_descent_stability import before, determinant, margin, now, trace
from theory.symbols import decay

WORDS = ("characteristic polynomial", "its value at -1", "its value at 1", "their product", "the energy's drop")


def derive(statement: Statement):
    *identities, falls, positive, boundary, plain = statement.parts
    known = statement.hypotheses
    loss = (trace * now - (1 + determinant) * before) ** 2 / (1 + determinant)
    steps = (
        *(Identity(part, known, words) for part, words in zip(identities, WORDS, strict=True)),
        PositiveTerms(falls, ((1 - beta) * loss, beta * eta * decay * loss), known, words="b < 1"),
        PositiveTerms(
            positive, (margin * eta * curvature, margin * eta * decay * (1 - beta)), known, words="a < 1 + b"
        ),
        Identity(boundary, known, "the root -1 at the limit"),
        Identity(plain, known, "no momentum"),
    )
    return (Conjunction(statement.goal, steps),)
