"""How the measures called relative flatness relate: kappa, kappa/d, ||W||_F^2 Tr H, ||W||_F Tr H, ||W||_F^2
lambda_max(H).

kappa <= ||W||_F^2 Tr H (surrogate_dominates_flatness); lambda_max <= Tr H, since Var_p(a) <= (1-||p||^2) ||a||^2 and
a_s = V_s.phi has ||a|| <= ||V||_F ||phi||. kappa and ||W||_F^2 lambda_max are incomparable, and ||W||_F Tr H is
multiplied by a under (W/a, a phi), which leaves the others alone. Two classes with p = (1/2, 1/2) give every witness.
"""

from sympy import Expr, IndexedBase, Rational, S, Sum, Symbol

from theory.objects.assumptions import PROBABILITIES
from theory.objects.softmax_head import inner
from theory.statement import Every, Source, Statement, at_most, equal, less, more
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

# Two classes, p = (1/2, 1/2), rows nu +- rho, nu orthogonal to rho and to the features, which lie along m axes in turn.
HALF = Rational(1, 2)


def head_square() -> Expr:
    """||W||_F^2 for rows nu + rho and nu - rho, nu orthogonal to rho."""
    return 2 * (head**2 + shift**2)


def exact(length: Expr = S.One) -> Expr:
    """kappa = E||phi||^2 ||w_1 - w_2||^2/4, the same in every gauge nu."""
    return length**2 * (2 * head) ** 2 / 4


def hessian_trace(length: Expr = S.One) -> Expr:
    """E||phi||^2 (1 - ||p||^2)."""
    return length**2 * (1 - 2 * HALF**2)


def largest_eigenvalue(axes: Expr) -> Expr:
    """Of (diag p - p p^T) (x) E[phi phi^T]: 1/2 times 1/m for unit features on m axes."""
    return HALF / axes


STATEMENT = Statement(
    title="What is called relative flatness, compared",
    words="The largest-eigenvalue version is at most the surrogate ||W||_F^2 Tr H. It is incomparable with kappa: "
    "below it when the features spread over several axes, above it in a shifted gauge. ||W||_F Tr H changes under "
    "reciprocal scaling of head and features; kappa/d is kappa up to the feature dimension.",
    claim=Every(
        at_most(quadratic_form, impurity * feature_square * direction_square),
        equal(exact(), 2 * largest_eigenvalue(S.One) * head**2),
        less((2 * head**2) * largest_eigenvalue(features + 1), exact()),
        more(head_square() * largest_eigenvalue(S.One), exact()),
        equal((head_square() / a**2) * hessian_trace(a), head_square() * hessian_trace()),
        equal((head_square() / a**2) * hessian_trace(a) ** 2, a**2 * head_square() * hessian_trace() ** 2),
    ),
    assumptions=(PROBABILITIES,),
    source=Source("this project", "definitions of Petzka et al. 2021; Walter et al. 2024; Han et al. 2025"),
    uses=("surrogate_dominates_flatness", "flatness_invariance"),
    finding="Only kappa is invariant under the softmax gauge; only the versions with ||W||_F^2 or kappa survive "
    "reciprocal scaling. Values of different versions may not be put side by side.",
    tags=("flatness", "definitions"),
)
