"""omega^4/t and omega^2/t along the two flows tend to the constants that the published law leaves unnamed."""

from sympy import Lambda

from theory.flows.central_path import omega, omega0, projected_time, rescaled_time
from theory.symbols import K, N
from theory.witnesses import Witness

WITNESS = Witness(
    words="Ten classes, 1000 samples, from omega = 1: with the projected gradient omega^4/t tends to 4K/N, with "
    "features rescaled all the time it is omega^2/t that settles, at 2/N.",
    at={K: 10, N: 1000, omega0: 1},
    names={
        "projected_time": Lambda(omega, projected_time(omega, omega0)),
        "rescaled_time": Lambda(omega, rescaled_time(omega, omega0)),
    },
    shows=(
        "100**4 / projected_time(100)",
        "1000**4 / projected_time(1000)",
        "4*K / N",
        "100**2 / rescaled_time(100)",
        "1000**2 / rescaled_time(1000)",
        "2 / N",
        "isclose(1000**4 / projected_time(1000), 4*K/N, rel_tol=1e-3)",
    ),
)
