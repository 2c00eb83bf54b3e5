"""Not proved here: the published proof bounds the distance to interpolation of wide networks. What the project proves
are its two ingredients, the exact decay of imbalance per step and the step from balancedness to small variance."""

from proofs.kernel.structure import Citation
from theory.statement import Statement


def derive(statement: Statement):
    return (Citation(statement.goal, "Sakamoto & Sato 2025, arXiv 2509.20829, Theorem 4.3", "cited"),)
