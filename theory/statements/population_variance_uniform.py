"""Theorem 4.1: uniform convergence of within-class variance over networks, and the sharper tail for fixed features.

Fixed g, ||g|| <= 1, n samples: with probability 1 - delta, by Hoeffding's and McDiarmid's inequalities,
    |V - V'| <= sqrt(log(4/delta)/(2n)) + 2 (1 + sqrt(2 log(2/delta)))/sqrt(n).
Uniform over networks with layers of spectral norm s_l: order (prod s_l) B_x/B_g sqrt(d/n); beyond 1 it says nothing,
since V lies in [0, 1].
"""

from sympy import Expr, log, sqrt

from theory.statement import Expected, Quoted, Source, Statement


def fixed_feature_gap(samples: Expr, delta: Expr) -> Expr:
    """Bound on |V - V'| with probability 1 - delta for features that do not depend on the sample, ||g|| <= 1."""
    mean = 2 * (1 + sqrt(2 * log(2 / delta))) / sqrt(samples)
    return sqrt(log(4 / delta) / (2 * samples)) + mean


def uniform_order(norm_product: Expr, input_norm: Expr, feature_norm: Expr, dimension: Expr, samples: Expr) -> Expr:
    """(prod s_l) B_x/B_g sqrt(d/n), the leading term of the uniform bound without its constant and logarithms."""
    return norm_product * input_norm / feature_norm * sqrt(dimension / samples)


def samples_before_it_speaks(norm_product: Expr, input_norm: Expr, feature_norm: Expr, dimension: Expr) -> Expr:
    """Samples per class below which the uniform bound exceeds 1, the largest within-class variance there is."""
    return dimension * (norm_product * input_norm / feature_norm) ** 2


STATEMENT = Statement(
    title="Within-class variance generalises uniformly, in principle",
    words="For networks with bounded spectral norms the population within-class variance exceeds the empirical one "
    "by at most a constant times (prod s_l) B_x/B_g sqrt(d/n_c), plus sqrt(log(2/delta)/(2 n_c)). Vacuous unless "
    "n_c exceeds d ((prod s_l) B_x/B_g)^2.",
    claim=Quoted("V <= V' + C (prod s_l) (B_x/B_g) sqrt(d/n_c) + 3 sqrt(log(2/delta)/(2 n_c)), up to logarithms"),
    source=Source("Sakamoto & Sato 2025", "Theorem 4.1; contraction after Maurer 2016"),
    uses=("population_variance_gap",),
    expected=Expected.CITED,
    finding="Vacuous for trained networks: already a norm product of 10, unit inputs and features and d = 200 ask "
    "for 20000 samples per class before the bound falls below the trivial 1.",
    tags=("generalisation",),
)
