"""What the runs on modular addition say: the order of collapse, flatness and generalisation, and how far the published
flatness is from the exact one.

Times: fit (train accuracy 0.99), generalise (test accuracy half way from chance to its end), and the half falls, in the
logarithm, of nc1_trace_ratio, of the exact relative flatness and of the published one, each counted from its peak.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments.evidence import apart, named
from gpu_experiments.evidence.grokking_mlp import half_fall, half_rise
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

OBSERVABLES = ("nc1_trace_ratio", "relative_flatness", "published_flatness")


def findings(runs: Sequence[Run]) -> list[Finding]:
    families = apart(runs).items()
    return [one for suffix, group in families for one in named([_order(group), _published(group)], suffix)]


def times(run: Run) -> dict[str, float | None]:
    table = run.trajectory
    fit = table.first_time("train_accuracy", 0.99, "above")
    found = {"fit": fit, "generalise": half_rise(table)}
    return found | {name: half_fall(table, name, None) for name in OBSERVABLES}


def _order(runs: Sequence[Run]) -> Finding:
    """RESPECTED where on most seeds collapse and exact flatness are half way down when the accuracy is half way up."""
    bound, claim = "order_of_events", "anti_flatness_delays_generalisation"
    table = [times(run) for run in runs]
    known = [
        row
        for row in table
        if None not in (row["fit"], row["generalise"], row["nc1_trace_ratio"], row["relative_flatness"])
    ]
    if not known:
        return Finding(
            bound, claim, Agreement.INCONCLUSIVE, None, "no run fits, generalises and collapses", {"times": table}
        )
    first = [max(row["nc1_trace_ratio"], row["relative_flatness"]) <= row["generalise"] for row in known]
    shown = {
        name: float(np.median([row[name] for row in known]))
        for name in ("fit", "nc1_trace_ratio", "relative_flatness", "generalise")
    }
    reason = "median steps: " + ", ".join(f"{name} {value:.0f}" for name, value in shown.items()) + f" (n={len(known)})"
    if shown["fit"] > shown["generalise"]:
        reason += "; no delay: the test accuracy is half way up before the training pairs are fitted"
    agreement = Agreement.RESPECTED if sum(first) * 2 > len(first) else Agreement.VIOLATED
    return Finding(bound, claim, agreement, None, reason, {"times": table})


def _published(runs: Sequence[Run]) -> Finding:
    """The published quantity over the exact one, at the fit and at the end. An observation: nothing is claimed."""
    rows = []
    for run in runs:
        ratio = run.trajectory["published_flatness"] / run.trajectory["relative_flatness"]
        fit = run.trajectory.first_time("train_accuracy", 0.99, "above")
        start = float(ratio[np.argmax(run.trajectory.time >= fit)]) if fit is not None else None
        rows.append(
            {"at_fit": start, "at_end": float(ratio[-1]), "least": float(ratio.min()), "largest": float(ratio.max())}
        )
    spread = max(row["largest"] for row in rows) / min(row["least"] for row in rows)
    reason = f"published over exact flatness runs over a factor {spread:.3g}: it is no multiple of the exact one"
    return Finding(
        "published_over_exact", "flatness_is_softmax_variance", Agreement.INCONCLUSIVE, None, reason, {"ratios": rows}
    )
