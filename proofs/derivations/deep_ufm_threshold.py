"""Both maxima of the form x^p (1 - x/m), p = 1 - 2/L, are one lemma: with r = x/x* the gap is a positive multiple of
r^(-p) - 1 + p (r - 1) = (exp(-p log r) - 1 + p log r) + p (r - 1 - log r) >= 0. Fold above threshold: their quotient
is L 2^(2/L)/4 >= (L + 2 log 2)/4 > 1."""

from sympy import Expr, exp, log

from proofs.kernel.ball import Ball
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import ByLemmas, Conjunction
from theory.objects.ufm import deep_fold, deep_fold_fraction, deep_jump, deep_threshold
from theory.statement import Statement, less
from theory.statements.deep_ufm_threshold import deficit, excess, reached, y
from theory.symbols import L

POWER = 1 - 2 / L
DOUBLED = exp(2 * log(2) / L)


def peaked(top: Expr, at: Expr) -> tuple[Expr, Expr]:
    """top - x^p (1 - x/m) 's two terms, where top is its value at the maximum x = at."""
    distance = y - log(at)  # log r
    scale = top * exp(POWER * distance)
    return scale * (exp(-POWER * distance) - 1 + POWER * distance), scale * POWER * (reached / at - 1 - distance)


def derive(statement: Statement):
    optimal, jump, beyond, slope, flow, factors, fold, at_fold, gap, local, two, *printed = statement.parts
    known = statement.hypotheses
    lift = L * excess * exp(2 * y / L) / 2
    weigh = L / 2 * exp(2 * y / L)
    apart = PositiveTerms(
        gap,
        (
            deep_threshold(L) * L / 4 * (DOUBLED - 1 - 2 * log(2) / L),
            deep_threshold(L) * (L - 3) / 4,
            deep_threshold(L) * (2 * log(2) - 1) / 4,
        ),
        (*known, less(1, 2 * log(2))),
        words="the quotient exceeds 1",
    )
    steps = (
        PositiveTerms(
            optimal,
            (*(weigh * part for part in peaked(deep_threshold(L), deep_jump(L))), lift),
            known,
            words="the origin is optimal at and above the threshold",
        ),
        Identity(jump, known, "at the threshold two states are equally good"),
        PositiveTerms(
            beyond, (L * deficit * deep_jump(L) ** (2 / L) / 2,), known, words="below it the collapsed one is better"
        ),
        Identity(slope, known, "equilibria solve x^(1-2/L) (1-x) = k"),
        Identity(flow, known, "the flow descends"),
        Identity(factors, known, "it is the flow of L equal factors"),
        PositiveTerms(fold, peaked(deep_fold(L), deep_fold_fraction(L)), known, words="no equilibrium beyond the fold"),
        Identity(at_fold, known, "the fold is reached"),
        ByLemmas(gap, apart, (Ball(less(1, 2 * log(2)), words="2 log 2 > 1"),), "hysteresis"),
        PositiveTerms(local, (reached**2 / 2, lift), known, words="the origin is locally optimal"),
        Identity(two, known, "two factors: continuous"),
        *(Ball(side, words="the printed threshold") for side in printed),
    )
    return (Conjunction(statement.goal, steps),)
