"""Signal-to-noise ratios of the renormalised features on the central path, under mean squared error.

The head is always the least-squares head, the features keep within-class covariance I, and omega is a singular value of
the class-mean matrix. Two ways of keeping the covariance give two laws:

    projected (the gradient is projected on the tangent space):  omega' = (K/N) omega/(K + omega^2)^2
        N K log omega + N omega^2 + N omega^4/(4 K) = t + const:   omega ~ (4 K t/N)^(1/4)
    rescaled (after each step all features are multiplied by Sigma_W^(-1/2)):  omega' = (1/N) omega/(K + omega^2)
        N K log omega + N omega^2/2 = t + const:                   omega ~ (2 t/N)^(1/2)

Rescaling moves the class means too, projecting does not; both make the ratios of different modes tend to 1.
"""

from sympy import Expr, Rational, Symbol, log

from theory.flows import Flow
from theory.statement import Source
from theory.symbols import K, N, t

omega = Symbol("omega", positive=True)
omega0 = Symbol("omega_0", positive=True)
omega1, omega2 = (Symbol(f"omega_{place}", positive=True) for place in (1, 2))

published = Source("Han, Papyan & Donoho (2022), arXiv 2106.02073", "section 3, closed-form dynamics")


def mode_loss(ratio: Expr = omega) -> Expr:
    """Contribution of one mode to the loss (1/2N) ||W H + b - Y||^2 at the least-squares head: 1/(2 (K + omega^2))."""
    return Rational(1, 2) / (K + ratio**2)


def projected_rate(ratio: Expr = omega) -> Expr:
    return K / N * ratio / (K + ratio**2) ** 2


def rescaled_rate(ratio: Expr = omega) -> Expr:
    return ratio / (N * (K + ratio**2))


def projected_clock(ratio: Expr = omega) -> Expr:
    """A function of omega that grows at rate exactly 1: c_1 log omega + c_2 omega^2 + c_3 omega^4."""
    return N * K * log(ratio) + N * ratio**2 + N / (4 * K) * ratio**4


def rescaled_clock(ratio: Expr = omega) -> Expr:
    """A function of omega that grows at rate exactly 1 when the features are rescaled."""
    return N * K * log(ratio) + N * ratio**2 / 2


PROJECTED = Flow(
    name="central_path",
    state=(omega1, omega2),
    right_hand_side=(projected_rate(omega1), projected_rate(omega2)),
    parameters=(K, N),
    conserved=(projected_clock(omega1) - projected_clock(omega2),),
    lyapunov=mode_loss(omega1) + mode_loss(omega2),
    source=published,
    words="Two modes of the flow with the gradient projected on the tangent space of covariance I.",
)

RESCALED = Flow(
    name="central_path_rescaled",
    state=(omega1, omega2),
    right_hand_side=(rescaled_rate(omega1), rescaled_rate(omega2)),
    parameters=(K, N),
    conserved=(rescaled_clock(omega1) - rescaled_clock(omega2),),
    lyapunov=mode_loss(omega1) + mode_loss(omega2),
    words="Two modes of the flow whose features are multiplied by Sigma_W^(-1/2) all the time.",
)


# a plain step of this size turns a within-class deviation over: the head has norm omega/(K + omega^2) <= 1/(2 sqrt K)
largest_step = 4 * K * N


def one_mode(rescaled: bool = False) -> Flow:
    """The flow of a single mode omega."""
    rate = rescaled_rate(omega) if rescaled else projected_rate(omega)
    return Flow("central_path_mode", (omega,), (rate,), (K, N), lyapunov=mode_loss(omega))


def projected_time(ratio: Expr = omega, start: Expr = omega0) -> Expr:
    """Time at which omega, started at `start`, is reached under projection (exact)."""
    return projected_clock(ratio) - projected_clock(start)


def rescaled_time(ratio: Expr = omega, start: Expr = omega0) -> Expr:
    """Time at which omega, started at `start`, is reached under rescaling (exact)."""
    return rescaled_clock(ratio) - rescaled_clock(start)


projected_asymptote = (4 * K * t / N) ** Rational(1, 4)
rescaled_asymptote = (2 * t / N) ** Rational(1, 2)
OBSERVABLES = {"omega_1": omega, "train_loss": mode_loss(omega), "classes": K}
