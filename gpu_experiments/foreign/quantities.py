"""The published numbers that are no cell of a table: pooled variation, the width fit, lead times, effects, ablations.

Each function takes the runs by name and the author's summary tables and returns numbers under the names of
published.json; a function whose logs are not at hand returns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.onset import find_onset, phases
from gpu_experiments.foreign.prediction import Lead
from gpu_experiments.foreign.published import Summaries, cell_values, load
from gpu_experiments.foreign.runs import Run

Runs = Mapping[str, Run]
WIDTHS = ("width 128", "width 256", "width 512", "width 1024")


def recompute(runs: Runs, summaries: Summaries) -> dict[str, float]:
    """Every quantity that the logs at hand allow."""
    found: dict[str, float] = {}
    for part in (pooled, width_fit, baseline, four_cells, robustness, ablations, lead_statistics, strong_decay):
        found |= part(runs, summaries)
    return found


def cell_norms(name: str, runs: Runs, summaries: Summaries) -> list[float]:
    """fn* of the runs of a published cell, empty where one of them is missing."""
    cell = next(cell for cell in load()["cells"] if cell["name"] == name)
    _, norms, told = cell_values(cell, runs, summaries)
    return [] if told["missing"] else norms


def pooled(runs: Runs, summaries: Summaries) -> dict[str, float]:
    sweeps = {
        "depth": ("depth 2", "depth 3", "depth 5, weight decay 1e-4", "depth 7"),
        "weight_decay": ("depth 5, weight decay 1e-4", "weight decay 1e-5", "weight decay 5e-5"),
        "width": WIDTHS,
    }
    found = {}
    for factor, cells in sweeps.items():
        parts = [cell_norms(cell, runs, summaries) for cell in cells]
        if all(parts):
            found[f"pooled_cv_{factor}_percent"] = _cv(sum(parts, []))
    parts = [cell_norms(cell, runs, summaries) for cell in ("MLP-5/MNIST", "width 128", "width 256", "width 1024")]
    if all(parts):
        norms = statistics.mean_interval(sum(parts, []))
        found |= {"pooled_relu_mean": norms.value, "pooled_relu_sd": norms.sd,
                  "pooled_relu_cv_percent": _cv(sum(parts, []))}  # fmt: skip
    return found


def fit_width(runs: Runs, summaries: Summaries):
    """Straight line of log(mean fn*) against log(width) over the four published widths (scipy), None without them."""
    from scipy import stats

    means = {int(cell.split()[1]): cell_norms(cell, runs, summaries) for cell in WIDTHS}
    if not all(means.values()):
        return None
    return stats.linregress(np.log(list(means)), [np.log(np.mean(norms)) for norms in means.values()])


def width_fit(runs: Runs, summaries: Summaries) -> dict[str, float]:
    line = fit_width(runs, summaries)
    if line is None:
        return {}
    return {"width_exponent": line.slope, "width_r_squared": line.rvalue**2, "width_p": line.pvalue}


def baseline(runs: Runs, _: Summaries) -> dict[str, float]:
    found = find_onset(runs["mnist_twophase"].log, 0.01) if "mnist_twophase" in runs else None
    if found is None or not found.feature_norm:
        return {}
    log = runs["mnist_twophase"].log
    norm = log.trajectory["feature_norm"]
    return {"baseline_peak_norm": float(np.nanmax(norm)), "baseline_onset": found.epoch,
            "baseline_fold": float(np.nanmax(norm)) / found.feature_norm,
            "baseline_lowest_norm": float(np.nanmin(norm[phases(log) == 2]))}  # fmt: skip


def four_cells(runs: Runs, summaries: Summaries) -> dict[str, float]:
    names = ("MLP-5/MNIST", "ResNet-20/MNIST", "MLP-5/CIFAR-10", "ResNet-20/CIFAR-10")
    groups = [cell_norms(name, runs, summaries) for name in names]
    if not all(groups):
        return {}
    test = statistics.kruskal_wallis(groups)
    mlp, resnet, mlp_cifar, resnet_cifar = (float(np.mean(group)) for group in groups)
    return {"kruskal_statistic": test.statistic, "kruskal_p": test.p, "kruskal_epsilon_squared": test.effect,
            "architecture_effect_mnist_percent": 100 * (resnet / mlp - 1),
            "architecture_effect_cifar10_percent": 100 * (resnet_cifar / mlp_cifar - 1),
            "data_effect_mlp_percent": 100 * (mlp_cifar / mlp - 1),
            "data_effect_resnet_percent": 100 * (resnet_cifar / resnet - 1)}  # fmt: skip


def robustness(runs: Runs, _: Summaries) -> dict[str, float]:
    """fn at NC1 < 0.02 over fn at NC1 < 0.01 in the second phase, over every run at hand that has both."""
    ratios = []
    for run in runs.values():
        loose, strict = (find_onset(run.log, level, second_phase=True) for level in (0.02, 0.01))
        if strict is not None and strict.feature_norm and loose.feature_norm:
            ratios.append(loose.feature_norm / strict.feature_norm)
    if len(ratios) < 2:
        return {}
    spread = statistics.mean_interval(ratios)
    return {"robustness_mean": spread.value, "robustness_sd": spread.sd, "robustness_low": min(ratios),
            "robustness_high": max(ratios)}  # fmt: skip


def ablations(runs: Runs, _: Summaries) -> dict[str, float]:
    found = {}
    if "ce_only_ablation" in runs:
        log = runs["ce_only_ablation"].log
        norm = log.trajectory["feature_norm"]
        found = {"cross_entropy_only_lowest_nc1": float(np.nanmin(log.trajectory[log.nc1])),
                 "cross_entropy_only_lowest_norm": float(np.nanmin(norm)),
                 "cross_entropy_only_largest_norm": float(np.nanmax(norm))}  # fmt: skip
    if "baseline" in runs:
        log = runs["baseline"].log
        found |= {"resnet_cifar10_cross_entropy_norm": float(log.trajectory["feature_norm"][-1]),
                  "resnet_cifar10_cross_entropy_nc1": float(log.trajectory[log.nc1][-1])}  # fmt: skip
    return found


def published_leads(summaries: Summaries) -> list[Lead]:
    """The author's own lead table with the runs that it drops put back: an onset, and no crossing before it."""
    table, onsets = summaries.get("prediction_analysis"), summaries.get("sweep_width")
    if table is None or onsets is None:
        return []
    crossed = {(row.width, row.seed): float(row.ep_cross) for row in table.itertuples()}
    return [
        Lead(f"width{row.width}_s{row.seed}", f"width{row.width}", float("nan"), crossed.get((row.width, row.seed)),
             float(row.T_NC), float(row.T_NC))
        for row in onsets.itertuples()
    ]  # fmt: skip


def lead_statistics(_: Runs, summaries: Summaries) -> dict[str, float]:
    leads = [lead.lead for lead in published_leads(summaries) if lead.lead is not None]
    if len(leads) < 2:
        return {}
    spread = statistics.mean_interval(leads)
    errors = np.abs(np.array(leads) - spread.value)
    return {"lead_mean": spread.value, "lead_sd": spread.sd, "lead_mae": float(errors.mean()),
            "lead_error_low": float(errors.min()), "lead_error_high": float(errors.max())}  # fmt: skip


def strong_decay(runs: Runs, _: Summaries) -> dict[str, float]:
    if "wd0p0005_s0" not in runs:
        return {}
    log = runs["wd0p0005_s0"].log
    return {"wd5e-4_lowest_nc1": float(np.nanmin(log.trajectory[log.nc1])),
            "wd5e-4_final_norm": float(log.trajectory["feature_norm"][-1])}  # fmt: skip


def _cv(values: Sequence[float]) -> float:
    return 100 * float(np.std(values, ddof=1)) / float(np.mean(values))
