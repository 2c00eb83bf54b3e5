"""The last-layer Hessian of cross-entropy is (diag p - p p^T) (x) phi phi^T, positive semidefinite at every point.

For one sample; the empirical Hessian is the mean over samples, and so is its quadratic form.
"""

from sympy import Derivative, IndexedBase, KroneckerDelta, Sum, Symbol

from theory.objects.assumptions import PROBABILITIES
from theory.objects.softmax_head import cross_entropy, softmax
from theory.statement import Every, Expected, Source, Statement, at_least, equal
from theory.symbols import K, W, d, i, j, k, l, p, phi, r, s, y

t = Symbol("t", integer=True, positive=True)
V = IndexedBase("V", real=True)


def direction(cls):
    """sum_k V_{cls,k} phi_k: how the logit of a class moves along the direction V."""
    return Sum(V[cls, k] * phi[k], (k, 1, d))


quadratic_form = Sum(
    V[s, k] * V[r, l] * (p[s] * KroneckerDelta(s, r) - p[s] * p[r]) * phi[k] * phi[l],
    (s, 1, K),
    (r, 1, K),
    (k, 1, d),
    (l, 1, d),
)

STATEMENT = Statement(
    title="The last-layer Hessian of cross-entropy",
    words="The second derivative of the cross-entropy in W is (diag p - p p^T) (x) phi phi^T at every W; its quadratic "
    "form is never negative: no minimum is needed.",
    claim=Every(
        equal(
            Derivative(cross_entropy(y), W[s, i], W[t, j]),
            (softmax(s) * KroneckerDelta(s, t) - softmax(s) * softmax(t)) * phi[i] * phi[j],
        ),
        equal(Sum(softmax(s), (s, 1, K)), 1),
        at_least(quadratic_form, 0),
    ),
    assumptions=(PROBABILITIES,),
    source=Source("Han et al. 2025", "Lemma A.2", "psd is used at a minimum"),
    finding="The last-layer Hessian is positive semidefinite at every point, not only at a minimum.",
    expected=Expected.SHARPENED,
    tags=("flatness",),
)
