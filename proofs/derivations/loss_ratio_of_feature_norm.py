"""Divide the closed forms. With m = log(1/c - K + 1) and r = 1/c - K + 1 > 1: m < r - 1 = (1 - Kc)/c from r - 1 - log
r >= 0 at r, and m > 1 - 1/r >= 1 - Kc from the same lemma at 1/r; the printed numbers by ball arithmetic."""

from sympy import log

from proofs.kernel.ball import Ball
from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.statement import Statement
from theory.symbols import K, c

R = 1 / c - K + 1


def derive(statement: Statement):
    measured, longer, below, convention, *printed = statement.parts
    known = statement.hypotheses
    steps = (
        Identity(measured, known, "divide the closed forms"),
        PositiveTerms(
            longer,
            (1 / R - 1 - log(1 / R), (K - 1) * (1 - K * c) * c / (c * R)),
            known,
            1 - K * c,
            "log r > 1 - 1/r",
        ),
        PositiveTerms(below, (R - 1 - log(R),), known, 1 - K * c, "log r < r - 1"),
        Identity(convention, known, "the other weight of the squared error"),
        *(Ball(side, words="the printed number at K = 10") for side in printed),
    )
    return (Conjunction(statement.goal, steps),)
