"""Consecutive linear layers under any loss: balancedness decays at twice the weight decay.

    W_1' = W_2^T G - decay W_1,   W_2' = G W_1^T - decay W_2,   D = W_2^T W_2 - W_1 W_1^T,   D' = -2 decay D

G stands for minus the gradient of the loss in the product W_2 W_1, whatever it is (so also for layers in the middle of
a deep network, with G pulled back). One gradient step of size eta gives exactly
    D+ = (1 - eta decay)^2 D + eta^2 (W_1 G^T G W_1^T - W_2^T G G^T W_2).
"""

from sympy import MatrixExpr, MatrixSymbol, Symbol

from theory.flows import Flow
from theory.symbols import decay

width_out, width_mid, width_in = (Symbol(f"d_{place}", integer=True, positive=True) for place in (2, 1, 0))
eta = Symbol("eta", positive=True)

W_1 = MatrixSymbol("W_1", width_mid, width_in)
W_2 = MatrixSymbol("W_2", width_out, width_mid)
G = MatrixSymbol("G", width_out, width_in)

balancedness = W_2.T * W_2 - W_1 * W_1.T

PAIR = Flow(
    name="deep_linear_pair",
    state=(W_1, W_2),
    right_hand_side=(W_2.T * G - decay * W_1, G * W_1.T - decay * W_2),
    parameters=(G, decay),
    decaying=((balancedness, 2 * decay),),
    words="Two consecutive linear layers of any network; G is minus the loss gradient in their product.",
)

FREE = Flow(
    name="deep_linear_pair_free",
    state=(W_1, W_2),
    right_hand_side=(W_2.T * G, G * W_1.T),
    parameters=(G,),
    conserved=(balancedness,),
    words="Two consecutive linear layers without weight decay.",
)


def balancedness_after_step() -> MatrixExpr:
    """D after one gradient step of size eta on PAIR, as it comes out of the definition."""
    return PAIR.after_step(balancedness, eta)


# what the step adds to (1 - eta decay)^2 D; coupled and decoupled decay coincide without momentum
step_defect = eta**2 * (W_1 * G.T * G * W_1.T - W_2.T * G * G.T * W_2)
