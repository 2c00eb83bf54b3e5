"""The second proof of a claim, by Rocq's kernel, beside the derivation: two chains of evidence, either one enough.

It never changes a status. The derivation alone decides that, with the attack and the check that nothing in the claim
is undefined (Rocq's division and logarithm are total, so its proof says nothing of that). Where the Rocq proof does not
check, or the recorded result is of other files, the claim keeps its derivation and `kernel` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs import rocq_check
from proofs.kernel.certificate import Outcome, checked
from proofs.kernel.rocq import Kernel
from theory.plain_text import in_text
from theory.statement import Statement

DEFINED = "sympy: nothing in the claim is undefined"


def with_second_proof(row: Mapping[str, Any], statement: Statement, compiled: bool) -> dict[str, Any]:
    """The ledger's row with `kernel` (what `rocq_check.check` says), the step by rule Kernel where it proves the goal,
    `chains` (each {"by", "trusts"}; the status rests on any one of them) and `trusts`, which unites them.

    A refuted claim has one chain: the second proof is of what holds instead, and its witness is the derivation's."""
    first = {"by": "derivation", "trusts": list(row["trusts"])}
    kernel = rocq_check.check(statement.key) if compiled else rocq_check.recorded(statement.key)
    told = dict(row) | {"kernel": kernel, "chains": [first]}
    if kernel is None or kernel["status"] not in rocq_check.ACCEPTED:
        return told
    step = Kernel(statement.goal, statement.key, compiled=compiled)
    certificate = checked(step)
    if certificate.outcome is not Outcome.PROVED or not set(certificate.domain) <= set(statement.hypotheses):
        return told
    whole = row["steps"][-1]["claim"] if row["steps"] else in_text(statement.goal)
    told["steps"] = [*row["steps"], _shown(step, certificate, kernel["seconds"], whole)]
    if row["status"] in {"proved", "sharpened"}:
        told["chains"].append({"by": kernel["theorem"], "trusts": sorted({*certificate.trusts, DEFINED})})
    return told | {"trusts": sorted({*row["trusts"], *certificate.trusts})}


def _shown(step: Kernel, certificate: Any, seconds: float, whole: str) -> dict[str, Any]:
    return {
        "rule": "Kernel",
        "outcome": str(certificate.outcome),
        "seconds": seconds,
        "evidence": certificate.evidence,
        "claim": whole,
        "words": "a second proof of the whole, " + step.words,
        "depth": 0,
        "points": 0,
        "witness": None,
    }
