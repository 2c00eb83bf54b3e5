"""Put the aligned ansatz into the full flow and contract the frames; then one-variable calculus on the planar and the
scalar flow: the logistic closed form has the right speed and the right start."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement

WORDS = (
    "the head stays aligned",
    "the features stay aligned",
    "the balance is conserved without decay",
    "and forgotten with it",
    "balanced modes obey the scalar flow",
    "the logistic solution has the right speed",
    "and the right start",
    "its limit is an equilibrium",
    "which attracts at the fit rate",
)


def derive(statement: Statement):
    below, *frames = statement.hypotheses
    rows = enumerate(zip(statement.parts, WORDS, strict=True))
    steps = tuple(Identity(part, tuple(frames) if place < 2 else (below,), words) for place, (part, words) in rows)
    return (Conjunction(statement.goal, steps),)
