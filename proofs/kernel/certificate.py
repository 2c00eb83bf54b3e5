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
from functools import cache
from typing import Any, Protocol

from sympy.logic.boolalg import Boolean

from proofs.algebra.balls import NoBall
from proofs.algebra.signs import undefined
from proofs.algebra.symmetric import OutsideAlgebra

SYMPY = frozenset({"sympy"})
Outcome = StrEnum("Outcome", {name: name for name in ("PROVED", "ON_BOX", "REFUTED", "UNDECIDED", "TRUSTED")})
Hypotheses = tuple[Boolean, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    claim: Boolean
    outcome: Outcome
    evidence: str
    domain: Hypotheses = ()
    trusts: frozenset[str] = SYMPY
    witness: Mapping[str, str] | None = field(default=None, hash=False)

    def __bool__(self) -> Any:
        raise TypeError("a certificate is not a bool; compare its outcome")


class Step(Protocol):
    """One inference: `claim` is what it concludes, `words` why a reader believes it; a stuck one raises Unproved."""

    claim: Boolean
    words: str

    def check(self) -> Certificate: ...


class Unproved(Exception):
    """A rule's condition does not hold, or is not known to; nothing follows."""


def require(holds: bool, why: str) -> None:
    if holds is not True:
        raise Unproved(why)


@cache
def checked(step: Step) -> Certificate:
    """The step's certificate, found once per process; a stuck rule is UNDECIDED."""
    try:
        return step.check()
    except (Unproved, NoBall, OutsideAlgebra) as reason:
        return Certificate(step.claim, Outcome.UNDECIDED, str(reason))


def follows(
    claim: Boolean, premises: tuple[Step, ...], evidence: str, more: Hypotheses = (), domain: Hypotheses | None = None
) -> Certificate:
    """The conclusion of proved premises: domains and trusts are united. Any other premise leaves it undecided, and so
    does one with a power or logarithm, not in the claim, that may be undefined where `domain` and earlier ones hold."""
    found = [checked(step) for step in premises]
    trusts = SYMPY.union(*(premise.trusts for premise in found))
    if domain is None:
        domain = tuple(dict.fromkeys([relation for premise in found for relation in premise.domain] + list(more)))
    facts = domain
    for premise in found:
        singular, facts = undefined(premise.claim, facts, claim), (*facts, premise.claim)
        if premise.outcome is not Outcome.PROVED or singular is not None:
            why = f"{singular} may be undefined" if singular else f"premise {premise.outcome}: {premise.evidence}"
            return Certificate(claim, Outcome.UNDECIDED, why, (), trusts)
    return Certificate(claim, Outcome.PROVED, evidence, domain, trusts)
