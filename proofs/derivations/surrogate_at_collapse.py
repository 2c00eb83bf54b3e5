"""Expand both sides as finite sums; the Gram matrix contracts every inner product, the probabilities sum to one."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement

WORDS = ("||W||_F^2 = K u, all distances equal", "orthogonal rows", "a common shift drops out", "and adds K ||v||^2")


def derive(statement: Statement):
    known = statement.hypotheses
    needed = (known[:4], (known[0], known[1], known[4]), known[1:4], known[:4])
    parts = zip(statement.parts, needed, WORDS, strict=True)
    return (Conjunction(statement.goal, tuple(Identity(part, used, words) for part, used, words in parts)),)
