"""Discoveries: claims with a finding, sorted by what kind of statement was found to be loose, wrong or unsupported.

discoveries(claims) -> [{"title", "words", "claims": [key]}], empty kinds left out; a claim is in the first that fits
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tightframe.report.claim_sections import DECIDED

Claim = dict[str, Any]


def _decided(claim: Claim) -> bool:
    return claim["status"] in DECIDED


def _own(claim: Claim) -> bool:
    return claim["source"].startswith("this project")


KINDS: tuple[tuple[str, str, Callable[[Claim], bool]], ...] = (
    (
        "Measures that share a name",
        "Several quantities go by the same name in the papers. What relates them is proved, and where they differ.",
        lambda claim: _decided(claim) and "definitions" in claim["tags"],
    ),
    (
        "Published theorems, made sharper or corrected",
        "Each was found while proving it. A sharpened theorem is true as published: it needs less than it says, or "
        "gives more.",
        lambda claim: _decided(claim) and not _own(claim),
    ),
    (
        "New here",
        "Not in the papers, and proved here.",
        _decided,
    ),
    (
        "Published theorems that are cited",
        "They are trusted and not proved here. What was examined is how much they say.",
        lambda claim: claim["status"] == "cited",
    ),
    (
        "Published experiments",
        "Judged on networks trained here and on the published logs, by rules that could have given either answer. The "
        "networks here are far smaller than the published ones: where they disagree, the statement does not carry over "
        "to them; that the published runs went otherwise is not said.",
        lambda claim: claim["status"] == "empirical",
    ),
)
ORDER = (1, 4, 0, 3, 2)


def discoveries(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Refuted before sharpened before proved, a witness before none; the claims are the page's own."""
    left = [claim for claim in claims if claim["finding"]]
    found: list[dict[str, Any]] = []
    for title, words, fits in KINDS:
        own = [claim for claim in left if fits(claim)]
        left = [claim for claim in left if not fits(claim)]
        found.append({"title": title, "words": words, "claims": [claim["key"] for claim in sorted(own, key=_rank)]})
    return [found[place] for place in ORDER if found[place]["claims"]]


def _rank(claim: Claim) -> tuple:
    strength = ("refuted", "sharpened", "proved", "cited", "empirical")
    return claim["witness_code"] is None, strength.index(claim["status"]), claim["key"]
