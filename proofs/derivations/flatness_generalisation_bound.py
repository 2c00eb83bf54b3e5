"""Not proved here: the published proof estimates densities in the feature space. What the project proves are its two
ingredients, the split of the gap and the second-order expansion of feature robustness."""

from proofs.kernel.structure import Citation
from theory.statement import Statement


def derive(statement: Statement):
    return (Citation(statement.goal, "Petzka et al. 2021, arXiv 2001.00939, Theorem 6", "density estimation"),)
