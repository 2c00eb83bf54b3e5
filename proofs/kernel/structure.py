"""Rules that combine steps: Conjunction, Chain of inequalities, ByLemmas; and Citation, which proves nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Eq, Ge, Gt, Le, Lt
from sympy.logic.boolalg import Boolean

from proofs.kernel.certificate import Certificate, Outcome, Step, checked, follows, require
from theory.statement import Every


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Every(parts): each part is the claim of one step, in order."""

    claim: Boolean
    steps: tuple[Step, ...]
    words: str = "all parts together"

    def check(self) -> Certificate:
        parts = self.claim.args if isinstance(self.claim, Every) else (self.claim,)
        require(parts == tuple(step.claim for step in self.steps), "the parts are not the steps' claims, in order")
        return follows(self.claim, self.steps, f"{len(parts)} parts, each proved")


@dataclass(frozen=True, slots=True)
class Chain:
    """left <= ... <= right (or <, =) from links that join end to end; strict if one link is."""

    claim: Boolean
    links: tuple[Step, ...]
    words: str = ""

    def check(self) -> Certificate:
        goal, *claims = (
            c.reversed if isinstance(c, (Ge, Gt)) else c for c in (self.claim, *(x.claim for x in self.links))
        )
        ends = [goal.lhs, *(c.rhs for c in claims)]
        joined = all(isinstance(c, (Le, Lt, Eq)) and c.lhs == end for c, end in zip(claims, ends, strict=False))
        strict = any(isinstance(c, Lt) for c in claims)
        fits = isinstance(goal, Le) or (isinstance(goal, Lt) and strict)
        require(joined and ends[-1] == goal.rhs and fits, "the links do not join from the left side to the right side")
        return follows(self.claim, self.links, f"chain of {len(claims)} links")


@dataclass(frozen=True, slots=True)
class ByLemmas:
    """The step's claim; hypotheses of the step that the lemmas conclude give way to the lemmas' own domains."""

    claim: Boolean
    step: Step
    lemmas: tuple[Step, ...]
    words: str = ""

    def check(self) -> Certificate:
        require(self.claim == self.step.claim, "the claim is not the step's")
        known, own = {lemma.claim for lemma in self.lemmas}, [r for x in self.lemmas for r in checked(x).domain]
        domain = (*own, *(r for r in checked(self.step).domain if r not in known))
        words = f"by {len(self.lemmas)} lemmas: {self.step.words}"
        return follows(self.claim, (*self.lemmas, self.step), words, domain=domain)


@dataclass(frozen=True, slots=True)
class Citation:
    claim: Boolean
    reference: str
    words: str = ""

    def check(self) -> Certificate:
        require(bool(self.reference.strip()), "the reference is empty; name paper and place")
        return Certificate(self.claim, Outcome.TRUSTED, "cited, not checked", (), frozenset({self.reference}))
