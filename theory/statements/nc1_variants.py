"""How the measures of within-class variability called NC1 relate: K nc1, nc1, the trace ratio, RNC1 twice, two global
means.

In the eigenbasis of S_B with eigenvalues b_l > 0 (l = 1..n), S_W has diagonal v_l there and trace `outside` on the
rest:
    tr(S_W S_B^+) = sum v_l/b_l,   trace ratio = (sum v_l + outside)/sum b_l,   RNC1 = tr S_W/max||f||^2.
The trace ratio exceeds tr(S_W S_B^+) only by outside/tr S_B; at a simplex (all b_l equal, n = K-1) they are K-1 apart.
"""

from sympy import IndexedBase, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.statement import Assumption, Every, Source, Statement, at_least, at_most, equal, less
from theory.symbols import K, d, k, l, n, r, s

between = IndexedBase("b", positive=True)
within = IndexedBase("v", nonnegative=True)
outside = Symbol("v_0", nonnegative=True)
equal_scale = Symbol("beta", positive=True)
trace = Symbol("T", nonnegative=True)
mean_norm, excess_norm = Symbol("f_mean", positive=True), Symbol("f_gap", nonnegative=True)
prior = IndexedBase("pi", nonnegative=True)
means = IndexedBase("mu", real=True)
longest = Symbol("R", positive=True)
j = Symbol("j", integer=True, positive=True)

whitened = Sum(within[l] / between[l], (l, 1, n))
inside = Sum(within[l], (l, 1, n))
trace_between = Sum(between[r], (r, 1, n))
flat_whitened = Sum(within[l] / equal_scale, (l, 1, K - 1))
flat_ratio = Sum(within[l], (l, 1, K - 1)) / ((K - 1) * equal_scale)


def class_centre(coordinate):
    """mu_G = mean of the class means, the canonical one."""
    return Sum(means[r, coordinate], (r, 1, K)) / K


def sample_centre(coordinate):
    """sum_c pi_c mu_c, the mean of all samples."""
    return Sum(prior[r] * means[r, coordinate], (r, 1, K))


def spread(centre, weight):
    return Sum(weight(s) * Sum((means[s, k] - centre(k)) ** 2, (k, 1, d)), (s, 1, K))


class_between = spread(class_centre, lambda cls: 1 / K)
centres_apart = Sum((class_centre(k) - sample_centre(k)) ** 2, (k, 1, d))


def two_dimensional(first, second):
    """(whitened, ratio) for b = (1), within variance `first` inside the span of the means and `second` outside."""
    return first, first + second


STATEMENT = Statement(
    title="What is called NC1, compared",
    words="The trace ratio is at most tr(S_W S_B^+) plus the variance outside the span of the means over tr S_B, "
    "with equality up to the factor K-1 at a simplex; the part outside is invisible to NC1, so no bound goes "
    "without it. RNC1 with the largest norm is below RNC1 with the mean norm and below the trace ratio. The two "
    "global means differ by imbalance.",
    claim=Every(
        at_most((inside + outside) / trace_between, whitened + outside / trace_between),
        equal(flat_whitened, (K - 1) * flat_ratio),
        less(two_dimensional(0, 1)[0], two_dimensional(0, 1)[1]),
        at_most(trace / (mean_norm + excess_norm) ** 2, trace / mean_norm**2),
        at_most(class_between, longest**2),
        equal(
            spread(class_centre, lambda cls: prior[cls]), spread(sample_centre, lambda cls: prior[cls]) + centres_apart
        ),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(
            at_least(longest**2 - Sum(means[s, k] ** 2, (k, 1, d)), 0), "no class mean is longer than max ||f||"
        ),
        Assumption(equal(Sum(prior[s], (s, 1, K)), 1), "class frequencies"),
    ),
    source=Source("this project", "definitions of Papyan, Han & Donoho 2020; Tirer & Bruna 2022; Sakamoto & Sato 2025"),
    uses=("collapse_metrics_invariance",),
    finding="Equal up to the factor (K-1)/K at a simplex frame; otherwise the trace ratio may be positive where NC1 "
    "is zero.",
    tags=("collapse", "definitions"),
)
