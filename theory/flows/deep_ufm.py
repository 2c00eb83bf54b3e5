"""L linear factors (L - 1 weight matrices and the features) under mean squared error: one singular direction.

    w_l' = (prod_{m != l} w_m) (sqrt n - prod_m w_m)/N - decay_l w_l

Balanced with one decay, the reached fraction x = w^L/sqrt n obeys
    x' = L/(K n^(1/L)) x (x^(1-2/L) (1-x) - K Lambda),   Lambda = n^(1/L) decay,
so nonzero equilibria solve x^(1-2/L) (1-x) = K Lambda. For L >= 3 there are two of them up to a fold, the origin is
stable at every positive decay, and the state kept depends on where one comes from: hysteresis.
"""

from sympy import Abs, Expr, Mul, Symbol, sqrt, symbols

from theory.flows import Flow, gradient_of
from theory.objects.ufm import deep_objective, deep_stationarity, drive
from theory.symbols import K, L, decay, n, x

w = Symbol("w", positive=True)

BALANCED = Flow(
    name="deep_ufm_balanced",
    state=(w,),
    right_hand_side=(w ** (L - 1) * (sqrt(n) - w**L) / (n * K) - decay * w,),
    parameters=(K, n, L, decay),
    lyapunov=(w**L - sqrt(n)) ** 2 / (2 * n * K) + L * decay * w**2 / 2,
    words="All factors equal, one weight decay.",
)


def factor_rate(above: Expr, own: Expr, below: Expr) -> Expr:
    """w_l' of one factor `own`, `above` and `below` being the products of the factors over and under it."""
    return above * below * (sqrt(n) - above * own * below) / (n * K) - decay * own


# the time in which a fraction changes by its own size when the drive is of order 1
clock = K * n ** (1 / L) / L

FRACTION = Flow(
    name="deep_ufm_fraction",
    state=(x,),
    right_hand_side=(x * (deep_stationarity(x, L) - drive) / clock,),
    parameters=(K, n, L, drive),
    lyapunov=deep_objective(x, L, drive),
    words="The same in the reached fraction x = w^L/sqrt n, with drive = K Lambda.",
)


def observables(depth: int) -> dict[str, Expr]:
    """What is measured along `factors(depth)`: w_1 belongs to the features, w_depth to the head; K equal directions."""
    state = factors(depth).state
    loss = (Mul(*state) - sqrt(n)) ** 2 / (2 * n * K)
    return {
        "fraction": Mul(*state) / sqrt(n),
        "mode": Mul(*state),
        "train_loss": K * loss,
        "feature_norm": Mul(*state[:-1]) / sqrt(n),
        "unconstrained_norm": state[0] / sqrt(n),
        "head_norm": sqrt(K) * state[-1],
        "balancedness": Abs(state[-1] ** 2 - state[-2] ** 2),
        "classes": K,
    }


def drive_of(decay_value: Expr = decay, depth: Expr = L) -> Expr:
    """K Lambda = K n^(1/L) decay, for one decay shared by all L factors."""
    return K * n ** (1 / depth) * decay_value


def factors(depth: int, *, equal_decay: bool = False) -> Flow:
    """The flow of `depth` unequal factors w_1..w_depth, with decays lambda_1..lambda_depth or one for all."""
    state = symbols(f"w_1:{depth + 1}", positive=True)
    decays = (decay,) * depth if equal_decay else symbols(f"lambda_1:{depth + 1}", positive=True)
    loss = (Mul(*state) - sqrt(n)) ** 2 / (2 * n * K)
    loss += sum(rate * factor**2 for rate, factor in zip(decays, state, strict=True)) / 2
    gaps = tuple(later**2 - former**2 for former, later in zip(state, state[1:], strict=False))
    right = gradient_of(loss, state)
    return Flow(
        name=f"deep_ufm_{depth}_factors",
        state=state,
        right_hand_side=right,
        parameters=(K, n, *dict.fromkeys(decays)),
        decaying=tuple((gap, 2 * decay) for gap in gaps) if equal_decay else (),
        lyapunov=loss,
        equilibria={"origin": tuple(0 * factor for factor in state)},
        words=f"{depth} factors of one singular direction.",
    )
