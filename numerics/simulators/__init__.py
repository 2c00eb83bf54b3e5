"""One model per file: each has a frozen `Config`, `simulate(config, seed)` and `simulate_many(configs, seeds)`.

A file added to this folder is found by `names()`; no list has to be edited. A module may also have
`draw(trajectories, folder) -> list of paths`, which writes figures and data.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from numerics.integration import SimulationError
from theory.errors import near


def names() -> list[str]:
    """The simulators there are, sorted."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def load(name: str) -> ModuleType:
    """The simulator's module. Raises SimulationError, with the nearest names, for one that does not exist."""
    known = names()
    if name not in known:
        raise SimulationError(f"simulator is {name!r}, must be one of {', '.join(known)}{near(name, known)}")
    return import_module(f"{__name__}.{name}")


def configured(name: str, changes: Any = ()) -> tuple[ModuleType, Any]:
    """Module and config of a simulator, with `key=value` words (or a mapping) applied to the default config."""
    from numerics.config import override

    module = load(name)
    return module, override(module.Config(), changes)
