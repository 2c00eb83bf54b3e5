"""Generalisation gap = representativeness + feature robustness, exactly.

E(f) - E_emp = [E(f) - (1/N) sum_i E_A loss(phi_i + A phi_i)] + E_A (1/N) sum_i [loss(phi_i + A phi_i) - loss(phi_i)].
"""

from sympy import IndexedBase, Sum, Symbol

from theory.statement import Assumption, Source, Statement, equal
from theory.symbols import N, i, j, n

population = Symbol("E_f", real=True)
loss = IndexedBase("ell", real=True)
moved_loss = IndexedBase("ell_A", real=True)
law = IndexedBase("P", nonnegative=True)

empirical = Sum(loss[i], (i, 1, N)) / N
around = Sum(law[j] * moved_loss[i, j], (j, 1, n), (i, 1, N)) / N
representativeness = population - around
robustness = Sum(law[j] * Sum(moved_loss[i, j] - loss[i], (i, 1, N)) / N, (j, 1, n))

STATEMENT = Statement(
    title="The generalisation gap splits into representativeness and feature robustness",
    words="For any law of perturbations A_j, the gap between population and empirical risk is the "
    "representativeness of the sample under the local densities that the law induces, plus the mean feature "
    "robustness. A finite law stands for any: only linearity and total mass one are used.",
    claim=equal(population - empirical, representativeness + robustness),
    assumptions=(Assumption(equal(Sum(law[j], (j, 1, n)), 1), "the perturbations have a probability law"),),
    source=Source("Petzka et al. 2021", "decomposition before Theorem 5"),
    tags=("generalisation",),
)
