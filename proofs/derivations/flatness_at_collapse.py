"""Finite-sum algebra: the Gram hypothesis contracts every inner product, exp of a Kronecker delta splits exactly."""

from proofs.kernel.identity import Identity
from theory.statement import Statement


def derive(statement: Statement):
    return (Identity(statement.goal, statement.hypotheses, "contract the Gram matrix inside logits and rows"),)
