"""Discoveries at one exact point: formulas of a statement, the point, and what to print. ONE FILE PER CLAIM, same stem.

A witness is evidence for the eye, not for the ledger: the proof stands without it. Its formulas are the statement's own
objects, so that what is printed on the page cannot drift from what is proved.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Witness:
    """`at`: symbols to numbers, indexed bases to tuples (rows of rows), counted from 1. `names`: Python names to
    formulas, or to Lambdas, in the order in which they may use each other as symbols. `shows`: Python expressions in
    those names; each is printed with its value, and a comparison has to be true."""

    words: str
    at: Mapping[Any, Any]
    names: Mapping[str, Any]
    shows: tuple[str, ...] = field(default=())


def keys() -> list[str]:
    """Claims that have a witness."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def witness(key: str) -> Witness | None:
    """The witness of a claim, None where nobody has written one."""
    return importlib.import_module(f"{__name__}.{key}").WITNESS if key in keys() else None
