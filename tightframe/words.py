"""Words of the command line that need reading before typer sees them, and settings that come in pairs.

--set a=1 b=2 c=3            one option, several pairs; typer gets --set a=1 --set b=2 --set c=3
--grid decay=0.1,0.3 seed=1  the same
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from theory.errors import UsersMistake

PAIRED = ("--set", "--grid", "--map")


class WordError(UsersMistake):
    """A word of the command line that is not key=value."""


def one_pair_per_option(words: Sequence[str]) -> list[str]:
    """Repeat --set, --grid and --map before each of the pairs that follow them."""
    result: list[str] = []
    option = None
    for word in words:
        if word in PAIRED:
            option = word
            result.append(word)
        elif option and "=" in word and not word.startswith("-") and result[-1] != option:
            result += [option, word]
        else:
            option = option if result and result[-1] == option else None
            result.append(word)
    return result


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """key=value words as a mapping. Raises WordError for a word without a sign, an empty key, or a key given twice."""
    found: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key.strip():
            raise WordError(f"{option} is {word!r}, must be key=value; write for example {option} steps=1000")
        if key.strip() in found:
            raise WordError(f"{option} names {key.strip()} twice, must name it once; keep one of the two")
        found[key.strip()] = value.strip()
    return found


def columns(words: Sequence[str]) -> dict[str, str]:
    """--map words, each one pair or several with commas between: nc1=NC1,fn=feat_norm."""
    return pairs([part for word in words for part in word.split(",") if part], "--map")


def grid_points(words: Sequence[str]) -> list[list[str]]:
    """All combinations of `k=v1,v2 ...` words, each a list of key=value words. Raises WordError for an empty value."""
    axes = pairs(words, "--grid")
    for key, values in axes.items():
        if not all(value.strip() for value in values.split(",")):
            raise WordError(f"--grid {key} is {values!r}, must be values with commas between; write {key}=0.1,0.3")
    columns = [[f"{key}={value.strip()}" for value in values.split(",")] for key, values in axes.items()]
    return [list(point) for point in product(*columns)]
