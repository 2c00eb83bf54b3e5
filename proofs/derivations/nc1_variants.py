"""sum v_l/b_l - sum v_l/sum b_r = sum_{l, r != l} v_l b_r/(b_l sum b); the mean of ||mu_c||^2 is tr S_B + ||mu_G||^2;
and the spread about another centre adds the distance of the centres."""

from sympy import S, Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart
from theory.statement import Statement
from theory.statements.nc1_variants import (
    between,
    class_centre,
    excess_norm,
    longest,
    mean_norm,
    means,
    trace,
    trace_between,
    within,
)
from theory.symbols import K, d, k, l, n, r, s

CROSS = Sum(apart(l, r) * within[l] * between[r] / between[l], (l, 1, n), (r, 1, n))
SHORTER = Sum(longest**2 - Sum(means[s, k] ** 2, (k, 1, d)), (s, 1, K)) / K
CENTRE = Sum(class_centre(k) ** 2, (k, 1, d))


def derive(statement: Statement):
    bounded, simplex, invisible, norms, radius, centres = statement.parts
    classes, shorter, frequencies = statement.hypotheses
    steps = (
        PositiveTerms(bounded, (CROSS,), (), trace_between, "the other eigenvalues of S_B"),
        Identity(simplex, (classes,), "all eigenvalues of S_B are equal"),
        PositiveTerms(invisible, (S.One,), (), words="variance outside the span only"),
        PositiveTerms(
            norms,
            (trace * excess_norm**2, 2 * trace * excess_norm * mean_norm),
            (),
            mean_norm**2 * (mean_norm + excess_norm) ** 2,
            "a mean is at most the maximum",
        ),
        PositiveTerms(
            radius, (SHORTER, CENTRE), (classes, shorter), words="tr S_B <= max ||f||^2, so RNC1 <= trace ratio"
        ),
        Identity(centres, (frequencies,), "spread about another centre"),
    )
    return (Conjunction(statement.goal, steps),)
