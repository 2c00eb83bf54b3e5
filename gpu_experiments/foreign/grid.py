"""grid_not_additive: the effect of the architecture on fn* depends on the data (and the other way round).

On a complete (architecture x data) table the interaction is judged on log fn* (effects are quoted in per cent) by
two-way least squares (statsmodels). An effect is only an effect if the loss phase is the same: a cell whose onset
lies in the cross-entropy phase carries the cross-entropy scale of the norm. The same table is therefore judged
twice, as found (mixed phases) and with every cell read at the end of its cross-entropy phase (matched)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import RELAXED, STRICT, Onset, find_onset, phases
from gpu_experiments.foreign.runs import Run

CLAIM = "grid_not_additive"
Cells = Mapping[tuple[str, str], Sequence[float]]


def judge_grid(runs: Sequence[Run]) -> list[Finding]:
    """Interaction by the published rule (0.01 where a cell reaches it, else 0.05), interaction at matched cross-entropy
    phases, and whether effects survive the matching."""
    placed = [run for run in runs if run.cell is not None and run.attempt_of is None]
    onsets = {run.name: found for run in placed if (found := published_onset(run, placed)) and found.feature_norm}
    found = _collect(placed, lambda run: onsets[run.name].feature_norm if run.name in onsets else None)
    at_phase = _collect(placed, at_end_of_first_phase)
    rules = {}
    for run in placed:
        if run.name in onsets:
            one = onsets[run.name]
            rules.setdefault(run.cell, set()).add((one.threshold, one.phase))
    extra = {"threshold_and_phase": {" x ".join(cell): sorted(rule, key=str) for cell, rule in sorted(rules.items())}}
    as_found = judge_interaction("interaction_as_published", found, extra)
    matched = judge_interaction("interaction_matched_cross_entropy", at_phase, {"phases": "all cross-entropy"})
    return [as_found, matched, _compare(found, at_phase, rules)]


def published_onset(run: Run, runs: Sequence[Run]) -> Onset | None:
    """Strict where some run of the cell reaches it, else relaxed; in the second phase where the cell comes to it."""
    cell = [other.log for other in runs if other.cell == run.cell]
    level = STRICT if any(find_onset(log, STRICT) for log in cell) else RELAXED
    second = any(find_onset(log, level, second_phase=True) for log in cell)
    return find_onset(run.log, level, second_phase=second)


def _collect(runs: Sequence[Run], value) -> dict[tuple[str, str], list[float]]:
    cells: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        norm = value(run)
        if norm:
            cells.setdefault(run.cell, []).append(norm)
    return cells


def at_end_of_first_phase(run: Run) -> float | None:
    """The norm at the last logged time of loss phase 1."""
    if "feature_norm" not in run.log.trajectory:
        return None
    norm = run.log.trajectory["feature_norm"]
    first = np.flatnonzero((phases(run.log) == 1) & np.isfinite(norm))
    return float(norm[first[-1]]) if len(first) else None


def tables(cells: Cells) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Complete 2 x 2 tables as ((architecture, architecture), (data, data)), with two values or more in every cell."""
    rows, columns = (sorted({cell[side] for cell in cells}) for side in (0, 1))
    full = {cell for cell, values in cells.items() if len(values) >= 2}
    pairs = itertools.product(itertools.combinations(rows, 2), itertools.combinations(columns, 2))
    return [(a, d) for a, d in pairs if all((x, y) in full for x in a for y in d)]


def judge_interaction(bound: str, cells: Cells, extra: Mapping) -> Finding:
    """RESPECTED where some complete 2 x 2 table has an interaction on log fn* at the 5 % level (Bonferroni)."""
    found = tables(cells)
    means = {" x ".join(cell): float(np.exp(np.mean(np.log(values)))) for cell, values in sorted(cells.items())}
    if not found:
        have = ", ".join(f"{name} ({len(cells[tuple(name.split(' x '))])})" for name in means) or "none"
        reason = f"no complete architecture x data table with two runs a cell; cells: {have}"
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, reason, {"geometric_means": means, **extra})
    tests = [_interaction(cells, architectures, data) for architectures, data in found]
    chance = min(1.0, min(test["p"] for test in tests) * len(tests))
    strongest = max(tests, key=lambda test: abs(test["log_interaction"]))
    agreement = Agreement.RESPECTED if chance < 0.05 else Agreement.INCONCLUSIVE
    effects = "; ".join(
        f"{'/'.join(test['architectures'])}: {test['effects'][0]:+.0%} on {test['data'][0]}, "
        f"{test['effects'][1]:+.0%} on {test['data'][1]}"
        for test in tests
    )
    words = f"{effects}; interaction {strongest['log_interaction']:+.3g} in log fn*, p = {chance:.2g}"
    numbers = {"geometric_means": means, "tables": tests, "p": chance, **extra}
    return Finding(bound, CLAIM, agreement, 0.05 - chance, f"{words} (margin: 0.05 - p)", numbers)


def _interaction(cells: Cells, architectures: Sequence[str], data: Sequence[str]) -> dict:
    """Least squares of log fn* on architecture, data and their product; effect of the second architecture per data."""
    import statsmodels.api as sm

    rows = [(i, j, np.log(v)) for i, a in enumerate(architectures) for j, d in enumerate(data) for v in cells[a, d]]
    table = np.array(rows)
    design = np.column_stack([np.ones(len(table)), table[:, 0], table[:, 1], table[:, 0] * table[:, 1]])
    # Cells differ in spread by a factor of ten: variances that do not assume them equal (HC3), t with n - 4 degrees.
    fit = sm.OLS(table[:, 2], design).fit(cov_type="HC3", use_t=True)
    means = {(a, d): np.mean(np.log(cells[a, d])) for a in architectures for d in data}
    effects = [float(np.expm1(means[architectures[1], d] - means[architectures[0], d])) for d in data]
    low, high = fit.conf_int()[3]
    return {"architectures": list(architectures), "data": list(data), "effects": effects, "n": len(table),
            "log_interaction": float(fit.params[3]), "interval": [float(low), float(high)],
            "p": float(fit.pvalues[3])}  # fmt: skip


def _compare(found: Cells, at_phase: Cells, rules: Mapping[tuple[str, str], set]) -> Finding:
    """Does an architecture's effect survive where its two cells have onsets in different phases? VIOLATED where its
    sign changes. Margin: minus the largest change of an effect."""
    bound = "effect_survives_matched_phases"
    effects = {}
    for second, first in itertools.permutations(sorted(found), 2):
        phases_here = [{phase for _, phase in rules[cell]} for cell in (first, second)]
        if first[1] == second[1] and first[0] < second[0] and phases_here[0] != phases_here[1]:
            if first in at_phase and second in at_phase:
                effects[f"{second[0]} against {first[0]} on {first[1]}"] = [
                    float(np.expm1(np.mean(np.log(table[second])) - np.mean(np.log(table[first]))))
                    for table in (found, at_phase)
                ]
    if not effects:
        words = "no two architectures on the same data have their onsets in different loss phases"
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, words)
    flips = [name for name, (mixed, same) in effects.items() if mixed * same < 0]
    worst = max(effects, key=lambda name: abs(effects[name][0] - effects[name][1]))
    words = f"{worst}: {effects[worst][0]:+.0%} across phases, {effects[worst][1]:+.0%} within the cross-entropy phase"
    if flips:
        words += f"; {len(flips)} of {len(effects)} effects change sign"
    agreement = Agreement.VIOLATED if flips else Agreement.RESPECTED
    return Finding(bound, CLAIM, agreement, -abs(effects[worst][0] - effects[worst][1]), words, {"effects": effects})
