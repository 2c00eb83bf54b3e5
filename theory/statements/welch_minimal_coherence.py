"""K unit vectors have max_{s != j} <v_s, v_j> >= -1/(K-1), with equality exactly at a centred equiangular family.

In the claim, `coherence` is any number that no inner product of two different vectors exceeds.
"""

from sympy import KroneckerDelta, S, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES, unit_rows
from theory.statement import Assumption, Every, Follows, Source, Statement, at_least, equal
from theory.symbols import K, d, j, k, l, s, v

coherence = Symbol("coherence", real=True)


def inner_product(first, second):
    return Sum(v[first, k] * v[second, k], (k, 1, d))


def shortfall(first, second):
    """coherence - <v_first, v_second> for two different vectors, 0 for a vector with itself."""
    return (1 - KroneckerDelta(first, second)) * (coherence - inner_product(first, second))


AT_BOUND = equal(K * (1 + (K - 1) * coherence), 0)

STATEMENT = Statement(
    title="No K unit vectors are further apart than a simplex frame",
    words="The largest inner product among K unit vectors is at least -1/(K-1); if it equals that, all inner products "
    "do and the vectors sum to zero: they form a simplex frame.",
    claim=Every(
        at_least(coherence, -1 / (K - 1)),
        Follows(AT_BOUND, equal(shortfall(s, j), 0)),
        Follows(AT_BOUND, equal(Sum(v[s, l], (s, 1, K)), 0)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        unit_rows(v, s),
        Assumption(
            at_least(shortfall(s, j), S.Zero), "no inner product of two different vectors exceeds the coherence"
        ),
    ),
    source=Source("Welch 1974; Rankin 1955", "simplex bound"),
    uses=("simplex_etf_gram",),
    tags=("geometry",),
)
