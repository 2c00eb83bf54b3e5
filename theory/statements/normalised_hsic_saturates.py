"""Normalised HSIC with a small ridge is nearly the rank of the label kernel, whatever the labels are.

R_K = K_c (K_c + eps N I)^(-1) has the eigenvalues lambda_a/(lambda_a + eps N), R_L likewise l_b; the squared scalar
products o_ab of their eigenvectors sum to 1 over a where K_c has full rank on all that is centred. So

    (1 - eps N/lambda_1) tr R_L <= tr(R_K R_L) <= tr R_L,      lambda_1 the least eigenvalue of K_c there,

and tr R_L = (K-1)/(1 + eps K) for the linear kernel of K balanced classes: for true labels and shuffled ones alike.
"""

from sympy import IndexedBase, Rational, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.examples import HALF, constant, table
from theory.statement import Assumption, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import K, N, i, j

eigenvalue = IndexedBase("lambda_F", positive=True)
share, kept = IndexedBase("r", nonnegative=True), IndexedBase("l", nonnegative=True)
overlap = IndexedBase("o", nonnegative=True)
least = Symbol("lambda_1", positive=True)
ridge = Symbol("epsilon_N", positive=True)
size = Symbol("n_F", integer=True, positive=True)
rank = Symbol("n_L", integer=True, positive=True)

whole = Sum(kept[j], (j, 1, rank))
measured = Sum(share[i] * kept[j] * overlap[i, j], (i, 1, size), (j, 1, rank))
of_feature = eigenvalue[i] / (eigenvalue[i] + ridge * N)
lost = ridge * N / least
of_class = N / K
of_classes = Sum(of_class / (of_class + ridge * N), (j, 1, K - 1))

EXAMPLE = {
    N: 2,
    K: 2,
    size: 2,
    rank: 1,
    eigenvalue: table(1, 2),
    share: table(Rational(50, 51), Rational(100, 101)),
    kept: constant(HALF),
    overlap: constant(HALF),
    least: 1,
    ridge: Rational(1, 100),
}

STATEMENT = Statement(
    title="Normalised HSIC with a small ridge measures a rank",
    words="Where the centred feature kernel has full rank with least eigenvalue lambda_1, normalised HSIC lies between "
    "(1 - eps N/lambda_1) tr R_L and tr R_L, whichever labels belong to which features; for the linear kernel of K "
    "balanced classes tr R_L is (K-1)/(1 + eps K). It sees dependence only where eps N is not small against the "
    "eigenvalues of the feature kernel.",
    claim=Every(
        at_least(of_feature, 1 - lost),
        at_most(of_feature, 1),
        at_least(measured, (1 - lost) * whole),
        at_most(measured, whole),
        equal(of_classes, (K - 1) / (1 + ridge * K)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(equal(Sum(overlap[i, j], (i, 1, size)), 1), "an eigenvector of R_L has length 1 in those of R_K"),
        Assumption(at_least(eigenvalue[i] - least, 0), "lambda_1 is the least eigenvalue of the feature kernel"),
        Assumption(at_least(share[i] - 1 + lost, 0), "r_i = lambda_i/(lambda_i + eps N), by the first part"),
        Assumption(at_least(1 - share[i], 0), "and by the second"),
    ),
    source=Source("this project", "the normalised HSIC of Sakamoto & Sato 2025, section 5, with its ridge"),
    finding="With the published kernels and ridge 1e-5 the value is K - 1 for shuffled labels too until the features "
    "have contracted; and the published superfluous part, nHSIC(z; x) - nHSIC(z; y), is the same within 4 % for the "
    "inputs of other samples along whole grokking runs: it measures the rank of the feature kernel, not the inputs.",
    tags=("bottleneck", "definitions"),
)
