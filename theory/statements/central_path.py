"""The central path: c_1 log omega + c_2 omega^2 + c_3 omega^4 - t is constant, with c = (N K, N, N/(4K)).

omega is a singular value of the signal-to-noise matrix under the renormalised squared-error flow with the gradient
projected: omega' = (K/N) omega/(K + omega^2)^2. So omega^4/t -> 4 K/N and the ratio of two modes tends to 1.
Multiplying all features by Sigma_W^(-1/2) instead gives N K log omega + N omega^2/2 - t, omega^2/t -> 2/N.
"""

from sympy import Derivative, oo

from theory.flows.central_path import (
    PROJECTED,
    RESCALED,
    mode_loss,
    omega,
    omega0,
    omega1,
    omega2,
    projected_clock,
    projected_rate,
    projected_time,
    rescaled_clock,
    rescaled_rate,
    rescaled_time,
)
from theory.statement import Assumption, Every, Source, Statement, Tends, equal, less
from theory.symbols import K, N

head_start = projected_clock(omega1) - projected_clock(omega2)

STATEMENT = Statement(
    title="The central path of squared error: signal to noise grows like t^(1/4)",
    words="The projected flow is a gradient flow of the least-squares loss whose clock N K log omega + N omega^2 + "
    "N omega^4/(4K) grows at rate exactly 1; omega^4/t tends to 4K/N; two modes keep the difference of their "
    "clocks, so "
    "that (omega_1/omega_2)^4 exceeds 1 by at most 4K/(N omega_2^4) times it. With rescaled features omega^2/t tends "
    "to 2/N instead.",
    claim=Every(
        equal(projected_rate(omega), -K / N * Derivative(mode_loss(omega), omega)),
        equal(Derivative(projected_clock(omega), omega) * projected_rate(omega), 1),
        equal(PROJECTED.rate_of(PROJECTED.conserved[0]), 0),
        Tends(projected_time(omega, omega0) / omega**4, omega, oo, N / (4 * K)),
        less(1, (omega1 / omega2) ** 4),
        less((omega1 / omega2) ** 4, 1 + 4 * K * head_start / (N * omega2**4)),
        equal(Derivative(rescaled_clock(omega), omega) * rescaled_rate(omega), 1),
        equal(RESCALED.rate_of(RESCALED.conserved[0]), 0),
        Tends(rescaled_time(omega, omega0) / omega**2, omega, oo, N / 2),
    ),
    assumptions=(Assumption(less(1, omega1 / omega2), "mode 1 is ahead"),),
    source=Source("Han, Papyan & Donoho 2022", "section 3, with unnamed constants c_1, c_2, c_3 > 0"),
    finding="The constants are N K, N and N/(4K); the published law holds for the projected gradient, not for "
    "features that "
    "are rescaled all the time, where the quartic term is absent and omega grows like the square root of time.",
    tags=("unconstrained features", "dynamics"),
)
