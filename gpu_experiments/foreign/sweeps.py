"""depth_activation_width: depth moves onset and norm without order, the activation sets onset and norm, width makes the
onset earlier and moves fn* by at most 13 %.

Every level of a sweep is judged at one and the same NC1 threshold. Runs without an onset count with the time at which
their log ends, a lower bound of theirs; the log-rank test (lifelines) treats them as censored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.runs import Run

CLAIM = "depth_activation_width"
LARGEST_WIDTH_EFFECT = 0.13
Levels = Mapping[float | str, Sequence[Run]]


def sweep(runs: Sequence[Run], factor: str) -> dict[float | str, list[Run]]:
    """Runs by level of `factor`, second attempts left out; where other factors vary too, only their commonest value."""
    having = [run for run in runs if factor in run.settings and run.attempt_of is None]
    for other in sorted({name for run in having for name in run.settings} - {factor}):
        counts = Counter(run.settings[other] for run in having if other in run.settings)
        commonest = counts.most_common(1)[0][0]
        having = [run for run in having if run.settings.get(other, commonest) == commonest]
    levels: dict[float | str, list[Run]] = {}
    for run in sorted(having, key=lambda run: (isinstance(run.settings[factor], str), run.settings[factor])):
        levels.setdefault(run.settings[factor], []).append(run)
    return levels


def judge_sweeps(runs: Sequence[Run], threshold: float) -> list[Finding]:
    """The parts of the claim at one threshold."""
    depth, width = sweep(runs, "depth"), sweep(runs, "width")
    return [judge_depth(depth, threshold), judge_depth_norm(depth, threshold),
            judge_activation(sweep(runs, "activation"), threshold),
            judge_width_onset(width, threshold), judge_width_norm(width, threshold)]  # fmt: skip


def judge_depth(levels: Levels, threshold: float) -> Finding:
    """RESPECTED where the onset both falls and rises over depth (Welch, 5 % after Bonferroni over pairs), VIOLATED
    where the means fall (or rise) throughout and the trend is significant. Margin: the smaller of largest fall and
    rise."""
    bound = f"depth_onset_not_monotone@{threshold:g}"
    if len(levels) < 3:
        return _too_few(bound, "depth", levels, 3)
    times = {level: _times(runs) for level, runs in levels.items()}
    return _without_order(bound, "onset", "in epochs", levels, times, _summary(levels, times))


def judge_depth_norm(levels: Levels, threshold: float) -> Finding:
    """The same for the feature norm at the onset, over the depths of which two runs have one."""
    bound = f"depth_norm_not_monotone@{threshold:g}"
    reached = {level: _norms(runs) for level, runs in levels.items() if len(_norms(runs)) > 1}
    if len(reached) < 3:
        return _too_few(bound, "depth (with two onsets each)", reached, 3)
    return _without_order(bound, "norm", "of the norm", reached, reached, {"feature_norms": reached})


def _without_order(
    bound: str, quantity: str, unit: str, levels: Levels | Mapping, values: Mapping, summary: dict
) -> Finding:
    means = [float(np.mean(found)) for found in values.values()]
    falls, rises = _changes(values, -1), _changes(values, 1)
    trend = _trend(values)
    summary |= {
        "largest_fall": falls[0],
        "p_fall": falls[1],
        "largest_rise": rises[0],
        "p_rise": rises[1],
        "trend": trend,
    }
    words = f"mean {quantity} {_shown(levels, means)}; trend rho = {trend['effect']:.2f}, p = {trend['p']:.2g}"
    steps = np.diff(means)
    if falls[1] < 0.05 and rises[1] < 0.05:
        agreement = Agreement.RESPECTED
    elif (np.all(steps <= 0) or np.all(steps >= 0)) and trend["p"] < 0.05:
        agreement = Agreement.VIOLATED
        words += "; the means are monotone"
    else:
        agreement = Agreement.INCONCLUSIVE
        words += f"; fall p = {falls[1]:.2g}, rise p = {rises[1]:.2g}"
    return Finding(bound, CLAIM, agreement, min(falls[0], rises[0]), f"{words} (margin {unit})", summary)


def judge_activation(levels: Levels, threshold: float) -> Finding:
    """RESPECTED where both the onset and fn* differ between activations (permutation of H, 5 %). Margin: 0.05 - p."""
    bound = f"activation_sets_onset_and_norm@{threshold:g}"
    if len(levels) < 2:
        return _too_few(bound, "activation", levels, 2)
    times = {level: _times(runs) for level, runs in levels.items()}
    reached = {level: _norms(runs) for level, runs in levels.items() if len(_norms(runs)) > 1}
    summary = _summary(levels, times)
    if len(reached) < 2:
        reason = "fewer than two activations have two runs with an onset"
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, reason, summary)
    onset_test = statistics.kruskal_permutation(list(times.values()))
    norm_test = statistics.kruskal_permutation(list(reached.values()))
    summary |= {"onset_test": statistics.as_dict(onset_test), "norm_test": statistics.as_dict(norm_test)}
    chance = max(onset_test.p, norm_test.p)
    words = (
        f"mean onset {_shown(levels, [float(np.mean(t)) for t in times.values()])} (p = {onset_test.p:.2g}), mean norm "
        f"{_shown(reached, [float(np.mean(v)) for v in reached.values()])} (p = {norm_test.p:.2g})"
    )
    agreement = Agreement.RESPECTED if chance < 0.05 else Agreement.INCONCLUSIVE
    return Finding(bound, CLAIM, agreement, 0.05 - chance, f"{words} (margin: 0.05 - larger p)", summary)


def judge_width_onset(levels: Levels, threshold: float) -> Finding:
    """RESPECTED where the onset falls with width (rank trend, 5 %), VIOLATED where it rises. Margin: -rho."""
    bound = f"width_onset_falls@{threshold:g}"
    if len(levels) < 3:
        return _too_few(bound, "width", levels, 3)
    times = {level: _times(runs) for level, runs in levels.items()}
    trend = _trend(times)
    words = f"mean onset {_shown(levels, [float(np.mean(t)) for t in times.values()])}; rho = {trend['effect']:.2f}"
    agreement = Agreement.INCONCLUSIVE
    if trend["p"] < 0.05:
        agreement = Agreement.RESPECTED if trend["effect"] < 0 else Agreement.VIOLATED
    summary = _summary(levels, times) | {"trend": trend}
    return Finding(bound, CLAIM, agreement, -trend["effect"], f"{words}, p = {trend['p']:.2g} (margin: -rho)", summary)


def judge_width_norm(levels: Levels, threshold: float) -> Finding:
    """Equivalence within 13 % (TOST on log fn*) of the two widths whose means lie farthest apart. Margin: 13 % -
    effect."""
    bound = f"width_moves_norm_little@{threshold:g}"
    reached = {level: _norms(runs) for level, runs in levels.items() if len(_norms(runs)) > 1}
    if len(reached) < 2:
        return _too_few(bound, "width (with two onsets each)", reached, 2)
    means = {level: float(np.mean(np.log(values))) for level, values in reached.items()}
    low, high = min(means, key=means.get), max(means, key=means.get)
    effect = float(np.expm1(means[high] - means[low]))
    logs = np.log(reached[high]), np.log(reached[low])
    same = statistics.equivalence(*logs, float(np.log1p(LARGEST_WIDTH_EFFECT)))
    beyond = statistics.welch(logs[0] - np.log1p(LARGEST_WIDTH_EFFECT), logs[1])
    above = beyond.p / 2 if beyond.effect > 0 else 1 - beyond.p / 2
    summary = {"geometric_means": {str(k): float(np.exp(v)) for k, v in means.items()}, "effect": effect,
               "equivalence": statistics.as_dict(same), "p_beyond": above}  # fmt: skip
    words = (
        f"fn* at {low:g} and {high:g} differ by {effect:.1%}; equivalence p = {same.p:.2g}, beyond 13 % p = {above:.2g}"
    )
    agreement = Agreement.INCONCLUSIVE
    if same.p < 0.05 or above < 0.05:
        agreement = Agreement.RESPECTED if same.p < 0.05 else Agreement.VIOLATED
    return Finding(bound, CLAIM, agreement, LARGEST_WIDTH_EFFECT - effect, f"{words} (margin: 13 % - effect)", summary)


def _times(runs: Sequence[Run]) -> list[float]:
    return [run.onset.epoch if run.onset is not None else float(run.log.trajectory.time[-1]) for run in runs]


def _norms(runs: Sequence[Run]) -> list[float]:
    return [run.onset.feature_norm for run in runs if run.onset is not None and run.onset.feature_norm]


def _changes(times: Mapping[float, Sequence[float]], sign: int) -> tuple[float, float]:
    """(largest change of the mean in direction `sign` from a lower to a higher level, its one-sided Bonferroni p)."""
    values = list(times.values())
    pairs = [(values[i], values[j]) for j in range(len(values)) for i in range(j)]
    largest = max(sign * (np.mean(b) - np.mean(a)) for a, b in pairs)
    chances = [1.0]
    for a, b in pairs:
        if len(a) > 1 and len(b) > 1 and sign * (np.mean(b) - np.mean(a)) > 0:
            chances.append(statistics.welch(a, b).p / 2 * len(pairs))
    return float(largest), float(min(chances))


def _trend(times: Mapping[float, Sequence[float]]) -> dict:
    x = [float(level) for level, values in times.items() for _ in values]
    y = [value for values in times.values() for value in values]
    return statistics.as_dict(statistics.rank_trend(x, y))


def _summary(levels: Levels, times: Mapping) -> dict:
    summary = {
        str(level): {"onsets": list(times[level]), "without_onset": sum(run.onset is None for run in runs),
                     "feature_norms": _norms(runs)}
        for level, runs in levels.items()
    }  # fmt: skip
    return {"levels": summary, "log_rank_p": _log_rank(levels, times)}


def _log_rank(levels: Levels, times: Mapping) -> float | None:
    from lifelines.statistics import multivariate_logrank_test

    rows = [(value, str(level), run.onset is not None) for level, runs in levels.items()
            for value, run in zip(times[level], runs, strict=True)]  # fmt: skip
    durations, groups, observed = zip(*rows, strict=True)
    if len(set(groups)) < 2 or not any(observed):
        return None
    return float(multivariate_logrank_test(durations, groups, observed).p_value)


def _shown(levels: Levels | Mapping, values: Sequence[float]) -> str:
    return ", ".join(f"{level if isinstance(level, str) else format(level, 'g')}: {value:.4g}"
                     for level, value in zip(levels, values, strict=True))  # fmt: skip


def _too_few(bound: str, factor: str, levels: Mapping, least: int) -> Finding:
    have = ", ".join(str(level) for level in levels) or "none"
    reason = f"levels of {factor} are {have}, must be >= {least}; name them in the family, as in depth5_s1"
    return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, reason)
