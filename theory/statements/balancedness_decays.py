"""Consecutive linear layers forget their imbalance at twice the weight decay, under any loss.

D = W_2^T W_2 - W_1 W_1^T obeys D(t) = exp(-2 lambda_0 t) D(0) along gradient flow with weight decay lambda_0.
"""

from sympy import Derivative, IndexedBase, S, Sum, Symbol, exp

from theory.flows.deep_linear import PAIR, W_1, W_2, balancedness, width_in, width_out
from theory.objects.entries import entry, indexed, rate_along
from theory.statement import Bound, Every, Source, Statement, equal
from theory.symbols import decay, i, j, k, l, r, s, t

imbalance = entry(balancedness, i, j)
slope = IndexedBase("E", real=True)  # dL/d(W_2 W_1), any loss of the product, whatever the other layers are
product_slope = Sum(
    slope[k, l] * Derivative(entry(W_2 * W_1, k, l), indexed(W_2)[s, r]), (k, 1, width_out), (l, 1, width_in)
)
product_slope_below = Sum(
    slope[k, l] * Derivative(entry(W_2 * W_1, k, l), indexed(W_1)[r, s]), (k, 1, width_out), (l, 1, width_in)
)
lower = indexed(W_1)
upper = indexed(W_2)

STATEMENT = Statement(
    title="Imbalance of consecutive linear layers decays at twice the weight decay",
    words="For any loss of the product of two consecutive linear layers, wherever they stand in the network, "
    "gradient "
    "flow with weight decay lambda_0 on both multiplies W_2^T W_2 - W_1 W_1^T by exp(-2 lambda_0 t), entry by entry.",
    claim=Every(
        equal(product_slope, Sum(slope[s, l] * lower[r, l], (l, 1, width_in))),
        equal(product_slope_below, Sum(upper[k, r] * slope[k, s], (k, 1, width_out))),
        equal(rate_along(PAIR, imbalance), -2 * decay * imbalance),
        equal(Derivative(exp(2 * decay * t), t) * imbalance + exp(2 * decay * t) * rate_along(PAIR, imbalance), S.Zero),
    ),
    source=Source("Jacot, Sukenik, Wang & Mondelli 2025", "balancedness in Theorem 4.4; the exact law is derived here"),
    bounds=(
        Bound(
            name="balancedness_decays",
            observable="balancedness_defect",
            upper=1000 * Symbol("rtol"),
            floor=S.Zero,
            ceiling=S.One,
            scope=(("activation_between", 0.0), ("unequal_decay", 0.0), ("step", 0.0)),
            words="||D(t) - exp(-2 lambda_0 t) D(0)||_F over the layers' squared norms at the start: the error of "
            "the integration, of which rtol is the share of a step",
        ),
    ),
    tags=("dynamics",),
)
