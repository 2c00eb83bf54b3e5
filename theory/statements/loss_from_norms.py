"""Norms alone bound the cross-entropy from below: with balanced classes no network of that head and feature norm fits
better than the collapsed one, any bias, no assumption on the features.

(1/N) sum -log p_y >= log(1 + (K-1) exp(-a b K/(K-1))) where ||W||_F <= sqrt(K) a and E||h||^2 <= b^2, with equality
at the simplex frame of that head and those features. The loss falls to 0 only as fast as the norms grow.
"""

from sympy import IndexedBase, KroneckerDelta, Rational, S, Sum, Symbol, exp, log, sqrt
from sympy.codegen.cfunctions import log1p

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import collapsed_cross_entropy
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most, equal, less
from theory.statements.ce_ufm_optimum import H, feature_square, head_square, logit, samples
from theory.symbols import K, W, a, b, d, i, n, r, s, y

bias = IndexedBase("beta", real=True)


def score(cls):
    """z_cls of sample i of class y, with a bias."""
    return logit(cls, y, i) + bias[cls]


normaliser = Sum(exp(score(r)), (r, 1, K))
mean_loss = Sum(log(normaliser) - score(y), *samples) / (n * K)
collapsed_normaliser = Sum(exp(a * b * (K * KroneckerDelta(s, y) - 1) / (K - 1)), (s, 1, K))

classes, reach = Symbol("classes"), Symbol("head_norm") * Symbol("feature_norm_rms")
ROUNDED = 1 + Rational(1, 10**6)  # logits of float32 features are off by that share of ||w|| ||h||, however large
MEASURED = log1p((classes - 1) * exp(-ROUNDED * reach * sqrt(classes) / (classes - 1)))

STATEMENT = Statement(
    title="Norms alone bound the cross-entropy from below",
    words="With as many samples in every class, any head of norm at most sqrt(K) a, any features of mean square at "
    "most b^2 and any bias have a mean cross-entropy of at least log(1 + (K-1) exp(-a b K/(K-1))). The simplex frame "
    "with those norms attains it: at its norms, collapse is the best fit there is. The bound is positive: no loss of "
    "zero at finite norms.",
    claim=Every(
        at_least(mean_loss, collapsed_cross_entropy(a * b)),
        equal(log(collapsed_normaliser) - a * b, collapsed_cross_entropy(a * b)),
        less(0, collapsed_cross_entropy(a * b)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(at_most(head_square, K * a**2), "the head has a norm of at most sqrt(K) a"),
        Assumption(at_most(feature_square, n * K * b**2), "the features have a mean square of at most b^2"),
    ),
    source=Source("Zhu et al. 2021; Ji et al. 2022", "for penalised and for bounded norms; with a bias derived here"),
    uses=("ce_ufm_optimum",),
    bounds=(
        Bound(
            name="loss_from_norms",
            observable="cross_entropy",
            lower=MEASURED,
            floor=S.Zero,
            scope=(("class_imbalance", 0.0),),
            tolerance=1e-6,  # logits of float32 features
            words="log(1 + (K-1) exp(-||W||_F rms||h|| sqrt(K)/(K-1))), norms 1e-6 larger, classes of equal size",
        ),
    ),
    tags=("unconstrained features", "feature norm"),
)

EXAMPLE = {
    **{K: 2, n: 1, d: 1, a: 1, b: 1},
    W: lambda row, column: 1 if row == 1 else -1,
    H: lambda column, of, number: 1 if of == 1 else -1,
    bias: lambda row: 0,
}
