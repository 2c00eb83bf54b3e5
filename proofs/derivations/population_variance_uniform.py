"""Not proved here: concentration of a supremum over networks. What the project proves is the fixed-feature statement
with Chebyshev's inequality, population_variance_gap."""

from proofs.kernel.structure import Citation
from theory.statement import Statement

REFERENCE = "Sakamoto & Sato 2025, arXiv 2509.20829, Theorem 4.1; Hoeffding 1963; McDiarmid 1989; Maurer 2016"


def derive(statement: Statement):
    return (Citation(statement.goal, REFERENCE, "uniform convergence"),)
