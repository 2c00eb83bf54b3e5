"""Small training error and balanced linear layers force small within-class variance (NC1), in closed form.

||W h - Y||_F <= eps_1, x^T (U U^T - W^T W) x <= eps_2 ||x||^2 off the rows of W, operator norms ||X||, ||h||, ||W||
<= r: N tr S_W <= tau^2 eps_1^2 + (d - K) eps_2 r^2 < Psi^2, tau = r/(sqrt n - eps_1), Psi = r (eps_1/(sqrt n - eps_1)
+ sqrt(d eps_2)); tr S_B >= (sqrt((K-1)/K) - eps_1/sqrt N)^2/r^2. Each norm enters where the proof uses it.
"""

from sympy import KroneckerDelta, Rational, Sum, Symbol, sqrt

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.balanced_head import (
    A,
    F,
    J,
    U,
    b,
    c,
    class_mean,
    e,
    g,
    global_mean,
    h,
    i,
    imbalance,
    k,
    l,
    m,
    off_rows,
    q,
    recovered,
    s,
    samples,
    score,
    unseen,
    width,
    x,
)
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most, equal, less
from theory.symbols import K, W, d, n

error, skew, bound, tau, sigma = (Symbol(name, positive=True) for name in ("eps_1", "eps_2", "r", "tau", "sigma"))
j, y = (Symbol(name, integer=True, positive=True) for name in "jy")

scatter = Sum((h[c, i, k] - class_mean(c, k)) ** 2, *samples, (k, 1, d))  # N tr S_W
between = Sum((class_mean(c, k) - global_mean(k)) ** 2, (c, 1, K), (k, 1, d))  # K tr S_B
squared_error = Sum(e[c, i, s] ** 2, (s, 1, K), *samples)
seen_part = Sum(recovered(m) ** 2, (m, 1, K), *samples)
unseen_part = Sum(off_rows(lambda row: h[c, i, row], k) ** 2, (k, 1, d), *samples)
unseen_layer = Sum(off_rows(lambda row: U[row, b], k) ** 2, (k, 1, d), (b, 1, width))
skewed = Sum(unseen(k, l) * imbalance(l, j) * unseen(k, j), (k, 1, d), (l, 1, d), (j, 1, d))
projection_size = Sum(unseen(k, l) ** 2, (k, 1, d), (l, 1, d))
pulled = Sum(W[s, k] * x[s], (s, 1, K))  # W^T x
squared_length = Sum(x[s] ** 2, (s, 1, K))
given = Sum(F[m, s] * x[s], (s, 1, K))  # F x
returned = Sum(F[q, s] * Sum(F[q, y] * x[y], (y, 1, K)), (q, 1, K))  # F^T F x
scores = Sum(W[s, k] * (class_mean(c, k) - global_mean(k)), (k, 1, d))
published = bound * (error / (sqrt(n) - error) + sqrt(d * skew))

share = Symbol("theta", positive=True)
apart = (1 - share) * (K - 1) - (1 / share - 1) * error**2 / n

ASSUMPTIONS = (
    (equal(Sum(J[m, k] * J[g, k], (k, 1, d)), KroneckerDelta(m, g)), "J has orthonormal rows"),
    (equal(Sum(F[m, s] * W[s, k], (s, 1, K)), J[m, k]), "F is the inverse of A in W = A J"),
    (equal(Sum(W[s, l] * h[c, i, l], (l, 1, d)), e[c, i, s] + KroneckerDelta(s, c)), "e = W h - Y"),
    (at_most(squared_error, error**2), "the training error ||W h - Y||_F is at most eps_1"),
    (at_most(seen_part, tau**2 * error**2), "so ||W^+ (W h - Y)||_F <= tau eps_1"),
    (at_most(unseen_part, bound**2 * unseen_layer), "h = U X with ||X|| <= r, off the rows of W"),
    (at_most(skewed, skew * projection_size), "U U^T - W^T W is at most eps_2 off the rows of W"),
    (
        at_most(Sum(Sum(e[c, i, j] * x[j], (j, 1, K)) ** 2, *samples), error**2 * squared_length),
        "||e^T x|| <= eps_1 ||x||",
    ),
    (
        at_most(Sum(Sum(h[c, i, k] * pulled, (k, 1, d)) ** 2, *samples), bound**2 * Sum(pulled**2, (k, 1, d))),
        "||h^T W^T x|| <= r ||W^T x||",
    ),
    (
        at_most(sigma**2 * Sum(returned**2, (s, 1, K)), Sum(Sum(W[s, k] * returned, (s, 1, K)) ** 2, (k, 1, d))),
        "W^T stretches F^T F x at least sigma-fold",
    ),
    (at_most(Sum(scores**2, (s, 1, K), (c, 1, K)), bound**2 * between), "||W|| <= r at the centred class means"),
    (less(error, sqrt(n)), "the error is small enough"),
    (less(share, 1), "theta is a proper fraction; the best is eps_1/sqrt(n (K-1))"),
)

STATEMENT = Statement(
    title="Balanced layers and small error force within-class collapse",
    words="N tr S_W is at most tau^2 eps_1^2 plus (d - K) eps_2 r^2: the part of the features that the head sees "
    "is off by "
    "the error divided by the head's smallest singular value 1/tau, the part that it does not see by the imbalance. "
    "That is below the published square. The head's smallest singular value is at least (sqrt n - eps_1)/r, and the "
    "class means stay apart.",
    claim=Every(
        equal(Sum(F[m, s] * (score(s) - KroneckerDelta(s, c)), (s, 1, K)), recovered(m)),
        at_most(scatter, seen_part + unseen_part),
        at_most(bound**2 * unseen_layer, bound**2 * (d - K) * skew),
        at_most(scatter, tau**2 * error**2 + bound**2 * (d - K) * skew),
        less((bound / (sqrt(n) - error)) ** 2 * error**2 + bound**2 * (d - K) * skew, published**2),
        at_least(bound**2 * Sum(pulled**2, (k, 1, d)), (sqrt(n) - error) ** 2 * squared_length),
        at_most(sigma**2 * Sum(given**2, (m, 1, K)), squared_length),
        at_least(bound**2 * between, apart),
        equal(apart.subs(share, error / sqrt(n * (K - 1))), (sqrt(K - 1) - error / sqrt(n)) ** 2),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES, *(Assumption(relation, words) for relation, words in ASSUMPTIONS)),
    source=Source("Jacot, Sukenik, Wang & Mondelli 2025", "Theorem 3.1; constants and proof derived here"),
    uses=("balancedness_decays",),
    finding="The two parts are orthogonal, so their squares add where the published bound squares their sum, and "
    "d - K "
    "dimensions count instead of d.",
    bounds=(
        Bound(
            name="variance_from_balancedness",
            observable="within_class_variance",
            upper=Symbol("balanced_variance_bound"),
            ceiling=Symbol("feature_norm_rms") ** 2,
            scope=(("hidden_nonlinearity", 1e-4),),
            words="tr S_W <= eps_1^2/(N sigma^2) + (d - r) eps_2 ||X||^2/N, the layer below the head linear",
        ),
        Bound(
            name="nc1_from_balancedness",
            observable="nc1_balancedness_bound",
            lower=Symbol("nc1_trace_ratio"),
            scope=(("hidden_nonlinearity", 1e-4),),
            words="that over the least tr S_B that the error and ||W|| allow is at least nc1_trace_ratio",
        ),
    ),
    tags=("dynamics",),
)

EXAMPLE = {  # exact fit: features e_c/2 under the head 2 I
    **{K: 2, n: 2, d: 2, width: 2, error: Rational(1, 2), skew: 1, bound: 2, tau: 1, sigma: 1, share: Rational(1, 2)},
    A: lambda row, column: 2 * int(row == column),
    F: lambda row, column: Rational(int(row == column), 2),
    J: lambda row, column: int(row == column),
    U: lambda row, column: int(row == column),
    W: lambda row, column: 2 * int(row == column),
    e: lambda of, number, row: 0,
    h: lambda of, number, column: Rational(int(of == column), 2),
    x: lambda row: 1,
}
