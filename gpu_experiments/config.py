"""Settings of an experiment: a frozen dataclass, overridden by `key=value` words and named by a hash.

override(Config(), ["weight_decay=0.3", "steps=2000"]) -> Config      (the one of numerics.config)
trial_key("grokking_mlp", config, seed) -> "3f2a..."                  (twelve hex digits, the same on every machine)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from numerics.config import ConfigError, as_json, override
from theory.errors import near

__all__ = ["ConfigError", "as_json", "override", "require", "require_member", "require_seed", "trial_key"]


def require(config: Any, *, positive: Iterable[str] = (), nonnegative: Iterable[str] = ()) -> None:
    """Raise ConfigError unless the named fields are > 0, respectively >= 0. For use in `__post_init__`."""
    for relation, keys in ((">", positive), (">=", nonnegative)):
        for key in keys:
            value = getattr(config, key)
            if not (value > 0 or (relation == ">=" and value == 0)):
                raise ConfigError(f"{key} is {value}, must be {relation} 0; write for example --set {key}=1")


def require_member(config: Any, key: str, known: Iterable[str]) -> None:
    """Raise ConfigError unless the field `key` is one of `known`."""
    value, known = getattr(config, key), tuple(known)
    if value not in known:
        raise ConfigError(f"{key} is {value!r}, must be one of {', '.join(known)}{near(value, known)}")


def require_seed(seed: int) -> None:
    """Raise ConfigError unless 0 <= seed < 2^63 (what the generators accept)."""
    if not 0 <= seed < 2**63:
        raise ConfigError(f"seed is {seed}, must be between 0 and 2^63 - 1")


def trial_key(experiment: str, config: Any, seed: int) -> str:
    """Twelve hex digits that name one trial: the same for equal experiment, settings and seed, on any machine, and
    whether a number that may be broken is written 10 or 10.0."""
    broken = {field.name for field in fields(config) if field.type in (float, "float")}
    settings = {key: float(value) if key in broken else value for key, value in as_json(config).items()}
    content = json.dumps([experiment, settings, seed], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
