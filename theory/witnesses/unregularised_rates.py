"""Time times loss falls to zero along the flow; times log(time) it settles."""

from sympy import Lambda, Rational, sqrt

from theory.statements.flatness_rate import start, time
from theory.statements.unregularised_rates import loss
from theory.symbols import K, n, x
from theory.witnesses import Witness

WITNESS = Witness(
    words="Two classes, one sample each, from margin 1/10: along the flow t loss falls to 0, so the loss falls faster "
    "than 1/t; t loss log(t) settles at (K-1) sqrt(n)/2.",
    at={K: 2, n: 1, start: Rational(1, 10)},
    names={"time": Lambda(x, time), "loss": Lambda(x, loss), "limit": (K - 1) * sqrt(n) / 2},
    shows=(
        "time(30)",
        "time(30) * loss(30)",
        "time(120) * loss(120)",
        "time(30) * loss(30) * log(time(30))",
        "time(120) * loss(120) * log(time(120))",
        "limit",
        "time(120) * loss(120) < time(30) * loss(30) / 3",
    ),
)
