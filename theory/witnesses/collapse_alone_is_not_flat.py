"""Ten classes, exact collapse: relative flatness rises with the logit scale before it falls."""

from sympy import Lambda

from theory.statements.collapse_alone_is_not_flat import kappa
from theory.symbols import K, x
from theory.witnesses import Witness

WITNESS = Witness(
    words="An exactly collapsed network with ten classes gets more than three times as sharp when its logits double "
    "from x = 1, and flat only far beyond the peak.",
    at={K: 10},
    names={"flatness": Lambda(x, kappa)},
    shows=("flatness(1)", "flatness(2)", "flatness(3.25)", "flatness(10)", "flatness(20)", "flatness(1) < flatness(2)"),
)
