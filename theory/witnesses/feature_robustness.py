"""At a point that is no minimum the remainder is of fourth order, with the constants of the claim."""

from sympy import Lambda

from theory.statements.feature_robustness import high, increase, low, radius, remainder, shift, weight, width
from theory.symbols import K
from theory.witnesses import Witness

WITNESS = Witness(
    words="Two classes with odds 1 : 3, far from a minimum, logits moving by +delta and -delta: the remainder over "
    "delta^4 settles at a constant instead of growing like 1/delta, and stays between the two proved constants.",
    at={K: 2, weight: (1, 3), shift: (1, -1), low: -1, high: 1},
    names={
        "increase": Lambda(radius, increase),
        "remainder": Lambda(radius, remainder),
        "smallest": -(width**4) / 192,
        "largest": width**4 / 288,
    },
    shows=(
        "increase(0.2)",
        "remainder(0.2)",
        "remainder(0.2) / 0.2**4",
        "remainder(0.1) / 0.1**4",
        "remainder(0.05) / 0.05**4",
        "smallest <= remainder(0.1) / 0.1**4 <= largest",
    ),
)
