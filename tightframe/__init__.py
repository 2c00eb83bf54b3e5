"""The front door: public names, command line and report. Heavy imports wait until a name is used."""

__version__ = "0.1.0"

_HOMES = {"audit": "gpu_experiments.audit", "Audit": "gpu_experiments.audit", "Monitor": "gpu_experiments.monitor"}


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'tightframe' has no attribute {name!r}; it has {', '.join(_HOMES)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
