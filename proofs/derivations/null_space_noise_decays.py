"""Put the ansatz into the flow: the head sees the class means only, so gradients are equal within a class, the noise
cancels from W' because it is centred, and what is left of h' is the noise's own exponential. The three orthogonality
relations keep their value 0, so the set is invariant (solutions of the flow are unique). A mutant that drops the loss
from the rate of h stays true along v: there the loss has no part."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement

WORDS = (
    "samples of a class have equal logits",
    "the head follows the collapsed flow",
    "features: the means follow the collapsed flow, the noise its exponential",
    "the head stays blind to the noise",
    "the means stay orthogonal to the noise",
    "the scatter is the square of the shrinking factor",
    "a direction that W does not see loses weight decay only",
    "the same in one step of descent",
)


def derive(statement: Statement):
    parts = zip(statement.parts, WORDS, strict=True)
    return (Conjunction(statement.goal, tuple(Identity(part, statement.hypotheses, words) for part, words in parts)),)
