"""CDNV as printed (class sums, sum over pairs) and as run (class means, mean over pairs); and against the trace ratio.

Balanced classes of n samples: printed = n K (K-1) run. With class means all D apart, run = mean_c V_c/D, and D is
2K/(K-1) tr S_B, so run = ((K-1)/(2K)) trace ratio; with equal V_c and any distances it is at least that.
"""

from sympy import IndexedBase, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.head_rows import apart
from theory.statement import Every, Source, Statement, at_least, equal
from theory.symbols import K, n, r, s

variance = IndexedBase("V", nonnegative=True)
square = IndexedBase("D", positive=True)
common, scatter = Symbol("D_0", positive=True), Symbol("B", positive=True)
one_variance = Symbol("V_0", nonnegative=True)


def pairs(spread, distance):
    """sum over ordered pairs of different classes of (v_s + v_r)/(2 D_sr)."""
    return Sum(apart(s, r) * (spread(s) + spread(r)) / (2 * distance(s, r)), (s, 1, K), (r, 1, K))


def distances(first, second):
    return square[first, second]


def mean_variance(cls):
    return variance[cls]


printed = pairs(lambda cls: n * variance[cls], distances)
run = pairs(mean_variance, distances) / (K * (K - 1))
run_at_simplex = pairs(mean_variance, lambda *_: 2 * K / (K - 1) * scatter) / (K * (K - 1))
run_equal_variance = pairs(lambda cls: one_variance, distances) / (K * (K - 1))
mean_distance = Sum(apart(s, r) * square[s, r], (s, 1, K), (r, 1, K)) / (K * (K - 1))

STATEMENT = Statement(
    title="CDNV as printed and as run",
    words="For balanced classes of n samples the printed form is n K (K-1) times what the code computes, so it "
    "grows with the data and with the number of classes. At equal distances of class means the code's form is "
    "(K-1)/(2K) times the trace ratio, and for equal variances never less than with the mean distance in place of "
    "the distances.",
    claim=Every(
        equal(printed, n * K * (K - 1) * run),
        equal(run_at_simplex, (K - 1) / (2 * K) * (Sum(variance[s], (s, 1, K)) / K) / scatter),
        at_least(run_equal_variance * common**2, one_variance * (2 * common - mean_distance)),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES,),
    source=Source("Han et al. 2025", "Definition 3.1 and its code; Galanti, Gyorgy & Hutter 2022"),
    uses=("nc1_variants",),
    finding="The printed definition cannot be compared between data sets: it carries a factor n K (K-1).",
    tags=("collapse", "definitions"),
)
