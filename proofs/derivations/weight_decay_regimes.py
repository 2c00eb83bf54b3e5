"""Divide the closed forms of noise and mode; drop a positive exponential. Growth rates: sigma <= 0 is dropped, the
softmax probability of a wrong class is at most 1/K. T (2 lambda_0 + rate) = 2 T w sqrt n and is at least 2 + 1."""

from sympy import exp, sqrt

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.collapsed_mse import equilibrium_mode, fit_rate, sigma, sigma0, weight
from theory.objects.ufm import margin_of
from theory.statement import Statement
from theory.statements.weight_decay_regimes import excess, factor, slowest, time, waiting
from theory.symbols import K, decay, n, u

CERTAINTY = (exp(margin_of(u)) - 1) / (K * (K - 1 + exp(margin_of(u))))


def derive(statement: Statement):
    closed, slow, waits, late, ripens, prevented, slope, window, best, *rest = statement.parts
    logit_late, logit_prevented, threshold = rest
    known = statement.hypotheses
    second = (1 - sigma0 / equilibrium_mode) * exp(-2 * weight * sqrt(n) * time)
    steps = (
        Identity(closed, known, "noise over signal in closed form"),
        PositiveTerms(slow, (second,), known, words="drop one term"),
        PositiveTerms(waits, (second.subs(time, waiting),), known, words="the time to a level of noise over signal"),
        PositiveTerms(late, (2 * weight * sigma**2,), known, words="the mode's own damping"),
        PositiveTerms(
            ripens,
            (factor * (factor - 1) * sigma0**2,),
            known,
            equilibrium_mode * (1 + (factor - 1) * sigma0 / equilibrium_mode),
            "the time to grow",
        ),
        PositiveTerms(prevented, (2 * weight * sigma**2, 2 * sigma * excess), known, words="every mode shrinks"),
        Identity(slope, known, "relaxation rate of the mode"),
        PositiveTerms(
            window,
            (slowest * decay - 1, slowest * decay - 1, slowest * fit_rate - 1),
            known,
            2 * weight * sqrt(n),
            "the two rates share 2 w sqrt n",
        ),
        Identity(best, known, "both clocks agree at two thirds of the threshold"),
        PositiveTerms(
            logit_late, (2 * u / sqrt(n) * CERTAINTY,), known, words="a wrong class has probability at most 1/K"
        ),
        PositiveTerms(
            logit_prevented, (2 * u / sqrt(n) * CERTAINTY, 2 * u * excess), known, words="every logit shrinks"
        ),
        Identity(threshold, known, "the threshold of the full model"),
    )
    return (Conjunction(statement.goal, steps),)
