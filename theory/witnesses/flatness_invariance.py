"""One coordinate of the features stretched by 2, the head compensating: the same network, another flatness."""

from sympy import Lambda

from theory.statements.flatness_invariance import witness_flatness
from theory.symbols import a
from theory.witnesses import Witness

WITNESS = Witness(
    words="Feature (1 + a, 1) and rows (1/(1 + a), -1), (-1/(1 + a), 1): both logits are 0 however much a the first "
    "coordinate is stretched, and relative flatness is not the same.",
    at={},
    names={"flatness": Lambda(a, witness_flatness(a + 1))},
    shows=("flatness(0)", "flatness(1)", "flatness(1) == 25/4", "flatness(1) > flatness(0)"),
)
