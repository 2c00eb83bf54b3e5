"""With a_s = V_s.phi: (1-||p||^2) ||a||^2 - Var_p(a) is a sum over pairs of classes, as for the rows of W; ||a||^2 <=
||V||^2 ||phi||^2 by Lagrange's identity. The witnesses are arithmetic for two classes."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart
from theory.objects.softmax_head import inner
from theory.statement import Statement
from theory.statements.flatness_variants import direction, features, head, shift
from theory.symbols import K, d, j, k, l, p, phi, r, s


def logit(cls):
    return inner(lambda c: direction[cls, c], lambda c: phi[c])


PAIR = apart(s, r) * p[s] * p[r]
OPPOSITE = Sum(PAIR * (logit(s) + logit(r)) ** 2, (s, 1, K), (r, 1, K)) / 2
OTHERS = Sum(PAIR * apart(j, s) * apart(j, r) * logit(j) ** 2, (s, 1, K), (r, 1, K), (j, 1, K))
IMPURITY = Sum(PAIR, (s, 1, K), (r, 1, K))
CROSS = Sum((direction[j, k] * phi[l] - direction[j, l] * phi[k]) ** 2, (j, 1, K), (k, 1, d), (l, 1, d)) / 2


def derive(statement: Statement):
    largest, same, below, above, surrogate, norm = statement.parts
    known = statement.hypotheses
    steps = (
        PositiveTerms(largest, (OPPOSITE, OTHERS, IMPURITY * CROSS), known, words="pairs of classes, and Lagrange"),
        Identity(same, (), "one axis, centred gauge: the two agree"),
        PositiveTerms(below, (features * head**2,), (), features + 1, "several axes"),
        PositiveTerms(above, (shift**2,), (), words="a shifted gauge"),
        Identity(surrogate, (), "||W||_F^2 Tr H survives reciprocal scaling"),
        Identity(norm, (), "(||W||_F Tr H)^2 is multiplied by a^2"),
    )
    return (Conjunction(statement.goal, steps),)
