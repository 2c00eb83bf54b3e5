"""Ten classes at logit scale 10: the published bound is nearly K^2/2 = 50 times the exact value."""

from theory.objects.collapse import centred_flatness, published_bound
from theory.statements.collapse_implies_flatness import sharper_bound
from theory.symbols import K, u
from theory.witnesses import Witness

WITNESS = Witness(
    words="Ten classes at logit scale u = 10: the published bound holds and is nearly K^2/2 = 50 times the exact "
    "value; the sharper one is within a tenth of a percent.",
    at={K: 10, u: 10},
    names={"exact": centred_flatness(), "published": published_bound(), "sharper": sharper_bound},
    shows=("exact", "sharper", "published", "exact <= sharper <= published", "published / exact", "K**2 / 2"),
)
