"""How the measures called relative flatness relate: kappa, kappa/d, ||W||_F^2 Tr H, ||W||_F Tr H, ||W||_F^2
lambda_max(H).

kappa <= ||W||_F^2 Tr H (surrogate_dominates_flatness); lambda_max <= Tr H, since Var_p(a) <= (1-||p||^2) ||a||^2 and
a_s = V_s.phi has ||a|| <= ||V||_F ||phi||. kappa and ||W||_F^2 lambda_max are incomparable, and ||W||_F Tr H is
multiplied by a under (W/a, a phi), which leaves the others alone. Two classes with p = (1/2, 1/2) give every witness.
"""

from sympy import IndexedBase, Rational, Sum, Symbol

from theory.objects.assumptions import PROBABILITIES
from theory.objects.softmax_head import inner
from theory.statement import Every, Source, Statement, at, at_most, equal, less, more
from theory.symbols import K, a, d, j, l, p, phi, r, s

direction = IndexedBase("V", real=True)
features = Symbol("m", integer=True, positive=True)
head, shift = Symbol("rho", positive=True), Symbol("nu", positive=True)

along = inner(lambda c: direction[s, c], lambda c: phi[c])
mean_along = Sum(p[j] * Sum(direction[j, l] * phi[l], (l, 1, d)), (j, 1, K))
quadratic_form = Sum(p[s] * (along - mean_along) ** 2, (s, 1, K))
impurity = 1 - Sum(p[r] ** 2, (r, 1, K))
feature_square = Sum(phi[l] ** 2, (l, 1, d))
direction_square = Sum(direction[r, l] ** 2, (r, 1, K), (l, 1, d))

# Two classes of probabilities p and 1-p, rows nu +- rho, nu orthogonal to rho and to the features, which lie along m
# axes in turn and have one length. In the coordinates (rho, nu) the rows are (+-rho, nu).
probability, length, axes = (Symbol(name, positive=True) for name in ("p_1", "l", "m_axes"))
PROBABILITY_OF = {1: probability, 2: 1 - probability}
ROWS = {1: (head, shift), 2: (-head, shift)}
CENTRE = tuple(sum(PROBABILITY_OF[c] * ROWS[c][k] for c in (1, 2)) for k in (0, 1))
spread = sum(PROBABILITY_OF[c] * (ROWS[c][k] - CENTRE[k]) ** 2 for c in (1, 2) for k in (0, 1))
exact = length**2 * spread  # kappa
head_square = sum(entry**2 for row in ROWS.values() for entry in row)
hessian_trace = length**2 * (1 - sum(share**2 for share in PROBABILITY_OF.values()))
# of (diag p - p p^T) (x) E[phi phi^T]: the eigenvalue 2 p (1-p) of two classes times length^2/m
largest_eigenvalue = 2 * probability * (1 - probability) * length**2 / axes

EVEN = {probability: Rational(1, 2), length: 1}
RESCALED = {**EVEN, head: head / a, shift: shift / a, length: a}  # (W/a, a phi)
largest_version = head_square * largest_eigenvalue
surrogate, root_version = head_square * hessian_trace, head_square * hessian_trace**2  # the latter squared

STATEMENT = Statement(
    title="What is called relative flatness, compared",
    words="The largest-eigenvalue version is at most the surrogate ||W||_F^2 Tr H. It is incomparable with kappa: "
    "below it when the features spread over several axes, above it in a shifted gauge. ||W||_F Tr H changes under "
    "reciprocal scaling of head and features; kappa/d is kappa up to the feature dimension.",
    claim=Every(
        at_most(quadratic_form, impurity * feature_square * direction_square),
        equal(at(largest_version, {**EVEN, shift: 0, axes: 1}), at(exact, EVEN)),
        less(at(largest_version, {**EVEN, shift: 0, axes: features + 1}), at(exact, EVEN)),
        more(at(largest_version, {**EVEN, axes: 1}), at(exact, EVEN)),
        equal(at(surrogate, RESCALED), at(surrogate, EVEN)),
        equal(at(root_version, RESCALED), a**2 * at(root_version, EVEN)),
    ),
    assumptions=(PROBABILITIES,),
    source=Source("this project", "definitions of Petzka et al. 2021; Walter et al. 2024; Han et al. 2025"),
    uses=("surrogate_dominates_flatness", "flatness_invariance"),
    finding="Only kappa is invariant under the softmax gauge; only the versions with ||W||_F^2 or kappa survive "
    "reciprocal scaling. Values of different versions may not be put side by side.",
    tags=("flatness", "definitions"),
)
