"""Every (a, b) is the equilibrium of some decays: put them in, and trace and determinant are single-signed expressions.
The Lyapunov rate is the chain rule for a gradient flow in coordinates of squared length K and n K."""

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.ufm import coupled_decay
from theory.statement import Statement
from theory.statements.feature_norm_attractor import slope, wrong
from theory.symbols import K, a, b, n


def derive(statement: Statement):
    trace_form, trace_sign, det_form, det_sign, descent, origin, saddle = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(trace_form, known, "trace of the Jacobian at the equilibrium"),
        PositiveTerms(trace_sign, (-slope * (b**2 + a**2 / n), wrong * (b / a + a / (n * b))), known, words="negative"),
        Identity(det_form, known, "the constant terms cancel at the equilibrium"),
        PositiveTerms(det_sign, (-4 * slope * wrong * a * b / n,), known, words="eps falls with u"),
        Identity(descent, known, "the objective falls with the squared speed"),
        Identity(origin, known, "the Jacobian at the origin"),
        PositiveTerms(saddle, ((1 / K**2 - coupled_decay**2) / n,), known, words="eigenvalues of both signs"),
    )
    return (Conjunction(statement.goal, steps),)
