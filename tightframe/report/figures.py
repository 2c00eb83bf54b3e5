"""The page's figures as data: panels of curves for plotly, one description for the page and for paper figures alike.

    panels(run) -> [{"name", "title", "log", "traces": [{"x", "y", "name", "style", "colour"}]}]

Bounds that were judged are dashed in the observable's panel, lower ones dash-dotted; closed forms are dashed in the
colour of what they predict, the surrogate is dotted. Colours are Okabe and Ito's, told apart by colour-blind
readers too.
"""

from __future__ import annotations

import re
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000")
PANELS = {
    "accuracy": ("accuracy", False, ("train_accuracy", "test_accuracy")),
    "loss": (
        "loss",
        True,
        ("train_loss", "test_loss", "cross_entropy", "train_cross_entropy", "test_cross_entropy", "objective"),
    ),
    "collapse": ("collapse", True, ("nc1", "nc1_trace_ratio", "rnc1", "nc2", "nc3", "nc4", "cdnv")),
    "flatness": (
        "relative flatness and its bounds",
        True,
        ("relative_flatness", "relative_flatness_surrogate", "relative_flatness_mse", "flatness_loss_bound"),
    ),
    "norm": ("norms", True, ("feature_norm", "head_norm", "collapsed_norm", "parameter_norm", "mode")),
    "logit": ("logits and margin", False, ("logit", "margin_min", "mean_wrong_probability")),
    "generalisation": ("test error and its bounds", True, ("test_error", "unseen_error")),
    "information": (
        "superfluous information and its bounds",
        True,
        ("superfluous_information", "superfluous_information_least"),
    ),
    "estimates": (
        "information in eight axes, estimated",
        False,
        (
            "projected_information",
            "projected_information_50",
            "projected_information_200",
            "projected_information_800",
            "projected_information_logdet",
        ),
    ),
    "dependence": (
        "dependence on classes, true and shuffled",
        False,
        ("alignment_800", "alignment_shuffled_800", "nhsic_800", "nhsic_shuffled_800"),
    ),
    "superfluous": (
        "superfluous nHSIC, own and other inputs",
        True,
        ("nhsic_superfluous_800", "nhsic_unrelated_800"),
    ),
    "imbalance": (
        "distances to SELI and to the simplex",
        True,
        ("seli_distance_means", "seli_distance_head", "simplex_distance_means", "simplex_distance_head"),
    ),
    "balance": ("balancedness", True, ("balancedness",)),
    "variance": (
        "within-class variance and what balance allows",
        True,
        ("within_class_variance", "within_scatter", "nc1_balancedness_bound"),
    ),
    "equilibrium": (
        "measured over the closed form",
        True,
        (
            "norm_over_equilibrium",
            "feature_norm_over_equilibrium",
            "flatness_over_equilibrium",
            "objective_over_ce_ufm_optimum",
            "objective_over_mse_ufm_optimum",
            "objective_over_deep_ufm_optimum",
            "feature_norm_over_rest",
            "flatness_over_rest",
        ),
    ),
    "departures": ("departures from exact laws", True, ("balancedness_defect", "objective_rise")),
}
DASHED = {"flatness_loss_bound"}
MARKS = {"fit": "fit", "rnc1_drop": "RNC1 drop", "generalise": "generalises"}


def panels(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels that this run has columns for, each with its traces."""
    shown = []
    for name, (title, logarithmic, columns) in PANELS.items():
        present = [column for column in columns if _known(run["series"]["columns"].get(column, ()), logarithmic)]
        traces = [_trace(run, column, place) for place, column in enumerate(present)]
        traces += [trace for place, column in enumerate(present) for trace in _closed_form(run, column, place)]
        traces += _bounds(run, present, len(present), logarithmic)
        if traces:
            shown.append({"name": name, "title": title, "log": logarithmic, "traces": traces})
    return shown


def marks(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Times worth a vertical line: fit, variance drop, generalisation."""
    clocks = run["observations"].get("clocks") or {}
    return [{"time": clocks[key], "label": label} for key, label in MARKS.items() if clocks.get(key)]


def figure_name(name: str) -> str:
    """A name as a file name: at most 80 letters, digits, dots and dashes. Two names may become one."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:80] or "unnamed"


def _known(values: Any, logarithmic: bool) -> bool:
    """Whether there is anything to draw: on a logarithmic axis only what is positive."""
    return any(value is not None and (value > 0 or not logarithmic) for value in values)


def _trace(run: dict[str, Any], column: str, place: int) -> dict[str, Any]:
    style = "dash" if column in DASHED else "dot" if column.endswith("surrogate") else "solid"
    return _line(run, run["series"]["columns"][column], column, style, COLOURS[place % len(COLOURS)])


def _line(run: dict[str, Any], values: list, name: str, style: str, colour: str) -> dict[str, Any]:
    return {"x": run["series"]["time"], "y": values, "name": name, "style": style, "colour": colour}


def _closed_form(run: dict[str, Any], column: str, place: int) -> list[dict[str, Any]]:
    curves = (run.get("closed_forms") or {}).get("curves", {})
    if column not in curves:
        return []
    return [_line(run, curves[column], f"{column}, closed form", "longdash", COLOURS[place % len(COLOURS)])]


def _bounds(run: dict[str, Any], columns: list[str], used: int, logarithmic: bool) -> list[dict[str, Any]]:
    """Bounds on the panel's observables, one colour for each; one that equals a logged column is drawn once."""
    drawn = [run["series"]["columns"][column] for column in columns]
    found = []
    for bound in run["bounds"]:
        if bound["observable"] in columns and _known(bound["values"], logarithmic) and bound["values"] not in drawn:
            drawn.append(bound["values"])
            name = f"{bound['name']} ({bound['side']} bound)"
            names = list(dict.fromkeys([*(trace["bound"] for trace in found), bound["name"]]))
            colour = COLOURS[(used + names.index(bound["name"])) % len(COLOURS)]
            style = "dash" if bound["side"] == "upper" else "dashdot"
            found.append(_line(run, bound["values"], name, style, colour) | {"bound": bound["name"]})
    return found
