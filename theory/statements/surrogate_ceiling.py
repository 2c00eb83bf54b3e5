"""With unit features and ||W||_F <= B the surrogate cannot exceed B^2 (1 - 1/K); published "sharp" states sit there.

kappa itself cannot exceed B^2/2. Published kappa_hat: 2209.94 at B = 50, K = 10 (ceiling 2250), 22212.75 at B = 150,
K = 100 (ceiling 22275): 98.2 % and 99.7 % of the ceiling, where the softmax is nearly uniform and the head at its cap.
"""

from sympy import Integer, Rational, Sum

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.head_rows import SAMPLE_PROBABILITIES, head_square, p, sample_impurity, sample_variance
from theory.statement import Assumption, Every, Follows, Source, Statement, at_least, at_most, equal, less, more
from theory.symbols import B, K, N, i, r, s

CEILINGS = {"ResNet-18 on CIFAR-10": (50, 10), "ViT-tiny on ImageNet-100": (150, 100)}
PUBLISHED = {"ResNet-18 on CIFAR-10": Rational(220994, 100), "ViT-tiny on ImageNet-100": Rational(2221275, 100)}


def ceiling(cap, classes):
    return cap**2 * (1 - Integer(1) / classes)


def mean(term):
    """Over samples with unit features."""
    return Sum(term, (i, 1, N)) / N


surrogate = head_square() * mean(sample_impurity())
kappa = mean(sample_variance())
uneven = (p[i, s] - p[i, r]) ** 2
SHARES = tuple(PUBLISHED[name] / ceiling(*CEILINGS[name]) for name in CEILINGS)

STATEMENT = Statement(
    title="The surrogate's ceiling, and where the published sharp states sit",
    words="With unit features and ||W||_F <= B the surrogate is at most B^2 (1-1/K), and it is that only if every "
    "softmax is uniform; relative flatness is at most B^2/2. The two published sharp states have 98.2 % and 99.7 % "
    "of the surrogate's ceiling, more than relative flatness can be.",
    claim=Every(
        at_most(surrogate, B**2 * (1 - 1 / K)),
        Follows(equal(2 * K * N * mean(1 - 1 / K), 2 * K * N * mean(sample_impurity())), equal(p[i, s], p[i, r])),
        at_most(kappa, B**2 / 2),
        more(SHARES[0], Rational(982, 1000)),
        less(SHARES[0], Rational(983, 1000)),
        more(SHARES[1], Rational(997, 1000)),
        less(SHARES[1], Rational(998, 1000)),
        *(more(PUBLISHED[name], Rational(CEILINGS[name][0] ** 2, 2)) for name in CEILINGS),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        SAMPLE_PROBABILITIES,
        Assumption(at_least(B**2 - head_square(), 0), "||W||_F is at most B"),
    ),
    source=Source("Han et al. 2025", "anti-flatness experiments; the ceiling is derived here"),
    uses=("surrogate_dominates_flatness",),
    finding="The states called sharp have the head at its cap and the softmax near uniform: the penalty acted against "
    "confidence. Their printed values exceed B^2/2, so they cannot be relative flatness itself.",
    tags=("flatness",),
)
