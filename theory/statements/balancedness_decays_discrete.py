"""One step of gradient descent keeps (1 - eta lambda_0)^2 of the imbalance and adds an eta^2 term, exactly.

D+ = (1 - eta lambda_0)^2 D + eta^2 (W_1 G^T G W_1^T - W_2^T G G^T W_2), so descent stops at a floor eta g/(lambda_0
(2 - eta lambda_0)) where the added term is at most eta^2 g; the flow has no floor.
"""

from sympy import Symbol

from theory.flows.deep_linear import balancedness, balancedness_after_step, eta, step_defect
from theory.objects.entries import entry
from theory.statement import Assumption, Every, Source, Statement, at_most, equal, less
from theory.symbols import decay, i, j

size = Symbol("D_k", nonnegative=True)  # |x^T D x| at step k, for one unit vector x
added = Symbol("g_k", nonnegative=True)  # |x^T (W_1 G^T G W_1^T - W_2^T G G^T W_2) x| at step k
largest = Symbol("g", nonnegative=True)
start = Symbol("D_0", nonnegative=True)
factor = Symbol("rho_k", nonnegative=True)  # (1 - eta lambda_0)^(2 k)

kept = (1 - eta * decay) ** 2
floor = eta * largest / (decay * (2 - eta * decay))
next_size = kept * size + eta**2 * added

STATEMENT = Statement(
    title="Imbalance under gradient descent: the same decay, and a floor",
    words="One step of size eta multiplies W_2^T W_2 - W_1 W_1^T by (1 - eta lambda_0)^2 and adds eta^2 times a "
    "difference "
    "of squared gradients. While that difference is at most g, the bound start rho_k + floor passes from step k "
    "to k + 1 "
    "with rho multiplied by (1 - eta lambda_0)^2.",
    claim=Every(
        equal(
            entry(balancedness_after_step(), i, j),
            kept * entry(balancedness, i, j) + entry(step_defect, i, j),
        ),
        at_most(next_size, start * kept * factor + floor),
    ),
    assumptions=(
        Assumption(less(eta * decay, 2), "the step is below the stability limit of the decay alone"),
        Assumption(at_most(added, largest), "the added term is at most eta^2 g"),
        Assumption(at_most(size, start * factor + floor), "the bound holds at step k"),
    ),
    source=Source("Jacot, Sukenik, Wang & Mondelli 2025", "Theorem 4.4 bounds it; the exact step is derived here"),
    uses=("balancedness_decays",),
    finding="The flow has no floor; descent has one, eta g/(lambda_0 (2 - eta lambda_0)): balance needs small "
    "steps too.",
    tags=("dynamics",),
)
