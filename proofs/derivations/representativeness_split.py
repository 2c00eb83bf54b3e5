"""Add and subtract the mean loss over perturbed features; the perturbations' probabilities sum to one."""

from proofs.kernel.identity import Identity
from theory.statement import Statement


def derive(statement: Statement):
    return (Identity(statement.goal, statement.hypotheses, "add and subtract the loss around the samples"),)
