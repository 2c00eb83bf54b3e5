"""Expand both sides as finite sums, contract the Kronecker delta, use sum_s p_is = 1."""

from proofs.kernel.identity import Identity
from proofs.kernel.structure import Conjunction
from theory.statement import Statement


def derive(statement: Statement):
    trace, pairs = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(trace, known, "trace of the Hessian blocks against the head's Gram matrix"),
        Identity(pairs, known, "a variance is half the mean squared difference"),
    )
    return (Conjunction(statement.goal, steps),)
