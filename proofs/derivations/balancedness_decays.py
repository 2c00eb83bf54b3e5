"""Both gradients are E against one layer, so W_2^T (dL/dW_2) = (dL/dW_1) W_1^T: the loss drops out of D', weight
decay alone remains. Then exp(2 lambda_0 t) D has derivative zero along the flow, hence is constant. Mutants that drop
a term of D inside the derivative in the other layer's entries stay true: that term has no such derivative."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement

WORDS = (
    "the gradient in the upper layer is E W_1^T",
    "the gradient in the lower layer is W_2^T E",
    "the loss terms cancel",
    "the integrating factor makes D constant",
)


def derive(statement: Statement):
    parts = zip(statement.parts, WORDS, strict=True)
    return (Conjunction(statement.goal, tuple(Identity(part, statement.hypotheses, words) for part, words in parts)),)
