"""Where the claims stand in the drawing of the blueprint: Graphviz `dot` where it is installed, else layers of our own.

Positions are in pixels, y downwards, boxes centred on them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass

import networkx as nx

WIDTH, HEIGHT, GAP_X, GAP_Y = 188, 40, 22, 46


@dataclass(frozen=True, slots=True)
class Drawing:
    """`places`: key to centre; `width`, `height` of the whole in pixels."""

    places: dict[str, tuple[float, float]]
    width: float
    height: float
    engine: str


def draw(graph: nx.DiGraph, dot: str | None = None) -> Drawing:
    """Lay the graph out, roots on top. `dot` names the program; by default it is looked for."""
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
        f"node [shape=box fixedsize=true width={WIDTH / 72} height={HEIGHT / 72}]",
        "nodesep=0.25 ranksep=0.5",
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
    right = max((x for x, _ in places.values()), default=6 * WIDTH)
    bottom = max((y for _, y in places.values()), default=0) + HEIGHT + GAP_Y
    columns = max(3, int((right - left + WIDTH) // (WIDTH + GAP_X)))
    return {
        key: (left + (i % columns) * (WIDTH + GAP_X), bottom + (i // columns) * (HEIGHT + GAP_Y / 2))
        for i, key in enumerate(keys)
    }


def _by_layers(graph: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Longest-path layers, each ordered by the mean place of its neighbours above, wide layers broken into rows."""
    connected = graph.subgraph([key for key in graph if graph.degree(key)])
    if not nx.is_directed_acyclic_graph(connected):
        connected = nx.DiGraph()
    places: dict[str, tuple[float, float]] = {}
    y = 0.0
    for layer in nx.topological_generations(connected):
        ordered = sorted(layer, key=lambda key: (_mean_x(key, connected, places), key))
        for row in (ordered[i : i + 8] for i in range(0, len(ordered), 8)):
            offset = -(len(row) - 1) / 2 * (WIDTH + GAP_X)
            places |= {key: (offset + i * (WIDTH + GAP_X), y) for i, key in enumerate(row)}
            y += HEIGHT + GAP_Y
    return places | _in_rows([key for key in graph if key not in places], places)


def _mean_x(key: str, graph: nx.DiGraph, places: dict[str, tuple[float, float]]) -> float:
    above = [places[parent][0] for parent in graph.predecessors(key) if parent in places]
    return sum(above) / len(above) if above else 0.0
