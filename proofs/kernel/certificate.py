"""What a checked step says: a frozen certificate whose outcome is never a bool.

PROVED   the claim holds wherever every relation of `domain` does
ON_BOX   it holds on a bounded part of the domain, named in `domain`
REFUTED  it fails at `witness`, an exact point that satisfies the hypotheses
UNDECIDED nothing follows; TRUSTED taken from the literature, not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from sympy.logic.boolalg import Boolean


class Outcome(StrEnum):
    PROVED = "PROVED"
    ON_BOX = "ON_BOX"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    TRUSTED = "TRUSTED"


@dataclass(frozen=True, slots=True)
class Certificate:
    claim: Boolean
    outcome: Outcome
    evidence: str
    domain: tuple[Boolean, ...] = ()
    trusts: frozenset[str] = frozenset({"sympy"})
    witness: Mapping[str, str] | None = field(default=None, hash=False)

    def __bool__(self) -> Any:
        raise TypeError("a certificate is not a bool; compare its outcome")


class Step(Protocol):
    """One inference: `claim` is what it concludes, `words` why a reader believes it, `hypotheses` what it uses."""

    claim: Boolean
    words: str

    def check(self) -> Certificate: ...


@lru_cache(maxsize=None)
def checked(step: Step) -> Certificate:
    """The step's certificate, computed once per process."""
    return step.check()


def undecided(claim: Boolean, evidence: str, trusts: frozenset[str] = frozenset({"sympy"})) -> Certificate:
    return Certificate(claim, Outcome.UNDECIDED, evidence, trusts=trusts)


def merged(claim: Boolean, premises: list[Certificate], evidence: str) -> Certificate:
    """The conclusion of proved premises: domains and trusts are united. Any other premise leaves it undecided."""
    trusts = frozenset().union(*(premise.trusts for premise in premises)) | {"sympy"}
    weak = [premise for premise in premises if premise.outcome is not Outcome.PROVED]
    if weak:
        return undecided(claim, f"premise {weak[0].outcome}: {weak[0].evidence}", trusts)
    domain = tuple(dict.fromkeys(relation for premise in premises for relation in premise.domain))
    return Certificate(claim, Outcome.PROVED, evidence, domain, trusts)
