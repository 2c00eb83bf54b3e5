"""Rules that combine proved steps: Conjunction, Chain, Instance, Transfer along an equation, and Citation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Eq, Expr, Ge, Gt, Le, Lt, Symbol
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Outcome, Step, checked, merged, undecided
from proofs.kernel.normal_form import vanishes
from proofs.kernel.signs import NONNEGATIVE, POSITIVE, sign
from theory.statement import Every


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Every(parts): each part is the claim of one step, in order."""

    claim: Boolean
    steps: tuple[Step, ...]
    words: str = "all parts together"

    def check(self) -> Certificate:
        parts = self.claim.parts if isinstance(self.claim, Every) else (self.claim,)
        if parts != tuple(step.claim for step in self.steps):
            return undecided(self.claim, "the parts are not the claims of the steps, in order")
        return merged(self.claim, [checked(step) for step in self.steps], f"{len(parts)} parts, each proved")


@dataclass(frozen=True, slots=True)
class Chain:
    """left <= ... <= right (or <, =) from links that join end to end; strict if one link is."""

    claim: Boolean
    links: tuple[Step, ...]
    words: str = ""

    def check(self) -> Certificate:
        claims = [link.claim.reversed if isinstance(link.claim, (Ge, Gt)) else link.claim for link in self.links]
        goal = self.claim.reversed if isinstance(self.claim, (Ge, Gt)) else self.claim
        ends = [goal.lhs, *(c.rhs for c in claims)]
        joined = all(isinstance(c, (Le, Lt, Eq)) and c.lhs == end for c, end in zip(claims, ends, strict=False))
        strict = any(isinstance(c, Lt) for c in claims)
        if (
            not joined
            or ends[-1] != goal.rhs
            or not isinstance(goal, (Le, Lt))
            or (isinstance(goal, Lt) and not strict)
        ):
            return undecided(self.claim, "the links do not join from the left side to the right side")
        return merged(self.claim, [checked(link) for link in self.links], f"chain of {len(claims)} links")


@dataclass(frozen=True, slots=True)
class Instance:
    """A proved step with its (universally quantified) symbols replaced by expressions of the same sign and kind."""

    claim: Boolean
    step: Step
    values: Mapping[Symbol, Expr] = field(hash=False)
    hypotheses: tuple[Boolean, ...] = ()
    words: str = ""

    def check(self) -> Certificate:
        premise = checked(self.step)
        for symbol, value in self.values.items():
            needed = POSITIVE if symbol.is_positive else NONNEGATIVE if symbol.is_nonnegative else 0
            if sign(value, self.hypotheses) < needed or (symbol.is_integer and not value.is_integer):
                return undecided(self.claim, f"{value} may not stand for {symbol}: sign or kind differs")
        if self.step.claim.xreplace(dict(self.values)) != self.claim:
            return undecided(self.claim, "the claim is not that instance of the step")
        domain = tuple(relation.xreplace(dict(self.values)) for relation in premise.domain)
        instance = merged(self.claim, [premise], f"instance of: {premise.evidence}")
        return Certificate(
            self.claim, instance.outcome, instance.evidence, (*domain, *self.hypotheses), instance.trusts
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """The claim is the step's relation up to identities: both sides differ from the step's by expressions that vanish."""

    claim: Boolean
    step: Step
    hypotheses: tuple[Boolean, ...] = ()
    words: str = ""

    def check(self) -> Certificate:
        source = self.step.claim
        if self.claim.func is not source.func or self.claim.func not in (Eq, Ge, Gt, Le, Lt):
            return undecided(self.claim, "the relations are of different kinds")
        if not all(vanishes(a - b, self.hypotheses) for a, b in zip(self.claim.args, source.args, strict=True)):
            return undecided(self.claim, "the sides are not identical to the step's")
        proved = merged(self.claim, [checked(self.step)], "the same relation after rewriting both sides exactly")
        return Certificate(
            self.claim, proved.outcome, proved.evidence, (*proved.domain, *self.hypotheses), proved.trusts
        )


@dataclass(frozen=True, slots=True)
class Citation:
    claim: Boolean
    reference: str
    words: str = ""

    def check(self) -> Certificate:
        if not self.reference.strip():
            return undecided(self.claim, "the reference is empty; name paper and place")
        return Certificate(
            self.claim, Outcome.TRUSTED, f"not checked: {self.reference}", (), frozenset({self.reference})
        )
