"""How the measures of equal angles called NC2 relate: Frobenius distance, its parts, and the condition number of the
means.

G_sj = <mu_s - mu_G, mu_j - mu_G> has zero row sums. With G/||G||_F against the normalised simplex Gram matrix:
    nc2^2 = 2 (1 - tr G/(sqrt(K-1) ||G||_F)),   (K-1) ||G||_F^2 - (tr G)^2 = (K-1) ||G - tr G/(K-1) (I - J/K)||_F^2
so nc2 = 0 exactly at equal norms and equal angles. The uncentred means m_s + g of a simplex have Gram eigenvalues
M^2 K/(K-1) and K ||g||^2: their condition number is anything from 1 to infinity while nc2 = 0.
"""

from sympy import IndexedBase, Integer, KroneckerDelta, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import NC2, global_mean, mean
from theory.objects.examples import OPPOSITE, table
from theory.statement import Assumption, Every, Follows, Source, Statement, equal
from theory.symbols import K, M, d, j, k, s

gram = IndexedBase("G", real=True)
trace, size, centre_square = Symbol("T", real=True), Symbol("F", positive=True), Symbol("c_0", nonnegative=True)
image = IndexedBase("x", real=True)


def simplex(first, second):
    """Entry of I - J/K."""
    return KroneckerDelta(first, second) - 1 / K


def from_simplex(first, second):
    """K (K-1) times the entry of G - tr G/(K-1) (I - J/K)."""
    return K * (K - 1) * gram[first, second] - trace * (K * KroneckerDelta(first, second) - 1)


total_square = Sum(gram[s, j] ** 2, (s, 1, K), (j, 1, K))
deviation = Sum(from_simplex(s, j) ** 2, (s, 1, K), (j, 1, K))
SCALE = (K * (K - 1)) ** 2
overlap = Sum(gram[s, j] * simplex(s, j), (s, 1, K), (j, 1, K))


def uncentred(first, second):
    """<mu_first, mu_second> with mu = m + g."""
    return Sum((mean[first, k] + global_mean[k]) * (mean[second, k] + global_mean[k]), (k, 1, d))


centred_direction = Sum(uncentred(s, j) * image[j], (j, 1, K))

EXAMPLE = {
    K: 2,
    d: 2,
    M: 1,
    gram: table((1, -1), (-1, 1)),
    trace: 2,
    mean: OPPOSITE,
    global_mean: table(0, 3),
    centre_square: Integer(9),
    image: table(1, -1),
}

STATEMENT = Statement(
    title="What is called NC2, compared",
    words="The Frobenius distance to the simplex is a function of tr G/||G||_F alone and vanishes exactly when all "
    "norms and all angles are those of a simplex. The condition number of the uncentred means of a perfect simplex "
    "depends only on where the global mean lies: it is incomparable with NC2.",
    claim=Every(
        equal(overlap, trace),
        equal(total_square - trace**2 / (K - 1), deviation / SCALE),
        Follows(equal(SCALE * total_square, SCALE * trace**2 / (K - 1)), equal(from_simplex(s, j), 0)),
        equal(Sum(uncentred(s, j), (j, 1, K)), K * centre_square),
        equal(centred_direction, M**2 * K / (K - 1) * image[s]),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(equal(Sum(gram[s, j], (j, 1, K)), 0), "rows of G sum to zero"),
        Assumption(equal(Sum(gram[s, j], (s, 1, K)), 0), "and columns"),
        Assumption(equal(Sum(gram[s, s], (s, 1, K)), trace), "T is the trace of G"),
        NC2,
        Assumption(equal(Sum(mean[s, k] * global_mean[k], (k, 1, d)), 0), "the global mean is orthogonal to the frame"),
        Assumption(equal(Sum(global_mean[k] ** 2, (k, 1, d)), centre_square), "c_0 = ||mu_G||^2"),
        Assumption(equal(Sum(image[s], (s, 1, K)), 0), "x is orthogonal to the all-ones vector"),
    ),
    source=Source("this project", "definitions of Papyan, Han & Donoho 2020; Zhu et al. 2021; Sakamoto & Sato 2025"),
    uses=("simplex_etf_gram", "collapse_metrics_invariance"),
    finding="The condition number is 1 for orthonormal means and infinite for centred ones, both perfectly collapsed.",
    tags=("collapse", "definitions"),
)
