"""D^2 (1 - p_y) - tr Cov_p(w) = ||w_bar - w_y||^2 + sum_{s != y} p_s (D^2 - ||w_s - w_y||^2); then average."""

from sympy import Sum, exp

from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.softmax_head import mean_row, squared_norm
from theory.statement import Statement
from theory.statements.flatness_from_loss import loss, sample_bound, sharpness, slack, squared_feature
from theory.symbols import B, D, K, N, W, d, i, l, p, s, y

CENTRE = Sum((mean_row(l) - W[y, l]) ** 2, (l, 1, d))
ROWS = Sum(p[s] * slack, (s, 1, K))


def derive(statement: Statement):
    variance, sample, average = statement.parts
    known = statement.hypotheses
    slacks = Sum(sample_bound - sharpness[i], (i, 1, N)) / N
    shorter = D**2 * Sum((1 - exp(-loss[i])) * (B**2 - squared_feature[i]), (i, 1, N)) / N
    steps = (
        PositiveTerms(variance, (CENTRE, ROWS), known, words="distance of the mean row, and the rows' slacks"),
        PositiveTerms(sample, (squared_norm() * CENTRE, squared_norm() * ROWS), known, words="times ||phi||^2"),
        PositiveTerms(average, (slacks, shorter), known, words="sum over samples, ||phi||^2 <= B^2"),
    )
    return (Conjunction(statement.goal, steps),)
