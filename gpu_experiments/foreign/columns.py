"""Which column of somebody's log is which observable: found by synonyms, shown, and overridden by the user.

    read_mapping("nc1=NC1,fn=feat_norm")  ->  {"nc1_trace_ratio": "NC1", "feature_norm": "feat_norm"}

A column called plain `nc1` is taken as the trace ratio tr S_W / tr S_B, the one on which the onset rule is stated; for
tr(S_W S_B^+)/K write `nc1_pinv=COLUMN`. One label never stands for two definitions, so the guess is shown as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpu_experiments.foreign.errors import LogError
from theory.errors import near

TIME = {
    "epoch": "epoch epochs ep epochnumber epochidx currentepoch",
    "step": "step steps globalstep trainerglobalstep iteration iterations iter it update updates time",
}
SYNONYMS = {
    "loss_phase": "lossphase phase stage trainingphase",
    "nc1_trace_ratio": "nc1traceratio nc1 nc1tr nc1ratio trainnc1 nc1train withinbetweenratio",
    "nc1": "nc1pinv nc1pseudoinverse",
    "nc2_equiangle": "nc2equiangle nc2 nc2cos trainnc2 nc2train",
    "nc2": "nc2frobenius nc2gram",
    "nc2_equinorm": "nc2equinorm",
    "nc3": "nc3 trainnc3 nc3train",
    "nc4": "nc4 trainnc4 nc4train",
    "feature_norm": "featurenorm featnorm fn meanfeaturenorm meanfeatnorm featurenormmean featnormmean hnorm phinorm "
    "penultimatenorm",
    "train_accuracy": "trainaccuracy trainacc train acctrain accuracytrain trainingaccuracy trainingacc trainacc1 "
    "traintop1 accuracy acc",
    "test_accuracy": "testaccuracy testacc test acctest accuracytest testacc1 testtop1 valaccuracy valacc val "
    "validationaccuracy validacc evalaccuracy evalacc",
    "train_loss": "trainloss losstrain trainingloss loss",
    "test_loss": "testloss losstest valloss validationloss evalloss",
    "learning_rate": "learningrate lr",
    "feature_norm_max": "featurenormmax maxfeaturenorm",
    "feature_norm_rms": "featurenormrms",
    "head_norm": "headnorm wnorm classifiernorm",
    "cdnv": "cdnv",
    "rnc1": "rnc1",
    "rnc1_mean_norm": "rnc1meannorm",
    "relative_flatness": "relativeflatness kappa",
    "relative_flatness_surrogate": "relativeflatnesssurrogate",
    "relative_flatness_mse": "relativeflatnessmse",
    "head_diameter": "headdiameter",
    "mean_wrong_probability": "meanwrongprobability",
    "flatness_loss_bound": "flatnesslossbound",
    "flatness_collapse_upper": "flatnesscollapseupper",
    "flatness_collapse_lower": "flatnesscollapselower",
    "flatness_pair_upper": "flatnesspairupper",
    "flatness_pair_lower": "flatnesspairlower",
    "margin_min": "marginmin minmargin",
    "collapsed_norm": "collapsednorm",
    "head_scale": "headscale",
    "classes": "classes numclasses",
    "balancedness": "balancedness",
}
RUN_COLUMNS = "run runid runname trial name experiment config family group".split()
SEED_COLUMNS = ("seed", "randomseed")
_ALIASES = {alias: name for name, aliases in (SYNONYMS | TIME).items() for alias in aliases.split()}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Observable -> column as found or given, columns left over, and the guesses that the reader should see."""

    time: tuple[str, str]
    observables: Mapping[str, str]
    ignored: tuple[str, ...]
    assumed: tuple[str, ...]


def normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def read_mapping(mapping: Mapping[str, str] | str | None) -> dict[str, str]:
    """`name=column` pairs as {observable: column}; a name is an observable, "epoch", "step" or one of their synonyms,
    the column "none" leaves the observable out. Raises LogError for a name that is none of these."""
    if mapping is None:
        return {}
    if isinstance(mapping, str):
        words = [word for word in mapping.split(",") if word.strip()]
        broken = [word for word in words if "=" not in word]
        if broken:
            raise LogError(
                f"mapping is {broken[0]!r}, must be observable=column; write for example nc1=NC1,fn=feat_norm"
            )
        mapping = {left.strip(): right.strip() for left, right in (word.split("=", 1) for word in words)}
    found = {}
    for left, right in mapping.items():
        name = _ALIASES.get(normal(left))
        if name is None:
            known = [*SYNONYMS, *TIME]
            raise LogError(f"mapping names {left!r}, must be one of {', '.join(known)}{near(left, known)}")
        if name in found and found[name] != right:
            raise LogError(f"mapping gives {name} twice ({found[name]!r} and {right!r}), must give it once; drop one")
        found[name] = right
    return found


def map_columns(columns: Sequence[str], mapping: Mapping[str, str], where: str) -> ColumnMapping:
    """Find the time column and the observables. `mapping` comes from `read_mapping` and wins over synonyms.

    Raises LogError where there is no time column, nothing to judge, an ambiguous or an absent column.
    """
    columns = [str(column) for column in columns]
    given = {name: _find(columns, column, where) for name, column in mapping.items() if column.lower() != "none"}
    left_out = {name for name, column in mapping.items() if column.lower() == "none"}
    free = [column for column in columns if column not in given.values()]
    chosen = dict(given)
    for name, aliases in (TIME | SYNONYMS).items():
        if name not in given and name not in left_out:
            column = _by_synonym(free, aliases.split(), name, where)
            if column is not None and column not in chosen.values():
                chosen[name] = column
    assumed = _settle_nc1(columns, chosen, given)
    unit = next((unit for unit in TIME if unit in given), next((unit for unit in TIME if unit in chosen), None))
    if unit is None:
        shown = ", ".join(columns[:12])
        raise LogError(f"{where} has no epoch column (it has {shown}), must have one; name it with epoch=COLUMN")
    observables = {name: column for name, column in chosen.items() if name not in TIME}
    if not observables:
        shown = ", ".join(columns[:12])
        raise LogError(f"{where} has no known observable (it has {shown}); name them with nc1=COLUMN,fn=COLUMN")
    used = {chosen[unit], *observables.values()}
    return ColumnMapping((unit, chosen[unit]), observables, tuple(c for c in columns if c not in used), tuple(assumed))


def own_columns(columns: Sequence[str], about: Mapping[str, str]) -> ColumnMapping:
    """The mapping of a trajectory that we wrote: every column is called what it is."""
    observables = {name: name for name in columns if name != "time"}
    return ColumnMapping((about["time_unit"], "time"), observables, (), ())


def _find(columns: Sequence[str], wanted: str, where: str) -> str:
    if wanted in columns:
        return wanted
    close = [column for column in columns if normal(column) == normal(wanted)]
    if len(close) == 1:
        return close[0]
    shown = ", ".join(columns[:12])
    raise LogError(f"{where} has no column {wanted!r} (it has {shown}){near(wanted, list(columns))}; mend the mapping")


def _by_synonym(columns: Sequence[str], aliases: Sequence[str], name: str, where: str) -> str | None:
    for alias in aliases:
        hits = [column for column in columns if normal(column) == alias]
        if len(hits) > 1:
            raise LogError(f"{where} has {' and '.join(map(repr, hits))} for {name}, must have one; say {name}=COLUMN")
        if hits:
            return hits[0]
    return None


def _settle_nc1(columns: Sequence[str], chosen: dict[str, str], given: Mapping[str, str]) -> list[str]:
    """Plain `nc1` is the canonical definition where the trace ratio has a column of its own, else the trace ratio."""
    assumed = []
    for general, special, meaning, way_out in (
        ("nc1", "nc1_trace_ratio", "the trace ratio tr S_W / tr S_B", "nc1_pinv"),
        ("nc2", "nc2_equiangle", "the mean |cos + 1/(K-1)|", "nc2_frobenius"),
    ):
        column = chosen.get(special)
        plain = [other for other in columns if normal(other) == general]
        if column is not None and normal(column) != general and plain and general not in given:
            chosen.setdefault(general, plain[0])
        elif column is not None and normal(column) == general and special not in given:
            assumed.append(f"column {column!r} taken as {meaning}; otherwise say {way_out}={column}")
    return assumed
