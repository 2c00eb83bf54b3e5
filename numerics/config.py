"""Settings as frozen dataclasses: checked when they are made, overridden by words of the command line.

override(Config(), {"classes": "10", "decay_W": "5e-3"})  ->  Config
override(Config(), ["classes=10", "decay_W=5e-3"])        ->  the same
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from theory.errors import UsersMistake, near

Settings = TypeVar("Settings")


class ConfigError(UsersMistake):
    """A setting that is unknown, of the wrong type or out of range; names key, value, type and the way out."""


def override(config: Settings, changes: Mapping[str, str] | Iterable[str]) -> Settings:
    """A copy of the dataclass with the given fields replaced, each text read as the field's type.

    `changes` is a mapping from key to text, or `key=value` words. Raises ConfigError for an unknown key, an unreadable
    value or a word without "="; whatever the dataclass itself refuses is raised as it stands.
    """
    pairs = changes.items() if isinstance(changes, Mapping) else [_split(word) for word in changes]
    kinds = typing.get_type_hints(type(config))
    values = {}
    for key, text in pairs:
        if key not in kinds:
            known = ", ".join(kinds)
            raise ConfigError(f"setting is {key!r}, must be one of {known}{near(key, list(kinds))}")
        values[key] = read(key, text, kinds[key])
    return dataclasses.replace(config, **values)


def _split(word: str) -> tuple[str, str]:
    key, sign, text = word.partition("=")
    if not sign:
        raise ConfigError(f"setting is {word!r}, must be key=value; write for example --set classes=10")
    return key.strip(), text.strip()


def read(key: str, text: str, kind: Any) -> Any:
    """`text` as an int, finite float, bool, str, Literal, comma-separated tuple[kind, ...] or `kind | None`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, types.UnionType) or origin is typing.Union:
        if text.lower() in {"none", "null"}:
            return None
        return read(key, text, next(part for part in arguments if part is not types.NoneType))
    if origin is tuple:
        return tuple(read(key, part.strip(), arguments[0]) for part in text.split(",") if part.strip())
    if origin is typing.Literal:
        if text not in arguments:
            raise ConfigError(f"{key} is {text!r}, must be one of {', '.join(arguments)}{near(text, arguments)}")
        return text
    if kind is bool:
        return _truth(key, text)
    return str(text) if kind is str else _number(key, text, kind)


def _truth(key: str, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ConfigError(f"{key} is {text!r}, must be a bool; write {key}=true or {key}=false")
    return text.lower() == "true"


def _number(key: str, text: str, kind: type) -> int | float:
    noun, example = {int: ("an int", "10"), float: ("a finite float", "5e-3")}[kind]
    try:
        value = kind(text)
    except ValueError:
        raise ConfigError(f"{key} is {text!r}, must be {noun}; write for example {key}={example}") from None
    if not math.isfinite(value):
        raise ConfigError(f"{key} is {text!r}, must be {noun}; write for example {key}={example}")
    return value


def as_json(config: Any) -> dict[str, Any]:
    """The dataclass as JSON-able values (tuples become lists)."""
    return json.loads(json.dumps(dataclasses.asdict(config)))
