"""What the unplugged runs say: do sharpness, the reset of the rate, or low confidence delay generalisation?

Arms: penalty (strength > 0), reset (no penalty, the same change of rate, decay and normalisation), entropy (matched).
The gain of an arm is its test accuracy at the end minus that at the unplug epoch. Judged for each network by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.evidence import _pairs, apart, named
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

CLAIM = "anti_flatness_delays_generalisation"
GAIN, FITTED = 0.02, 0.9


def arm_of(run: Run) -> str:
    config = run.about["config"]
    return "penalty" if config["strength"] > 0 else "entropy" if config["entropy"] > 0 else "reset"


def at_unplug(run: Run) -> dict[str, float]:
    """Test accuracy, kappa and surrogate at the last row before the unplug, and the accuracy and kappa at the end."""
    table = run.trajectory
    last = int(np.flatnonzero(table["phase"] == 1)[-1])
    before = {
        name: float(table[name][last]) for name in ("test_accuracy", "train_accuracy", "relative_flatness_surrogate")
    }
    return before | {
        "end_train_accuracy": float(table["train_accuracy"][-1]),
        "kappa": float(table["relative_flatness"][last]),
        "end_kappa": float(table["relative_flatness"][-1]),
        "gain": float(table["test_accuracy"][-1] - table["test_accuracy"][last]),
    }


def findings(runs: Sequence[Run]) -> list[Finding]:
    families = apart(runs, "strength", "entropy", "hold_norm")
    return [one for suffix, group in families.items() for one in named(_compared(group), suffix)]


def _compared(runs: Sequence[Run]) -> list[Finding]:
    arms: dict[str, list[Run]] = {}
    for run in runs:
        arms.setdefault(arm_of(run), []).append(run)
    if "penalty" not in arms:
        return []
    found = [_delay(arms["penalty"], arms.get(name, []), name) for name in ("reset", "entropy")]
    return found + [_against(arms["penalty"], arms.get(name, []), name) for name in ("reset", "entropy")]


def _delay(penalty: Sequence[Run], control: Sequence[Run], name: str) -> Finding:
    """Test accuracy at the unplug, penalty minus control: RESPECTED where it is below -0.02 with 90 % confidence (the
    sharp network generalises late), VIOLATED where the two are equivalent at that margin."""
    bound = f"late_beside_{name}"
    pairs = [(at_unplug(a), at_unplug(b)) for a, b in _pairs.paired(penalty, control)]
    if len(pairs) < 2:
        return Finding(bound, CLAIM, Agreement.INCONCLUSIVE, None, f"fewer than two seeds with the {name} control")
    numbers = dict(_pairs.equivalent([a["test_accuracy"] - b["test_accuracy"] for a, b in pairs], GAIN))
    surrogates = [np.mean([side[at]["relative_flatness_surrogate"] for side in pairs]) for at in (0, 1)]
    reason = (
        f"test accuracy at the unplug differs by {numbers['mean']:+.4f} from the {name} control ({len(pairs)} seeds), "
        f"kappa_hat {surrogates[0]:.4g} against {surrogates[1]:.4g}"
    )
    late, same = numbers["high"] < -GAIN, _pairs.decided(numbers) == "RESPECTED"
    agreement = Agreement.RESPECTED if late else Agreement.VIOLATED if same else Agreement.INCONCLUSIVE
    return Finding(bound, CLAIM, agreement, -GAIN - numbers["high"], reason, numbers)


def _against(penalty: Sequence[Run], control: Sequence[Run], name: str) -> Finding:
    """RESPECTED where the penalty's gain exceeds the control's by more than 0.02 with 90 % confidence, VIOLATED where
    the two gains are equivalent at that margin."""
    bound = f"gain_beyond_{name}"
    every = [(at_unplug(a), at_unplug(b)) for a, b in _pairs.paired(penalty, control)]
    pairs = [pair for pair in every if min(side["end_train_accuracy"] for side in pair) >= FITTED]
    if len(every) < 2:
        return Finding(bound, CLAIM, Agreement.INCONCLUSIVE, None, f"fewer than two seeds with the {name} control")
    if len(pairs) < 2:
        reason = (
            f"the unplug destroyed an arm on {len(every) - len(pairs)} of {len(every)} seeds, where it fits no more"
        )
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, reason, {"runs": every})
    numbers = dict(_pairs.equivalent([a["gain"] - b["gain"] for a, b in pairs], GAIN))
    numbers |= {"penalty": [a for a, _ in pairs], name: [b for _, b in pairs]}
    gains = [statistics.mean_interval([side[at]["gain"] for side in pairs]).value for at in (0, 1)]
    kappas = [np.exp(np.mean(np.log([side[at]["kappa"] for side in pairs]))) for at in (0, 1)]
    reason = (
        f"gain after the unplug {gains[0]:+.3f} with the penalty, {gains[1]:+.3f} with the {name} control "
        f"({len(pairs)} of {len(every)} seeds); kappa at the unplug {kappas[0]:.4g} and {kappas[1]:.4g}"
    )
    above = numbers["low"] is not None and numbers["low"] > GAIN
    same = _pairs.decided(numbers) == "RESPECTED"
    agreement = Agreement.RESPECTED if above else Agreement.VIOLATED if same else Agreement.INCONCLUSIVE
    return Finding(bound, CLAIM, agreement, None if numbers["low"] is None else numbers["low"] - GAIN, reason, numbers)
