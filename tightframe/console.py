"""Where words go: people's text and progress to standard error, one JSON object to standard output."""

from __future__ import annotations

import json
import math
import sys
from typing import Any


def people():
    """A rich console on standard error, as wide as the terminal, without colour where that is no terminal."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(line: str) -> None:
    """One plain line for people."""
    sys.stderr.write(line + "\n")


def emit(data: dict[str, Any]) -> None:
    """One JSON object on standard output, strictly valid: a number that is not finite becomes null."""
    sys.stdout.write(json.dumps(_strict(data), allow_nan=False) + "\n")


def _strict(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _strict(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_strict(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data
