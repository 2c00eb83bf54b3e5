"""The printed sharpness of the CIFAR-10 run against the two ceilings."""

from theory.statements.surrogate_ceiling import CEILINGS, PUBLISHED, ceiling
from theory.symbols import B, K
from theory.witnesses import Witness

RUN = "ResNet-18 on CIFAR-10"
CAP, CLASSES = CEILINGS[RUN]

WITNESS = Witness(
    words="The value printed for ResNet-18 on CIFAR-10 with ||W||_F at most 50 is 98.2 % of what the surrogate can be "
    "at all, and more than relative flatness can be.",
    at={B: CAP, K: CLASSES},
    names={"printed": PUBLISHED[RUN], "surrogate_ceiling": ceiling(B, K), "flatness_ceiling": B**2 / 2},
    shows=(
        "printed",
        "surrogate_ceiling",
        "printed / surrogate_ceiling",
        "flatness_ceiling",
        "flatness_ceiling < printed <= surrogate_ceiling",
    ),
)
