"""Aligned states: put the ansatz in and contract the frames. Rest: carry the eigenvector down by balance, U^T U = X X^T
and U g = mu f, and back up; the labels enter through the features' own rate alone."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement

FRAMES, DOWN, UP = (0, 1, 2), (3, 4, 5), (4, 5, 6, 7)

# what each part says, and which of the assumptions it needs
STEPS = (
    ("the gradient in one factor", ()),
    ("the product of aligned factors is aligned", FRAMES),
    ("an aligned factor stays aligned, its directions apart", FRAMES),
    ("equal factors stay equal", FRAMES),
    ("differences of squares of neighbours are forgotten", ()),
    ("balance carries an eigenvector down", DOWN),
    ("carried down it is sqrt(mu) times as long", (5,)),
    ("carried back up, mu more for every factor", UP),
    ("the features' rate along the eigenvector", (6, 7)),
    ("at rest w rests in the scalar flow", ()),
    ("the objective is the sum over directions", FRAMES),
    ("each the objective of the threshold", ()),
)


def derive(statement: Statement):
    known = statement.hypotheses
    parts = zip(statement.parts, STEPS, strict=True)
    steps = (Identity(part, tuple(known[place] for place in needed), words) for part, (words, needed) in parts)
    return (Conjunction(statement.goal, tuple(steps)),)
