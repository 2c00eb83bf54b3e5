"""What a thousandfold sample does to the bound at 512 feature dimensions."""

from theory.statements.flatness_generalisation_bound import rate_exponent, samples_to_halve
from theory.symbols import d
from theory.witnesses import Witness

WITNESS = Witness(
    words="The rate alone, at feature dimension 512: what is left of the bound after a thousandfold larger sample, "
    "and how many times the samples halve it.",
    at={d: 512},
    names={"exponent": rate_exponent(d), "to_halve": samples_to_halve(d)},
    shows=("exponent", "1000**exponent", "to_halve", "1000**exponent > 0.97"),
)
