"""Simulations against their closed forms, evaluated from the theory's own expressions with the run's own settings.

    compared(run, rows) -> {"words", "rows": [one comparison per observable], "curves": {observable: values}} or None

`rows` of the result: {"observable", "when", "simulated", "predicted", "relative", "claim", "asymptotic"}; relative
is |simulated - predicted|/max(|simulated|, |predicted|). `curves` hold the closed form at the thinned rows of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gpu_experiments.judge import Run
from numerics import simulators
from numerics.integration import evaluate
from theory.flows import collapsed_ce, collapsed_mse
from theory.symbols import a, b, decay, decay_W, t, u, u0

CE_CLAIMS = {
    "logit": "ce_ufm_optimum",
    "feature_norm": "feature_norm_equilibrium",
    "head_norm": "ce_ufm_optimum",
    "relative_flatness": "flatness_at_equilibrium",
    "mean_wrong_probability": "ce_ufm_optimum",
    "train_loss": "ce_ufm_optimum",
    "objective": "ce_ufm_optimum",
}
MSE_CLAIMS = dict.fromkeys(("mode", "feature_norm", "head_norm", "train_loss", "objective"), "mse_ufm_optimum")


def compared(run: Run, rows: np.ndarray) -> dict[str, Any] | None:
    """The comparison for a simulator that has closed forms; None for the others and for settings without any."""
    model = run.about.get("experiment")
    if model not in MODELS:
        return None
    module = simulators.load(model)
    try:
        config = module.Config(**run.about["config"])
    except (TypeError, ValueError, KeyError):  # a record of another version, or not ours
        return None
    found = MODELS[model](run, module, config)
    if not found:
        return None
    curves = {row["observable"]: np.broadcast_to(row.pop("curve"), len(run.trajectory))[rows] for row in found}
    plain = {name: [float(f"{v:.6g}") if np.isfinite(v) else None for v in values] for name, values in curves.items()}
    return {"words": _words(found), "rows": found, "curves": plain}


def _words(rows: list[dict]) -> str:
    """How near the simulation is to what is exact, and how far still from what it only tends to."""
    told = [
        f"{row['observable']} still {100 * row['relative']:.2g} % from its {row['when']}"
        for row in rows
        if row["asymptotic"]
    ]
    exact = [row for row in rows if not row["asymptotic"]]
    if exact:
        worst = max(exact, key=lambda row: row["relative"])
        told.insert(0, f"within {worst['relative']:.2g} ({worst['observable']}, {worst['when']})")
    return "; ".join(told)


def _row(
    observable: str, when: str, simulated: float, predicted: float, curve: Any, claim: str, asymptotic: bool = False
) -> dict[str, Any]:
    scale = max(abs(simulated), abs(predicted))
    relative = abs(simulated - predicted) / scale if scale > 0 else 0.0
    numbers = {"simulated": float(simulated), "predicted": float(predicted), "relative": float(relative)}
    return {"observable": observable, "when": when, **numbers, "claim": claim, "curve": curve} | {
        "asymptotic": asymptotic
    }


def _cross_entropy(run: Run, module: Any, config: Any) -> list[dict]:
    values = module.parameters(config)
    if config.decay_W > 0 and config.decay_H > 0:
        state = dict(zip((a, b), module.equilibrium(config), strict=True))
        return _at_equilibrium(run, collapsed_ce.OBSERVABLES, values | state, CE_CLAIMS)
    head, feature = module.start_norms(config)
    balanced = np.isclose(head, np.sqrt(config.samples_per_class) * feature, rtol=1e-9)
    free = config.decay_W == config.decay_H == 0
    if not (free and balanced and config.start == "collapsed" and config.method == "flow"):
        return []
    return _free_growth(run, values, head * feature)


def _free_growth(run: Run, values: Mapping, start: float) -> list[dict]:
    """Balanced and without decay: the time of every logit is known in closed form, and kappa's asymptote."""
    time, logit = run.trajectory.time, run.trajectory["logit"]
    when, rate = evaluate(
        [collapsed_ce.implicit_time(), collapsed_ce.flatness_rate(t)],
        {**values, u: logit, u0: start, t: np.maximum(time, np.finfo(float).tiny)},
    )
    # the closed form gives the time at which each logit is reached; as a curve, the logit it has at the logged times
    inverse = np.interp(time, when, logit)
    later = time > 0
    worst = int(np.argmax(np.where(later, np.abs(when - time) / np.maximum(time, 1e-300), 0)))
    kappa = run.trajectory["relative_flatness"]
    return [
        _row("logit", f"time of every logit, worst at t = {time[worst]:.4g}", time[worst], when[worst], inverse,
             "collapsed_ce_flow"),
        _row("relative_flatness", "asymptote (K-1) sqrt(n) u/t at the end", kappa[-1], rate[-1],
             np.where(time > time[-1] / 1e3, rate, np.nan), "flatness_rate", asymptotic=True),
    ]  # fmt: skip


def _squared_error(run: Run, module: Any, config: Any) -> list[dict]:
    if config.decay_W <= 0 or config.decay_H <= 0:
        return []
    values = module.parameters(config)
    head, feature = module.equilibrium(config)
    state = {a: head, b: feature, collapsed_mse.inside: 0.0, collapsed_mse.outside: 0.0}
    found = _at_equilibrium(run, collapsed_mse.OBSERVABLES, values | state, MSE_CLAIMS)
    logistic = config.start == "collapsed" and config.method == "flow" and config.decay_W == config.decay_H
    quiet = config.noise_inside == config.noise_outside == 0
    if logistic and quiet and config.start_head == config.start_feature and "mode" in run.trajectory:
        start = {collapsed_mse.sigma0: config.start_head * config.start_feature, decay: values[decay_W]}
        (path,) = evaluate([collapsed_mse.mode(t)], values | start | {t: run.trajectory.time})
        mode = run.trajectory["mode"]
        worst = int(np.argmax(np.abs(mode - path)))
        words = f"whole path, worst at t = {run.trajectory.time[worst]:.4g}"
        found = [row for row in found if row["observable"] != "mode"]
        found.insert(0, _row("mode", words, mode[worst], path[worst], path, "collapsed_mse_flow"))
    return found


def _at_equilibrium(run: Run, observables: Mapping, values: Mapping, claims: Mapping[str, str]) -> list[dict]:
    names = [name for name in claims if name in run.trajectory and name in observables]
    predicted = evaluate([observables[name] for name in names], values)
    rows = []
    for name, prediction in zip(names, map(float, predicted), strict=True):
        end = float(run.trajectory[name][-1])
        if np.isfinite(prediction) and np.isfinite(end):
            rows.append(_row(name, "at the end, against the equilibrium", end, prediction, prediction, claims[name]))
    return rows


MODELS: dict[str, Callable[[Run, Any, Any], list[dict]]] = {"ce_ufm": _cross_entropy, "mse_ufm": _squared_error}
