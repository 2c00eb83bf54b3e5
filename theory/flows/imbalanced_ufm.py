"""Cross-entropy flow with K_A classes of n_A samples and K_B classes of n_B samples: exact reduction to seven numbers.

Head rows and features that are symmetric within the two blocks of classes stay so:
    w_s = a_A (e_s - 1_A/K_A) + w v_s r   for s in block A,   h_y = b_A (e_y - 1_A/K_A) + g_A r   for y in block A,
and the same with B; v is the unit sum-zero vector that is constant on the blocks, r one more feature direction (so
K - 1 directions in all).

Minority collapse: the linearisation of (a_B, b_B) at 0 grows iff n_B > N^2 decay_W decay_H, whatever the majority does;
beyond that the rows of all minority classes shrink to one point. With vanishing decay the geometry is that of SELI:
a_A^2 = sqrt(n_A), a_A b_A = 1, and so on, up to one common scale.
"""

from sympy import Abs, Expr, Min, Rational, Symbol, exp, log, sqrt

from theory.flows import Flow, gradient_of
from theory.statement import Source
from theory.symbols import decay_H, decay_W

K_A, K_B, n_A, n_B = (Symbol(name, integer=True, positive=True) for name in ("K_A", "K_B", "n_A", "n_B"))
a_A, b_A, a_B, b_B = (Symbol(name, real=True) for name in ("a_A", "b_A", "a_B", "b_B"))
w, g_A, g_B = (Symbol(name, real=True) for name in ("w", "g_A", "g_B"))

samples = K_A * n_A + K_B * n_B
v_A = sqrt(K_B / (K_A * (K_A + K_B)))
v_B = -sqrt(K_A / (K_B * (K_A + K_B)))


def margins(block: str) -> tuple[Expr, Expr]:
    """Margin of a sample of the block ("A" or "B") over another class of its block, and over a class of the other."""
    head, feature, size, mean, own, other = {
        "A": (a_A, b_A, K_A, g_A, v_A, v_B),
        "B": (a_B, b_B, K_B, g_B, v_B, v_A),
    }[block]
    return head * feature, head * feature * (1 - 1 / size) + w * mean * (own - other)


def cross_entropy(block: str) -> Expr:
    """-log p_y of a sample of the block."""
    near, far = margins(block)
    own, other = (K_A, K_B) if block == "A" else (K_B, K_A)
    return log(1 + (own - 1) * exp(-near) + other * exp(-far))


loss = (K_A * n_A * cross_entropy("A") + K_B * n_B * cross_entropy("B")) / samples
head_squared = (K_A - 1) * a_A**2 + (K_B - 1) * a_B**2 + w**2
features_squared = n_A * ((K_A - 1) * b_A**2 + K_A * g_A**2) + n_B * ((K_B - 1) * b_B**2 + K_B * g_B**2)
objective = loss + (decay_W * head_squared + decay_H * features_squared) / 2

STATE = (a_A, b_A, a_B, b_B, w, g_A, g_B)
LENGTHS = (K_A - 1, n_A * (K_A - 1), K_B - 1, n_B * (K_B - 1), 1, n_A * K_A, n_B * K_B)

BLOCKS = Flow(
    name="imbalanced_ufm",
    state=STATE,
    right_hand_side=gradient_of(objective, STATE, LENGTHS),
    parameters=(K_A, K_B, n_A, n_B, decay_W, decay_H),
    lyapunov=objective,
    equilibria={"origin": tuple(0 * part for part in STATE)},
    words="Two blocks of classes of different sizes, features symmetric within each block.",
)

FREE = Flow(
    name="imbalanced_ufm_free",
    state=STATE,
    right_hand_side=BLOCKS.restricted({decay_W: 0, decay_H: 0}),
    parameters=(K_A, K_B, n_A, n_B),
    conserved=(a_A**2 - n_A * b_A**2, a_B**2 - n_B * b_B**2, w**2 - n_A * K_A * g_A**2 - n_B * K_B * g_B**2),
    lyapunov=loss,
    words="The same without weight decay.",
)

# >= 1: the minority (majority) classes collapse onto one point
minority_ratio = samples * sqrt(decay_W * decay_H / n_B)
majority_ratio = samples * sqrt(decay_W * decay_H / n_A)

seli_source = Source("Thrampoulidis, Kini, Vakilian & Behnia (2022), arXiv 2208.05512", "Theorem 1, SELI geometry")

# singular values of the SELI matrix Y - 1 1^T/K: K_A - 1 times, K_B - 1 times, once
seli_values = (sqrt(n_A), sqrt(n_B), sqrt((n_A * K_B + n_B * K_A) / (K_A + K_B)))
SELI = {
    a_A: n_A ** Rational(1, 4),
    b_A: n_A ** Rational(-1, 4),
    a_B: n_B ** Rational(1, 4),
    b_B: n_B ** Rational(-1, 4),
    w: sqrt(seli_values[2]),
    g_A: v_A / sqrt(seli_values[2]),
    g_B: v_B / sqrt(seli_values[2]),
}

OBSERVABLES = {
    "train_loss": loss,
    "objective": objective,
    "head_norm": sqrt(head_squared),
    "majority_spread": Abs(a_A),
    "minority_spread": Abs(a_B),
    "margin_min": Min(*margins("A"), *margins("B")),
    "classes": K_A + K_B,
}
