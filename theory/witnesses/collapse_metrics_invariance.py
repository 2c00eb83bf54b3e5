"""RNC1 of the same two features about another origin; NC3's cosine in another gauge."""

from sympy import Lambda

from theory.statements.collapse_metrics_invariance import ROW, SHIFT, aligned, relative_variance
from theory.statements.collapse_metrics_invariance import WITNESS as VALUES
from theory.symbols import a
from theory.witnesses import Witness

WITNESS = Witness(
    words="The features -1 and 1, then both moved by 1: the same cloud, another RNC1. A row (1, 0) along its class "
    "mean, then all rows moved by (0, 3): the same predictions, another NC3.",
    at=VALUES,
    names={"rnc1": Lambda(a, relative_variance(a)), "squared_cosine": aligned(ROW, SHIFT)},
    shows=("rnc1(0)", "rnc1(1)", "rnc1(1) < rnc1(0)", "squared_cosine", "squared_cosine < 1"),
)
