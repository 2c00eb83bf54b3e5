"""Which runs belong together: the name of a log, read as family, seed and suffix.

    depth5_s1 -> family depth5, seed 1        depth2_s0_ext -> family depth2, seed 0, suffix ext

The user overrides it by a pattern with (?P<family>...) and optionally (?P<seed>...) and (?P<suffix>...), by the name
of a column, or (in Python) by a mapping from log name to family.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpu_experiments.foreign.columns import RUN_COLUMNS, SEED_COLUMNS, normal
from gpu_experiments.foreign.errors import LogError

BY_NAME = r"^(?P<family>.+?)[_.-]?(?:seed|s|run)[_-]?(?P<seed>\d+)(?:_(?P<suffix>[A-Za-z]\w*))?$"
Grouping = Mapping[str, str] | str | None


@dataclass(frozen=True, slots=True)
class Label:
    """`seed` and `suffix` are empty where the name has none."""

    family: str
    seed: str = ""
    suffix: str = ""


def is_pattern(group: Grouping) -> bool:
    return isinstance(group, str) and "(?P<family>" in group


def check_grouping(group: Grouping) -> None:
    """Raises LogError for a pattern that is no regular expression or lacks the group `family`."""
    if not isinstance(group, str):
        return
    if "(" in group and not is_pattern(group):
        raise LogError(f"group is {group!r}, must be a column or a pattern with (?P<family>...); write {BY_NAME!r}")
    if is_pattern(group):
        try:
            re.compile(group)
        except re.error as error:
            raise LogError(f"group is {group!r}, must be a regular expression ({error}); mend the pattern") from None


def label(name: str, group: Grouping = None) -> Label:
    """Family, seed and suffix of a log called `name`; a name that the pattern does not fit is a family of its own."""
    if isinstance(group, Mapping):
        plain = label(name)
        return Label(group[name], plain.seed, plain.suffix) if name in group else plain
    match = re.match(group if is_pattern(group) else BY_NAME, name)
    if match is None:
        return Label(name)
    parts = {key: value or "" for key, value in match.groupdict().items()}
    return Label(parts["family"], parts.get("seed", ""), parts.get("suffix", ""))


def run_columns(columns: Sequence[str], group: Grouping, where: str) -> tuple[str | None, str | None]:
    """(family column, seed column) that tell several runs in one file apart, None where there is none.

    Raises LogError where `group` names a column that the file does not have.
    """
    seed = next((column for column in columns if normal(column) in SEED_COLUMNS), None)
    if isinstance(group, str) and not is_pattern(group):
        exact = [column for column in columns if column == group] or [c for c in columns if normal(c) == normal(group)]
        if not exact:
            shown = ", ".join(columns[:12])
            raise LogError(f"{where} has no column {group!r} to group by (it has {shown}); name one, or give a pattern")
        return exact[0], seed if seed != exact[0] else None
    family = next((column for known in RUN_COLUMNS for column in columns if normal(column) == known), None)
    return family, seed
