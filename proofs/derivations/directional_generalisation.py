"""Cantelli's parabola for the margin itself; v -> v/(v+m^2) increases, and Lagrange's identity compares the
variances."""

from proofs.derivations.cantelli_generalisation import H, cross_products, tail_form
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.tails import centre
from theory.statement import Statement
from theory.statements.cantelli_generalisation import directional, gap, isotropic


def derive(statement: Statement):
    one, own_variance, never_weaker, mean, variance = statement.parts
    known = statement.hypotheses
    both = (directional + gap**2) * (isotropic + gap**2)
    steps = (
        PositiveTerms(one, tail_form(), known, (centre + H) ** 2, "Cantelli's parabola"),
        Identity(own_variance, known[:1], "the bias moves the mean, not the variance"),
        PositiveTerms(never_weaker, (gap**2 * cross_products(),), known[:1], both, "cross-multiply, then Lagrange"),
        Identity(mean, (), "mean of the two-point margin"),
        Identity(variance, (), "its variance"),
    )
    return (Conjunction(statement.goal, steps),)
