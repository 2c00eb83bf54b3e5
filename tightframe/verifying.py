"""`verify`: the ledger's answer, with progress on standard error, and whether every claim has its recorded status."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any


def verification(keys: Sequence[str] | None, kernel: bool) -> tuple[dict[str, Any], bool]:
    """The result of proofs.answers.verify, and whether all is as recorded. Raises UsersMistake for an unknown key."""
    from proofs.answers import settled, verify
    from tightframe.console import people

    finished = count(1)
    with people().status("checking claims") as status:
        result = verify(
            keys, kernel=kernel, progress=lambda key: status.update(f"{next(finished)} checked, last {key}")
        )
    return result, settled(result)
