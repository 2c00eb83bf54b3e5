"""The two gradients are products in the algebra a I + b J; everything else is one-variable calculus on the flows."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from proofs.kernel.symmetric_algebra import SymmetricAlgebra
from theory.statement import Statement
from theory.symbols import K

WORDS = (
    "softmax at a simplex frame",
    "the head moves along the frame",
    "the features move along the frame",
    "the balance is conserved",
    "on balanced states the logit obeys the scalar flow",
    "the implicit solution has the right speed",
    "and the right start",
    "slope of the scalar flow at its equilibrium",
)


def derive(statement: Statement):
    known = statement.hypotheses
    steps = []
    for place, (part, words) in enumerate(zip(statement.parts, WORDS, strict=True)):
        in_algebra = place in (1, 2)
        steps.append(SymmetricAlgebra(part, K, known, words) if in_algebra else Identity(part, known, words))
    return (Conjunction(statement.goal, tuple(steps)),)
