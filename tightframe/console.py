"""Where words go: people's text and progress to standard error, one JSON object to standard output."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

COLOURS = {
    "proved": "green",
    "sharpened": "green",
    "refuted": "magenta",
    "cited": "blue",
    "empirical": "blue",
    "undecided": "yellow",
    "unproved": "yellow",
    "RESPECTED": "green",
    "VIOLATED": "bold red",
    "VACUOUS": "yellow",
    "OUT_OF_SCOPE": "cyan",
    "INCONCLUSIVE": "yellow",
}


def people():
    """A rich console on standard error, as wide as the terminal, without colour where that is no terminal."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def coloured(word: str) -> str:
    """A status or an agreement, padded and in its colour, for rich."""
    colour = COLOURS.get(word)
    return f"[{colour}]{word:<13}[/]" if colour else f"{word:<13}"


def plain(text: Any) -> str:
    """The text with rich's markup made harmless."""
    return str(text).replace("[", "\\[")


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
