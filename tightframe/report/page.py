"""Write the page: collect, draw, render with Jinja, all or nothing; report.json and the figures lie beside it."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from numerics.trajectory import write_atomically
from tightframe.report.claim_sections import by_topic
from tightframe.report.content import ReportError, collect
from tightframe.report.figures import marks, panels
from tightframe.report.paper import picture, save_figures
from tightframe.report.prose import prose

ASSETS = Path(__file__).parent / "assets"
STATUSES = ("proved", "sharpened", "refuted", "cited", "empirical", "undecided", "unproved")


def build(
    folders: Sequence[Path], out: Path, only: str | None = None, progress: Callable[[str], None] | None = None
) -> Path:
    """Write `out`/index.html, `out`/report.json and `out`/figures/; returns the page's path.

    `folders` hold runs or somebody else's logs (the project's frozen records are always shown); `only` keeps one claim
    and what it rests on; `progress` is told what is going on. Raises LedgerError for an unknown claim, RunFolderError
    for a folder that is no run, ReportError if `out` is a file.
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise ReportError(f"{out} is a file, must be a folder; name another with --out")
    content = collect(folders, only)
    before = _figures_of(out / "report.json")
    content["figures"] = save_figures(content, out / "figures", progress)
    _forget(before, content["figures"], out)
    write_atomically(out / "report.json", json.dumps(content, allow_nan=False).encode())
    write_atomically(out / "index.html", render(content).encode())
    return out / "index.html"


def render(content: dict[str, Any]) -> str:
    """The page as one string: styles, script, plotting library and data inside, nothing fetched from anywhere."""
    environment = Environment(
        loader=PackageLoader("tightframe.report", "assets"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # MathML comes from tightframe.report.formulas, which escapes whatever it does not typeset
    environment.filters |= {
        "formula": Markup,
        "number": _number,
        "counted": _counted,
        "picture": picture,
        "words": _words,
        "prose": prose,
        "claim": {claim["key"]: claim for claim in content["claims"]}.__getitem__,
    }
    figures = _figures(content)
    return environment.get_template("page.html.j2").render(
        content=content,
        style=Markup(_math_font() + (ASSETS / "style.css").read_text()),
        script=Markup((ASSETS / "page.js").read_text()),
        plotly=_plotly() if figures or content["grids"] or content["logs"] else Markup(""),
        data=embedded(_graph(content)),
        curves=_packed(json.dumps({"figures": figures, "grids": content["grids"], "logs": _log_curves(content)})),
        by_status=_in_order(STATUSES, content["summary"]),
        topics=by_topic(content["claims"]),
        known={claim["key"] for claim in content["claims"]},
    )


def _figures_of(report: Path) -> dict[str, dict[str, str]]:
    """The figures that an earlier report in the same place says it wrote."""
    try:
        return dict(json.loads(report.read_text())["figures"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _forget(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]], out: Path) -> None:
    """Remove figures of an earlier report that this one does not have; nothing else in the folder is touched."""
    kept = {figure[kind] for figure in now.values() for kind in ("svg", "png")}
    for figure in before.values():
        for path in (Path(figure[kind]) for kind in ("svg", "png") if kind in figure):
            if str(path) not in kept and path.parent == Path("figures"):
                (out / path).unlink(missing_ok=True)


def _figures(content: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each run with curves; the times, which all its traces share, are written once."""
    figures = []
    for run in content["runs"]:
        if run["kind"] == "diagram":
            continue
        shown = [
            panel | {"traces": [{key: trace[key] for key in trace if key != "x"} for trace in panel["traces"]]}
            for panel in panels(run)
        ]
        series = run["series"]
        figures.append(
            {
                "anchor": run["anchor"],
                "unit": series["time_unit"],
                "time": series["time"],
                "panels": shown,
                "marks": marks(run),
            }
        )
    return figures


def _graph(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "parents": {claim["key"]: claim["uses"] for claim in content["claims"]},
        "titles": {claim["key"]: [claim["title"], claim["status"]] for claim in content["claims"]},
        "box": content["blueprint"]["box"],
    }


def _log_curves(content: dict[str, Any]) -> list[dict[str, Any]]:
    return content["logs"]["runs"] if content["logs"] else []


@cache
def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs

    return _packed(get_plotlyjs())


def _packed(text: str) -> Markup:
    """Compressed; the script unpacks it when the first curve comes into view, so that the page is small and opens at
    once."""
    return Markup(b64encode(gzip.compress(text.encode(), mtime=0)).decode())


def embedded(data: Any) -> Markup:
    """JSON that is safe inside a script element, whatever strings it holds."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)


def _math_font() -> str:
    """The letters and signs of formulas, alike everywhere: a subset of STIX Two Math (SIL OFL 1.1)."""
    font = b64encode((ASSETS / "math.woff").read_bytes()).decode()
    return f'@font-face{{font-family:"Page Math";src:url(data:font/woff;base64,{font}) format("woff")}}\n'


def _in_order(names: Sequence[str], counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, counts[name]) for name in names if counts.get(name)]


def _number(value: Any) -> str:
    """Three significant digits, or a dash for what is no number."""
    return f"{value:.3g}" if isinstance(value, int | float) and not isinstance(value, bool) else "–"


def _words(name: Any) -> Markup:
    """A name that may be broken after its underscores, escaped."""
    return Markup("_<wbr>").join(escape(part) for part in str(name).split("_"))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
