"""Where the claims stand in the drawing of the blueprint: Graphviz `dot` where it is installed, else layers of our own.

Positions are in pixels, y downwards, boxes centred on them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

WIDTH, HEIGHT, GAP_X, GAP_Y = 178, 38, 44, 12
LONGEST_LINE = 20


@dataclass(frozen=True, slots=True)
class Drawing:
    """`places`: key to centre; `width`, `height` of the whole in pixels."""

    places: dict[str, tuple[float, float]]
    width: float
    height: float
    engine: str


def drawing_of(graph: nx.DiGraph, claims: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The drawing as JSON: nodes with place, status and label, edges as paths; `claims` are the page's, by key."""
    drawing = draw(graph)
    nodes = [
        {
            "key": key,
            "x": round(x, 1),
            "y": round(y, 1),
            "status": claims[key]["status"],
            "fully": claims[key]["fully"],
            "title": claims[key]["title"],
            "label": broken(key),
        }
        for key, (x, y) in drawing.places.items()
        if key in claims
    ]
    edges = [{"from": a, "to": b, "path": _curve(drawing.places[a], drawing.places[b])} for a, b in graph.edges]
    size = {"width": round(drawing.width), "height": round(drawing.height), "box": [WIDTH, HEIGHT]}
    return size | {"engine": drawing.engine, "nodes": nodes, "edges": edges}


def broken(key: str) -> list[str]:
    """A key on at most two lines, as even as its words allow, each with the underscore it is broken at."""
    words = key.split("_")
    if len(key) <= LONGEST_LINE or len(words) == 1:
        return [key]
    cut = min(range(1, len(words)), key=lambda at: max(len("_".join(words[:at])), len("_".join(words[at:]))))
    return ["_".join(words[:cut]) + "_", "_".join(words[cut:])]


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """From the right side of one box to the left side of the other."""
    (x1, y1), (x2, y2) = start, end
    x1, x2 = (x1 + WIDTH / 2, x2 - WIDTH / 2) if x2 > x1 else (x1 - WIDTH / 2, x2 + WIDTH / 2)
    middle = (x1 + x2) / 2
    return f"M{x1:.0f},{y1:.0f} C{middle:.0f},{y1:.0f} {middle:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"


def draw(graph: nx.DiGraph, dot: str | None = None) -> Drawing:
    """Lay the graph out, roots on the left. `dot` names the program, "" none; by default it is looked for."""
    program = shutil.which("dot") if dot is None else dot
    places = _by_dot(graph, program) if program else None
    engine = "dot" if places else "layers"
    places = places or _by_layers(graph)
    left = min((x for x, _ in places.values()), default=0) - WIDTH / 2 - 8
    top = min((y for _, y in places.values()), default=0) - HEIGHT / 2 - 8
    moved = {key: (x - left, y - top) for key, (x, y) in places.items()}
    width = max((x for x, _ in moved.values()), default=0) + WIDTH / 2 + 8
    height = max((y for _, y in moved.values()), default=0) + HEIGHT / 2 + 8
    return Drawing(moved, width, height, engine)


def _by_dot(graph: nx.DiGraph, program: str) -> dict[str, tuple[float, float]] | None:
    connected = [key for key in graph if graph.degree(key)]
    lines = [
        "digraph {",
        f"rankdir=LR; nodesep={GAP_Y / 72:.3f}; ranksep={GAP_X / 72:.3f}",
        f"node [shape=box fixedsize=true width={WIDTH / 72:.3f} height={HEIGHT / 72:.3f}]",
    ]
    lines += [f"{json.dumps(key)};" for key in connected]
    lines += [f"{json.dumps(a)} -> {json.dumps(b)};" for a, b in graph.edges]
    try:
        done = subprocess.run(
            [program, "-Tjson"], input="\n".join([*lines, "}"]), capture_output=True, text=True, timeout=30, check=True
        )
        found = json.loads(done.stdout)["objects"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
    places = {node["name"]: tuple(map(float, node["pos"].split(","))) for node in found if "pos" in node}
    flipped = {key: (x, -y) for key, (x, y) in places.items()}
    return flipped | _in_rows([key for key in graph if key not in flipped], flipped)


def _in_rows(keys: list[str], places: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Claims without a neighbour, in rows below the rest."""
    left = min((x for x, _ in places.values()), default=0)
    right = max((x for x, _ in places.values()), default=left + 5 * (WIDTH + GAP_X))
    bottom = max((y for _, y in places.values()), default=-HEIGHT - 3 * GAP_Y) + HEIGHT + 3 * GAP_Y
    columns = max(3, int((right - left) // (WIDTH + GAP_Y)) + 1)
    return {
        key: (left + (i % columns) * (WIDTH + GAP_Y), bottom + (i // columns) * (HEIGHT + GAP_Y))
        for i, key in enumerate(keys)
    }


def _by_layers(graph: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Longest-path layers from left to right; each claim as near to the mean height of its neighbours as its layer
    has room, swept forth and back."""
    connected = graph.subgraph([key for key in graph if graph.degree(key)])
    if not nx.is_directed_acyclic_graph(connected):
        connected = nx.DiGraph()
    layers = [sorted(layer) for layer in nx.topological_generations(connected)]
    heights = {key: i * (HEIGHT + GAP_Y) for layer in layers for i, key in enumerate(layer)}
    for sweep in range(8):
        near = connected.predecessors if sweep % 2 == 0 else connected.successors
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            heights |= _settled(layer, {key: _mean(key, near(key), heights) for key in layer})
    across = {key: x * (WIDTH + GAP_X) for x, layer in enumerate(layers) for key in layer}
    places = {key: (across[key], heights[key]) for key in across}
    return places | _in_rows([key for key in graph if key not in places], places)


def _mean(key: str, neighbours: Iterable[str], heights: Mapping[str, float]) -> float:
    found = [heights[other] for other in neighbours]
    return sum(found) / len(found) if found else heights[key]


def _settled(layer: list[str], wished: Mapping[str, float]) -> dict[str, float]:
    """Heights in the order of the wishes, a box apart, the layer's mean height kept."""
    ordered = sorted(layer, key=lambda key: (wished[key], key))
    found: list[float] = []
    for key in ordered:
        found.append(max(wished[key], found[-1] + HEIGHT + GAP_Y) if found else wished[key])
    shift = sum(wished.values()) / len(layer) - sum(found) / len(found)
    return {key: height + shift for key, height in zip(ordered, found, strict=True)}
