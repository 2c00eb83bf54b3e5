"""Experiments: one file each, found by its stem. The header states claim, setting, n and what would refute it; the file
exposes

    Config                                              frozen dataclass, every field open to --set key=value
    run(config, seed, out, *, resume, device, progress) -> Trajectory      (the run folder is `out`)
    BOUNDS                                              keys of the claims the run is held against
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from gpu_experiments.config import ConfigError
from theory.errors import near


def names() -> tuple[str, ...]:
    """The stems of the files here, sorted; names that start with an underscore are not experiments."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def load(name: str) -> ModuleType:
    """The experiment's module. Raises ConfigError where there is none of that name."""
    if name not in names():
        raise ConfigError(f"experiment is {name!r}, must be one of {', '.join(names())}{near(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")
