"""Mean divergence minus information is the divergence of the output's law from the reference, sum_i Q_i m_i (1/m_i -
1 - log 1/m_i) >= 0 with m the likelihood ratio of the output. In the Gaussian log ratio the squares of the output
cancel, so its mean needs only the mean of the noise."""

from sympy import Sum, log

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.channel import marginal_ratio, reference
from theory.statement import Statement
from theory.symbols import N, i

GIBBS = Sum(reference[i] * marginal_ratio * (1 / marginal_ratio - 1 + log(marginal_ratio)), (i, 1, N))


def derive(statement: Statement):
    golden, gaussian, bound = statement.parts
    inputs, law, channel, mean, divergence = statement.hypotheses
    laws = (inputs, law, channel)
    steps = (
        PositiveTerms(golden, (GIBBS,), laws, words="Gibbs' inequality for the output's law"),
        Identity(gaussian, (channel, mean), "the squares of the output cancel"),
        PositiveTerms(bound, (GIBBS,), (*laws, divergence), words="put the Gaussian divergence in"),
    )
    return (Conjunction(statement.goal, steps),)
