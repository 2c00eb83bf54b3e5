"""The ledger's answer, kept whole: where no file has changed, no statement is loaded and no claim is looked at again.

The hash covers every file that an answer rests on, so a stale one cannot be found. Kept is only an answer in which all
is as recorded: whatever is wrong, or was cut off by its time budget, is computed again, and so is what coqc says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from proofs import cache

MOST = 20  # answers that are kept, of 0.4 MB where they are of the whole ledger


def verify(
    keys: Sequence[str] | None = None, kernel: bool = False, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """What `proofs.ledger.verify` says of the same keys (default: every claim), kept or new."""
    place = cache.place_of_answer(keys)
    if not kernel and (kept := cache.recall(place)) is not None:
        return kept
    from proofs import ledger  # loads SymPy: a kept answer is there before that

    answer = ledger.verify(keys, kernel, progress)
    if not kernel and settled(answer):
        cache.keep(place, answer)
        cache.keep_newest("answer-*.json", MOST)
    return answer


def settled(report: dict[str, Any]) -> bool:
    """Whether every claim has the status that its statement expects, every file loaded, and no Rocq proof failed.

    A proof that coqc rejects is a fault; one that could not be tried (no coqc, a missing library) is a message."""
    rejected = any((row.get("kernel") or {}).get("status") in {"failed", "timed out"} for row in report["claims"])
    as_expected = all(row["status"] == row["expected"] and row["fully"] for row in report["claims"])
    return not report["problems"] and not rejected and as_expected
