"""The optimum of the cross-entropy unconstrained-features model with weight decay, for every head and all features.

Objective: mean cross-entropy + (decay_W/2) ||W||_F^2 + (decay_H/2) ||H||_F^2, c = sqrt(n decay_W decay_H). For K c < 1
its minimum is the entropy of (1-(K-1)c, c, ..., c), reached at the simplex frame with margin log(1/c - K + 1); for
K c >= 1 the origin is the minimiser, with value log K. Zhu et al. 2021; the closed form of the value is derived here.
"""

from sympy import Expr, IndexedBase, S, Sum, exp, log, sqrt

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import margin_objective, optimal_margin, wrong_probability
from theory.statement import Assumption, Bound, Every, Source, Statement, at, at_least, equal, less
from theory.symbols import K, W, a, alpha, b, c, d, decay_H, decay_W, i, k, l, n, r, s, u, y

H = IndexedBase("H", real=True)


def logit(cls, target, sample) -> Expr:
    """z_s of sample (target class, number) = sum_k W_sk H_k,target,sample."""
    return Sum(W[cls, k] * H[k, target, sample], (k, 1, d))


def normaliser(target, sample) -> Expr:
    return Sum(exp(logit(r, target, sample)), (r, 1, K))


samples = ((y, 1, K), (i, 1, n))
mean_loss = Sum(log(normaliser(y, i)) - logit(y, y, i), *samples) / (n * K)
head_square = Sum(W[s, l] ** 2, (s, 1, K), (l, 1, d))
feature_square = Sum(H[l, y, i] ** 2, (l, 1, d), *samples)
objective = mean_loss + decay_W / 2 * head_square + c**2 / (n * decay_W) / 2 * feature_square
entropy = -(1 - (K - 1) * c) * log(1 - (K - 1) * c) - (K - 1) * c * log(c)
balanced_penalty = K / 2 * (decay_W * a**2 + n * decay_H * b**2)

STATEMENT = Statement(
    title="The optimum of the cross-entropy unconstrained-features model",
    words="With decay_H = c^2/(n decay_W): for every head W and all features H the objective is at least the entropy "
    "of "
    "(1-(K-1)c, c, ..., c). On collapsed states it is that exactly at the margin log(1/c - K + 1), where every wrong "
    "class has probability c. The penalty of a frame at fixed logit ab is least at decay_W a^2 = n decay_H b^2.",
    claim=Every(
        at_least(objective, entropy),
        equal(margin_objective(optimal_margin(c), c), entropy),
        at_least(margin_objective(alpha, c), entropy),
        equal(at(wrong_probability(u), {u: (K - 1) / K * optimal_margin(c)}), c),
        at_least(balanced_penalty, K * sqrt(n * decay_W * decay_H) * a * b),
        less(0, optimal_margin(c)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(K, 1 / c), "the weight decay is below the threshold, K c < 1"),
    ),
    source=Source("Zhu et al. 2021", "Theorem 3.1; value and full proof by Gibbs' inequality derived here"),
    uses=("simplex_etf_gram",),
    bounds=(
        Bound(
            name="ce_ufm_optimum",
            observable="objective_over_ce_ufm_optimum",
            lower=S.One,
            floor=S.Zero,
            words="no state of a simulation has a smaller objective than the closed form's",
        ),
    ),
    tags=("unconstrained features",),
)
