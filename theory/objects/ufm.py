"""The unconstrained-features model (UFM): losses, optima and thresholds, each written once.

Free head W (K x d) and free features H (d x N), N = n K. At a collapsed state W = a M^T and H = b M (x) 1_n^T with M
the unit simplex frame, so that the logit is u = a b, the margin is alpha = u K/(K-1) and the objective

    mean cross-entropy + (decay_W/2) ||W||_F^2 + (decay_H/2) ||H||_F^2
        = log(1 + (K-1) exp(-alpha)) + (K/2) decay_W a^2 + (n K/2) decay_H b^2.

Mean squared error is (weight/2) ||W H - Y||_F^2: weight 1/N is the papers' convention, 2/(N K) that of a mean over all
entries, 2 that of a plain sum. Everything here is an expression in the symbols of theory.symbols.
"""

from sympy import Expr, Rational, Symbol, exp, log, sqrt

from theory.symbols import K, L, a, alpha, b, c, decay_H, decay_W, n, u, x

coupled_decay = sqrt(n * decay_W * decay_H)
collapse_threshold = 1 / K

# --- cross-entropy, balanced classes -------------------------------------------------------------------------------


def margin_of(logit: Expr = u) -> Expr:
    """alpha = u K/(K-1): true logit minus any other, at a simplex frame with logit u."""
    return logit * K / (K - 1)


def wrong_probability(logit: Expr = u) -> Expr:
    """eps, the softmax probability of one wrong class at a simplex frame with logit u."""
    return 1 / (K - 1 + exp(margin_of(logit)))


def collapsed_cross_entropy(logit: Expr = u) -> Expr:
    """-log p_y = log(1 + (K-1) exp(-alpha)) at a simplex frame with logit u."""
    return log(1 + (K - 1) * exp(-margin_of(logit)))


def collapsed_flatness(logit: Expr = u) -> Expr:
    """Exact relative flatness kappa = u^2 K eps (2 - K eps) at a centred simplex frame with logit u."""
    wrong = wrong_probability(logit)
    return logit**2 * K * wrong * (2 - K * wrong)


def collapsed_objective(head: Expr = a, feature: Expr = b) -> Expr:
    """The regularised objective at W = a M^T, H = b M (x) 1_n^T."""
    penalty = K * decay_W * head**2 + n * K * decay_H * feature**2
    return collapsed_cross_entropy(head * feature) + penalty / 2


def margin_objective(margin: Expr = alpha, regularisation: Expr = c) -> Expr:
    """The objective minimised over a/b at fixed margin: log(1 + (K-1) exp(-alpha)) + (K-1) c alpha."""
    return log(1 + (K - 1) * exp(-margin)) + (K - 1) * regularisation * margin


def optimal_margin(regularisation: Expr = coupled_decay) -> Expr:
    """alpha* = log(1/c - K + 1), for c < 1/K; beyond it the optimum is W = H = 0."""
    return log(1 / regularisation - K + 1)


def optimal_logit(regularisation: Expr = coupled_decay) -> Expr:
    """u* = ((K-1)/K) log(1/c - K + 1)."""
    return (K - 1) / K * optimal_margin(regularisation)


optimal_feature_norm_squared = optimal_logit() * sqrt(decay_W / (n * decay_H))
optimal_head_row_norm_squared = optimal_logit() * sqrt(n * decay_H / decay_W)


def optimal_flatness(regularisation: Expr = coupled_decay) -> Expr:
    """kappa* = u*^2 K c (2 - K c): every wrong class has probability c at the optimum."""
    return optimal_logit(regularisation) ** 2 * K * regularisation * (2 - K * regularisation)


# --- mean squared error --------------------------------------------------------------------------------------------

mse_weights = {"paper": 1 / (n * K), "mean": 2 / (n * K**2), "sum": 2 * K**0}


def mse_mode_objective(head: Expr = a, feature: Expr = b, weight: Expr = mse_weights["paper"]) -> Expr:
    """One singular direction: (weight/2) (a b - sqrt n)^2 + (decay_W/2) a^2 + (decay_H/2) b^2."""
    return weight / 2 * (head * feature - sqrt(n)) ** 2 + (decay_W * head**2 + decay_H * feature**2) / 2


def optimal_mode(weight: Expr = mse_weights["paper"]) -> Expr:
    """s* = sqrt(n) - sqrt(decay_W decay_H)/weight where that is positive, else 0: singular value of W H."""
    return sqrt(n) - sqrt(decay_W * decay_H) / weight


def mse_threshold_ratio(weight: Expr = mse_weights["paper"]) -> Expr:
    """Collapse to nonzero features iff this is < 1: K c ("paper"), K^2 c/2 ("mean"), c/(2n) ("sum")."""
    return coupled_decay / (n * weight)


def mse_feature_norm_squared(free_bias: bool, weight: Expr = mse_weights["paper"]) -> Expr:
    """||h||^2 = (s*/sqrt n) sqrt(decay_W/(n decay_H)), times (K-1)/K when a free bias takes up the mean direction."""
    norm = optimal_mode(weight) / sqrt(n) * sqrt(decay_W / (n * decay_H))
    return norm * (K - 1) / K if free_bias else norm


# --- L linear factors, mean squared error, papers' convention ------------------------------------------------------
# x is the fraction s/sqrt(n) of the target reached, drive = K Lambda with Lambda = (n prod decays)^(1/L).

drive = Symbol("K_Lambda", positive=True)


def deep_objective(fraction: Expr = x, depth: Expr = L, drive: Expr = drive) -> Expr:
    """K times the objective of one direction at balanced factors: (x - 1)^2/2 + (L/2) (K Lambda) x^(2/L)."""
    return (fraction - 1) ** 2 / 2 + depth * drive * fraction ** (Rational(2) / depth) / 2


def deep_stationarity(fraction: Expr = x, depth: Expr = L) -> Expr:
    """Nonzero equilibria solve x^(1 - 2/L) (1 - x) = K Lambda."""
    return fraction ** (1 - Rational(2) / depth) * (1 - fraction)


def deep_threshold(depth: Expr = L) -> Expr:
    """K Lambda at which the collapsed state stops being the global minimiser (L >= 3: a jump)."""
    return ((depth - 2) / (depth - 1)) ** (1 - Rational(2) / depth) / (depth - 1)


def deep_jump(depth: Expr = L) -> Expr:
    """Fraction x at which the two minima exchange: (L-2)/(L-1)."""
    return (depth - 2) / (depth - 1)


def deep_fold_fraction(depth: Expr = L) -> Expr:
    """Fraction x at which the collapsed branch ceases to exist: (L-2)/(2(L-1))."""
    return (depth - 2) / (2 * (depth - 1))


def deep_fold(depth: Expr = L) -> Expr:
    """K Lambda beyond which no nonzero equilibrium exists; above deep_threshold, so there is hysteresis."""
    return deep_stationarity(deep_fold_fraction(depth), depth)
