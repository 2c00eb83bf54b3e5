"""`verify`: the ledger's answer, with progress on standard error, and whether it is the recorded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# What a claim's recorded expectation allows its computed status to be.
RECORDED = {
    "proved": {"proved", "fully_proved"},
    "sharpened": {"proved", "fully_proved"},
    "refuted": {"refuted"},
    "cited": {"cited"},
    "empirical": {"empirical"},
}


def verification(keys: Sequence[str] | None, kernel: bool) -> dict[str, Any]:
    """The result of proofs.ledger.verify. Raises UsersMistake for an unknown key."""
    from proofs.ledger import verify
    from tightframe.console import people

    with people().status("checking claims") as status:
        return verify(keys, kernel=kernel, progress=lambda words: status.update(str(words)))


def unrecorded(result: Mapping[str, Any]) -> list[str]:
    """Keys of the claims whose status is not the recorded one."""
    return [claim["key"] for claim in result["claims"] if claim["status"] not in RECORDED[claim["expected"]]]
