"""Multiply the two updated layers out: terms linear in eta and G cancel because both gradients share E. The floor is
the fixed point of the recursion, kept floor + eta^2 g = floor, so the bound passes on."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.deep_linear import eta
from theory.statement import Statement
from theory.statements.balancedness_decays_discrete import added, factor, floor, kept, largest, size, start


def derive(statement: Statement):
    step, bound = statement.parts
    steps = (
        Identity(step, (), "multiply out one step"),
        PositiveTerms(
            bound,
            (kept * (start * factor + floor - size), eta**2 * (largest - added)),
            statement.hypotheses,
            words="the gap is kept times the last gap plus eta^2 (g - g_k)",
        ),
    )
    return (Conjunction(statement.goal, steps),)
