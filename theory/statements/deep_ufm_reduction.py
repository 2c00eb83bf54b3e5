"""L linear factors of any widths under squared error: the flow of aligned matrices, and every state of rest, is K
copies of the scalar flow w' = w^(L-1) (sqrt n - w^L)/(n K) - lambda_0 w.

Each factor is P diag(w) Q^T between orthonormal frames: its rate has the same frames, and the rate of w_m is that of
one direction, because the product of aligned factors is aligned. At rest with one decay neighbours are balanced,
U^T U = X X^T, so an eigenvector e of W_L W_L^T = mu is carried down, A A^T e = mu^(L-1) e for the product A above the
features, and the features' own rest makes row e of the logits a multiple of row e of the labels.
"""

from sympy import Derivative, IndexedBase, KroneckerDelta, S, Sum, Symbol, exp, sqrt

from theory.flows.deep_ufm import BALANCED, drive_of, factor_rate, w
from theory.objects.ufm import deep_objective
from theory.statement import Assumption, Bound, Every, Source, Statement, equal
from theory.symbols import K, L, d, decay, i, j, n

A, B, U, X, H = (IndexedBase(name, real=True) for name in "ABUXH")
P, Q, R = (IndexedBase(name, real=True) for name in "PQR")
above, own, below = (IndexedBase(name, real=True) for name in ("u", "w", "v"))
e, f, g, z = (IndexedBase(name, real=True) for name in "efgz")  # z_m = log w_m where all factors are equal
mu, nu, lower = (Symbol(name, positive=True) for name in ("mu", "nu", "h"))
m, direction, a, b, c, k, l, r, s = (Symbol(name, integer=True, positive=True) for name in "m o a b c k l r s".split())
upper, width = (Symbol(name, integer=True, positive=True) for name in ("d_2", "d_1"))
every_sample = ((r, 1, K), (c, 1, K), (i, 1, n))


def lifted(rates, left, right, row, column):
    """One entry of left diag(rates) right^T."""
    return Sum(rates(m) * left[row, m] * right[column, m], (m, 1, K))


def residual(row, of, over, factor, under):
    """One entry of Y - A X B; the product under the factor may differ from sample to sample."""
    product = Sum(over(row, k) * factor(k, l) * under(of, l), (k, 1, upper), (l, 1, width))
    return KroneckerDelta(row, of) - product


def factor_slope(over, factor, under):
    """(1/(nK)) A^T (Y - A X B) B^T at (a, b)."""
    return Sum(over(r, a) * residual(r, c, over, factor, under) * under(c, b), *every_sample) / (n * K)


def state(modes):
    """A, X and B as functions of their entries, aligned, from the amplitudes of what is above, here and below."""
    over, here, under = modes
    return (
        lambda row, column: lifted(over, R, P, row, column),
        lambda row, column: lifted(here, P, Q, row, column),
        lambda of, row: lifted(under, Q, R, row, of) / sqrt(n),
    )


def free(of, row):
    return B[of, i, row]


loss = Sum(residual(r, c, lambda *x: A[x], lambda *x: X[x], free) ** 2, *every_sample) / (2 * n * K)
aligned = state((lambda x: above[x], lambda x: own[x], lambda x: below[x]))
equal_factors = state((lambda x: exp((L - j) * z[x]), lambda x: exp(z[x]), lambda x: exp((j - 1) * z[x])))
balanced_rate = BALANCED.right_hand_side[0]
fit = Sum((KroneckerDelta(r, c) - lifted(lambda x: exp(L * z[x]), R, R, r, c) / sqrt(n)) ** 2, *every_sample) / (
    2 * n * K
)
size = Sum(equal_factors[1](a, b) ** 2, (a, 1, upper), (b, 1, width))
top, bottom = Symbol("u", positive=True), Symbol("v", positive=True)

logit = Sum(f[a] * H[c, i, a], (a, 1, d))  # (Z^T e) of one sample
feature_rate = (
    Sum(A[r, a] * (KroneckerDelta(r, c) - Sum(A[r, k] * H[c, i, k], (k, 1, d))), (r, 1, K)) / (n * K)
    - decay * H[c, i, a]
)
share = w ** (2 * L - 2) / (w ** (2 * L - 2) + n * K * decay)

SAME = KroneckerDelta(m, direction)

STATEMENT = Statement(
    title="Deep linear features reduce from matrices to one direction",
    words="Aligned factors stay aligned under the gradient flow and their K directions do not interact; each has the "
    "flow of scalar factors, equal factors stay equal, differences of squares are forgotten at twice the decay. At any "
    "state of rest neighbouring factors are balanced, so with W_L W_L^T e = mu e the product A above the features has "
    "A A^T e = mu^(L-1) e, the logits along e are a share of the labels, equal for all samples of a class, and w = "
    "sqrt(mu) rests in the scalar flow. The objective there is the sum of the K scalar ones: a global minimiser exists "
    "by coercivity, rests, and where all widths are at least K has in each direction the minimum of one.",
    claim=Every(
        equal(-Derivative(loss, X[a, b]), factor_slope(lambda *x: A[x], lambda *x: X[x], free)),
        equal(Sum(aligned[0](r, k) * aligned[1](k, l), (k, 1, upper)), lifted(lambda x: above[x] * own[x], R, Q, r, l)),
        equal(
            factor_slope(*aligned) - decay * aligned[1](a, b),
            lifted(lambda x: factor_rate(above[x], own[x], below[x]), P, Q, a, b),
        ),
        equal(
            factor_slope(*equal_factors) - decay * equal_factors[1](a, b),
            lifted(lambda x: balanced_rate.subs(w, exp(z[x])), P, Q, a, b),
        ),
        equal(
            2 * w * factor_rate(top, w, lower * bottom) - 2 * lower * factor_rate(top * w, lower, bottom),
            -2 * decay * (w**2 - lower**2),
        ),
        equal(Sum(X[a, l] * Sum(X[b, l] * g[b], (b, 1, upper)), (l, 1, width)), mu * g[a]),
        equal(Sum(Sum(U[s, a] * f[s], (s, 1, d)) * g[a], (a, 1, upper)), mu * Sum(f[s] ** 2, (s, 1, d))),
        equal(
            Sum(
                A[r, s] * Sum(U[s, a] * Sum(U[k, a] * Sum(A[c, k] * e[c], (c, 1, K)), (k, 1, d)), (a, 1, upper)),
                (s, 1, d),
            ),
            mu * nu * e[r],
        ),
        equal(Sum(f[a] * feature_rate, (a, 1, d)), nu * (e[c] - logit) / (n * K) - decay * logit),
        equal((sqrt(n) * share - w**L) * (w ** (2 * L - 2) + n * K * decay), w ** (L - 1) * n * K * balanced_rate),
        equal(fit + L * decay * size / 2, Sum(BALANCED.lyapunov.subs(w, exp(z[m])), (m, 1, K))),
        equal(BALANCED.lyapunov, deep_objective(w**L / sqrt(n), L, drive_of()) / K),
    ),
    assumptions=(
        Assumption(equal(Sum(R[r, m] * R[r, direction], (r, 1, K)), SAME), "R has orthonormal columns"),
        Assumption(equal(Sum(P[k, m] * P[k, direction], (k, 1, upper)), SAME), "P has orthonormal columns"),
        Assumption(equal(Sum(Q[l, m] * Q[l, direction], (l, 1, width)), SAME), "Q has orthonormal columns"),
        Assumption(
            equal(Sum(X[a, l] * X[b, l], (l, 1, width)), Sum(U[s, a] * U[s, b], (s, 1, d))),
            "U over X are balanced, as at rest",
        ),
        Assumption(equal(Sum(U[s, a] * f[s], (s, 1, d)), g[a]), "g = U^T f is f carried down through U"),
        Assumption(equal(Sum(U[s, a] * g[a], (a, 1, upper)), mu * f[s]), "f is an eigenvector of U U^T"),
        Assumption(equal(Sum(A[c, k] * e[c], (c, 1, K)), f[k]), "f = A^T e, A the product above U"),
        Assumption(equal(Sum(A[r, s] * f[s], (s, 1, d)), nu * e[r]), "e is an eigenvector of A A^T"),
    ),
    source=Source("Tirer & Bruna 2022; Sukenik et al. 2023", "depth 2 and K = 2; every L derived here"),
    uses=("balancedness_decays", "mse_ufm_optimum"),
    finding="No trace inequality is needed: balance at rest carries eigenvectors from factor to factor.",
    bounds=(
        Bound(
            name="deep_ufm_optimum",
            observable="objective_over_deep_ufm_optimum",
            lower=S.One,
            floor=S.Zero,
            scope=(("activation_between", 0.0),),
            words="no state of a simulation has a smaller objective than the closed form's",
        ),
    ),
    tags=("unconstrained features", "dynamics"),
)

EXAMPLE = {  # identities throughout
    **{K: 2, n: 1, d: 2, upper: 2, width: 2, mu: 1, nu: 1},
    **{matrix: (lambda row, column: int(row == column)) for matrix in (A, U, X, P, Q, R)},
    **{vector: (lambda row: int(row == 1)) for vector in (e, f, g)},
}
