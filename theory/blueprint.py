"""The dependency graph of all claims, found by importing theory/statements/. Adding a claim is adding one file.

An edge runs from a claim to each claim that rests on it. A file that does not load, names an unknown claim or closes a
circle is a problem that names the file; the rest of the graph is still there.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import networkx as nx
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from theory import statements
from theory.errors import UsersMistake
from theory.statement import Follows, Statement


class BlueprintError(UsersMistake):
    """A statement file that cannot take its place in the graph."""


def keys() -> list[str]:
    """All claim keys: the stems of the statement files, sorted. Imports none of them."""
    return sorted(
        module.name for module in pkgutil.iter_modules(statements.__path__) if not module.name.startswith("_")
    )


def statement(key: str) -> Statement:
    """The statement of one file, its key filled in. Raises BlueprintError that names the file."""
    path = f"theory/statements/{key}.py"
    try:
        found = importlib.import_module(f"theory.statements.{key}").STATEMENT
    except ModuleNotFoundError as error:
        raise BlueprintError(f"{path} does not load: {error}") from error
    except AttributeError as error:
        raise BlueprintError(f"{path} does not load: {error}; it must define STATEMENT") from error
    except Exception as error:
        raise BlueprintError(f"{path} does not load: {type(error).__name__}: {error}") from error
    if not isinstance(found, Statement):
        raise BlueprintError(f"STATEMENT of {path} is a {type(found).__name__}, must be a Statement")
    for goal in (found.claim, found.instead):
        if goal is not None and any(isinstance(part, BooleanAtom) for part in (goal, *goal.args)):
            raise BlueprintError(
                f"the claim of {path} collapsed to {goal} on construction; build its relations unevaluated"
            )
    if vacuous := self_relations(found):
        raise BlueprintError(
            f"part {vacuous[0]} of the claim of {path} relates an expression to itself; put values in with `at`"
        )
    return replace(found, key=key)


def self_relations(found: Statement) -> tuple[int, ...]:
    """Numbers, from 1, of the goal's parts whose two sides are the same object, so that they say nothing."""
    return tuple(place for place, part in enumerate(found.parts, 1) if _says_nothing(part))


def _says_nothing(part: Boolean) -> bool:
    if isinstance(part, Follows):
        return _says_nothing(part.args[1])
    return isinstance(part, Relational) and part.lhs == part.rhs


def load() -> tuple[nx.DiGraph, dict[str, str]]:
    """The graph (nodes carry `statement`) and the problems found on the way, by key."""
    graph, problems = nx.DiGraph(), {}
    for key in keys():
        try:
            graph.add_node(key, statement=statement(key))
        except BlueprintError as error:
            problems[key] = str(error)
    for key, found in list(graph.nodes(data="statement")):
        for used in found.uses:
            if used in graph:
                graph.add_edge(used, key)
            else:
                problems.setdefault(
                    key, f"theory/statements/{key}.py uses {used}, which is no claim; see `tightframe claims`"
                )
    for circle in nx.simple_cycles(graph):
        names = " -> ".join([*circle, circle[0]])
        problems |= {key: f"theory/statements/{key}.py closes the circle {names}" for key in circle}
    return graph, problems
