"""Gibbs' inequality as in bottleneck_bound. The Gaussian log ratio has mean half the log-determinant because the
output has variance v_k in coordinate k; and a - 1 - log a >= 0."""

from sympy import Sum, log

from proofs.derivations.bottleneck_bound import GIBBS
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.channel import noise, output_variance
from theory.statement import Statement
from theory.symbols import d, k

GAIN = output_variance[k] / noise**2
EXCESS = Sum(GAIN - 1 - log(GAIN), (k, 1, d)) / 2


def derive(statement: Statement):
    golden, gaussian, averaged, between = statement.parts
    known = statement.hypotheses
    steps = (
        PositiveTerms(golden, (GIBBS,), known[:3], words="Gibbs' inequality for the output's law"),
        Identity(gaussian, known[2:5], "the output has mean g_j and variance s^2 given input j"),
        Identity(averaged, (known[0], *known[5:]), "and variance v_k in coordinate k over all inputs"),
        PositiveTerms(between, (EXCESS,), words="a - 1 - log a >= 0"),
    )
    return (Conjunction(statement.goal, steps),)
