"""Collapsed states stay collapsed under the cross-entropy gradient flow, and the flow on them is solved in closed form.

W = a F^T, H = b F (x) 1_n^T with F the simplex frame: -grad_W = eps b F^T, -grad_H = (eps a/n) F (x) 1^T (loss part):
a' = eps b, b' = eps a/n. Balanced, u' = 2 u eps(u)/sqrt(n), solved by
t = (sqrt(n)/2) [(K-1) log(u/u0) + Ei(uK/(K-1)) - Ei(u0 K/(K-1))].
"""

from sympy import Derivative, KroneckerDelta, Sum, exp, sqrt

from theory.flows.collapsed_ce import FREE, SCALAR, SCALAR_DECAY, balance, equilibrium_margin, implicit_time, local_rate
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.matrices import IDENTITY, ONES, simplex_frame
from theory.objects.ufm import wrong_probability
from theory.statement import Assumption, Every, Source, Statement, at, equal, less
from theory.symbols import K, a, b, decay, eps, n, r, s, u, u0, y

FRAME = simplex_frame()
PROBABILITIES = eps * ONES + (1 - K * eps) * IDENTITY


def frame_logit(cls, target):
    """(W H)_cls,target = u <f_cls, f_target> at a simplex frame."""
    return u * (K * KroneckerDelta(cls, target) - 1) / (K - 1)


softmax = exp(frame_logit(s, y)) / Sum(exp(frame_logit(r, y)), (r, 1, K))
wrong = wrong_probability(u)
head_rate = (IDENTITY - PROBABILITIES) * (b * FRAME).T / K
feature_rate = (a * FRAME) * (IDENTITY - PROBABILITIES) / (n * K)
balanced = {b: a / sqrt(n)}
linearised = Derivative(SCALAR_DECAY.right_hand_side[0], u).doit().subs(u, SCALAR_DECAY.equilibria["collapsed"][0])

STATEMENT = Statement(
    title="The collapsed cross-entropy flow",
    words="At a simplex frame the softmax is eps off the label and 1-(K-1)eps on it; the gradient flow keeps the frame "
    "and moves only the two scales; a^2 - n b^2 is conserved; the balanced flow has an exponential-integral solution; "
    "with one weight decay it relaxes to its equilibrium at rate 2 decay alpha* (1 - (K-1) c).",
    claim=Every(
        equal(softmax, (1 - K * wrong) * KroneckerDelta(s, y) + wrong),
        equal(head_rate, eps * b * FRAME.T),
        equal(feature_rate, eps * a / n * FRAME),
        equal(FREE.chain_rule(balance), 0),
        equal(FREE.chain_rule(a * b, balanced), at(SCALAR.right_hand_side[0], {u: at(a * b, balanced)})),
        equal(Derivative(implicit_time(u, u0), u) * SCALAR.right_hand_side[0], 1),
        equal(at(implicit_time(u, u0), {u: u0}), 0),
        equal(linearised, -local_rate(equilibrium_margin)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(
            less(K, 1 / (sqrt(n) * decay)), "the weight decay is below the threshold, K c < 1 with c = sqrt(n) decay"
        ),
    ),
    source=Source("this project", "the flow of Zhu et al. 2021's model on collapsed states"),
    uses=("simplex_etf_gram", "ce_ufm_optimum"),
    tags=("unconstrained features", "dynamics"),
)
