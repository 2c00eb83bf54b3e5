"""Rates of the unregularised collapsed cross-entropy flow: the loss is of order 1/(t log t), NC1 of order 1/log t
exactly.

t loss log(t) -> (K-1) sqrt(n)/2. The published O(1/t) is true and not attained. Within-class noise that the head does
not see stays constant without weight decay, tr S_W = S, while tr S_B = b^2 = u/sqrt(n), so (S/b^2) log t -> S sqrt(n)
K/(K-1): the published 1/log t for NC1 cannot be improved.
"""

from sympy import Symbol, exp, log, oo, sqrt

from theory.flows.collapsed_ce import BALANCED
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import collapsed_cross_entropy
from theory.statement import Assumption, Every, Source, Statement, Tends, at_least, at_most, more
from theory.statements.flatness_rate import growth, logit, time
from theory.symbols import K, b, n, u, x

scatter = Symbol("S", positive=True)  # tr S_W, constant without weight decay
loss = collapsed_cross_entropy(logit(x))
trace_ratio = scatter / (BALANCED[b] ** 2).subs(u, logit(x))  # tr S_W/tr S_B

STATEMENT = Statement(
    title="Without weight decay the loss falls like 1/(t log t) and NC1 like 1/log t",
    words="Along the balanced collapsed flow t loss log(t) tends to (K-1) sqrt(n)/2, and the trace ratio of a "
    "constant "
    "within-class scatter times log t tends to a positive constant, as the margin (hence the time) grows; at "
    "every time "
    "the loss lies between (K-1)/(exp(x)+K-1) and (K-1)/exp(x).",
    claim=Every(
        at_least(loss, (K - 1) / (exp(x) + K - 1)),
        at_most(loss, (K - 1) / exp(x)),
        Tends(time * loss * log(time), x, oo, (K - 1) * sqrt(n) / 2),
        Tends(trace_ratio * log(time), x, oo, scatter * sqrt(n) * K / (K - 1)),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES, Assumption(more(growth, 0), "the flow has been running, t > 0")),
    source=Source("Ji et al. 2022", "loss O(1/t) and NC metrics O(1/log t)"),
    uses=("flatness_rate", "null_space_noise_decays"),
    finding="The loss is of exact order 1/(t log t): the published rate 1/t is not attained. That of NC1 is, exactly.",
    tags=("unconstrained features", "dynamics"),
)
