"""Proposition 5.3: exact collapse with growing logit scale implies flatness; how loose the published bound is.

kappa <= u^2 K^3 q/(1+(K-1)q)^2 (published); kappa = u^2 K q (2+(K-2)q)/(1+(K-1)q)^2 (exact); the ratio tends to K^2/2.
"""

from sympy import Symbol, oo

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import centred_flatness, decayed, published_bound
from theory.statement import Every, Expected, Source, Statement, Tends, at, at_most, equal
from theory.symbols import K, u

bound, exact = Symbol("bound", positive=True), Symbol("kappa", positive=True)
ratio = at(bound / exact, {bound: published_bound(), exact: centred_flatness()})
sharper_bound = 2 * K * u**2 * decayed()

STATEMENT = Statement(
    title="Neural collapse with a growing logit scale implies relative flatness",
    words="At a centred simplex frame with logit scale u the published bound holds, 2 K u^2 exp(-uK/(K-1)) is sharper, "
    "relative flatness tends to 0 as u grows, and the published bound exceeds the exact value by "
    "K^2/(2+(K-2)q), which tends to K^2/2.",
    claim=Every(
        at_most(centred_flatness(), published_bound()),
        at_most(centred_flatness(), sharper_bound),
        equal(ratio, K**2 / (2 + (K - 2) * decayed())),
        Tends(centred_flatness(), u, oo, 0),
        Tends(K**2 / (2 + (K - 2) * decayed()), u, oo, K**2 / 2),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES,),
    source=Source("Han et al. 2025", "Proposition 5.3", "kappa <= lambda^2 k^3 M^4 q/(1+(k-1)q)^2"),
    uses=("flatness_at_collapse",),
    finding="The published bound is true and loose: it exceeds the exact value by a factor that tends to K^2/2.",
    expected=Expected.SHARPENED,
    tags=("flatness",),
)
