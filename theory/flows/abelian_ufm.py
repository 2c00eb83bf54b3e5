"""Cross-entropy flow of a two-factor linear model whose logits are circulant over a finite abelian group.

Z = W_2 W_1 = U diag(s) U^* with U the characters of the group (Hadamard matrix for Z_2^m, Fourier matrix for Z_K).
The softmax of a group-circulant matrix is group-circulant, so the singular vectors never move, and balanced

    s_k' = (2 s_k/K) (1 - phat_k) - 2 decay s_k,
    phat_k = sum_r chi_k(r) p_r,   p = softmax(z),   z_r = (1/K) sum_k chi_k(r) s_k.

The start is symmetric, s_k = s_{-k}, so that the logits are real and cosines can stand for the characters.
"""

from itertools import product

from sympy import Expr, Integer, Rational, Symbol, cos, exp, log, pi, sqrt

from theory.flows import Flow
from theory.statement import Source
from theory.symbols import decay

source = Source(
    "Garrod, Keating & Thrampoulidis, arXiv 2512.04006", "Hadamard initialisation; other groups are new here"
)


def elements(orders: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The elements of Z_{orders[0]} x Z_{orders[1]} x ... in lexicographic order; the first is the neutral one."""
    return list(product(*(range(order) for order in orders)))


def character(orders: tuple[int, ...], k: tuple[int, ...], r: tuple[int, ...]) -> Expr:
    """Real part of chi_k(r) = exp(2 pi i sum_j k_j r_j/orders_j)."""
    return cos(2 * pi * sum((Rational(p * q, m) for p, q, m in zip(k, r, orders, strict=True)), Integer(0)))


def singular_values(orders: tuple[int, ...]) -> tuple[Symbol, ...]:
    """One symbol s_k for each element k of the group."""
    return tuple(Symbol("s_" + "_".join(map(str, k)), positive=True) for k in elements(orders))


def logits(orders: tuple[int, ...]) -> list[Expr]:
    """z_r, the logit of class y + r for a sample of class y; r = 0 is the true class."""
    group, values = elements(orders), singular_values(orders)
    return [
        sum(character(orders, k, r) * value for k, value in zip(group, values, strict=True)) / len(group) for r in group
    ]


def probabilities(orders: tuple[int, ...]) -> list[Expr]:
    """p_r = softmax(z)_r, written with differences from the true logit so that large logits do not overflow."""
    z = logits(orders)
    weights = [exp(value - z[0]) for value in z]
    total = sum(weights)
    return [weight / total for weight in weights]


def cross_entropy(orders: tuple[int, ...]) -> Expr:
    """-log p_0."""
    z = logits(orders)
    return log(sum(exp(value - z[0]) for value in z))


def group_flow(orders: tuple[int, ...]) -> Flow:
    """The flow for the group Z_{orders[0]} x ...: (2, 2, 2) is the Hadamard case with K = 8, (5,) is cyclic, K = 5."""
    group, values, p = elements(orders), singular_values(orders), probabilities(orders)
    size = len(group)
    spectrum = [sum(character(orders, k, r) * p[place] for place, r in enumerate(group)) for k in group]
    right = tuple(2 * value * ((1 - weight) / size - decay) for value, weight in zip(values, spectrum, strict=True))
    return Flow(
        name="abelian_ufm_" + "x".join(map(str, orders)),
        state=values,
        right_hand_side=right,
        parameters=(decay,),
        decaying=((values[0], 2 * decay),),
        lyapunov=cross_entropy(orders) + decay * sum(values),
        source=source,
        words="Singular values of the logits under the cross-entropy flow, from a start circulant over the group.",
    )


def mode_names(orders: tuple[int, ...]) -> list[str]:
    """mode_0, mode_1, ...: the observables' names of s_k, in the order of `elements`."""
    return [f"mode_{place}" for place in range(len(elements(orders)))]


def observables(orders: tuple[int, ...]) -> dict[str, Expr]:
    """What is measured along `group_flow(orders)`."""
    values = singular_values(orders)
    modes = dict(zip(mode_names(orders), values, strict=True))
    wrong = 1 - probabilities(orders)[0]
    loss = cross_entropy(orders)
    return {
        **modes,
        "train_loss": loss,
        "objective": loss + decay * sum(values),
        "mean_wrong_probability": wrong,
        "head_norm": sqrt(sum(values)),
        "classes": Integer(len(values)),
    }
