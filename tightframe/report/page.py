"""Write the page: collect, draw, render with Jinja, all or nothing; report.json and the figures lie beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from numerics.trajectory import write_atomically
from theory.errors import UsersMistake
from tightframe.report.content import collect
from tightframe.report.figures import marks, panels, save_figures

ASSETS = Path(__file__).parent / "assets"


class ReportError(UsersMistake):
    """A page that cannot be written."""


def build(folders: Sequence[Path], out: Path, only: str | None = None) -> Path:
    """Write `out`/index.html, `out`/report.json and `out`/figures/; returns the page's path.

    `folders` hold runs (the project's frozen records are always shown); `only` keeps one claim and what it rests on.
    Raises LedgerError for an unknown claim, RunFolderError for a folder that is no run, ReportError if `out` is a file.
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise ReportError(f"{out} is a file, must be a folder; name another with --out")
    content = collect(folders, only)
    content["figures"] = save_figures(content["runs"], out / "figures")
    write_atomically(out / "report.json", json.dumps(content, indent=1, allow_nan=False).encode())
    write_atomically(out / "index.html", render(content).encode())
    return out / "index.html"


def render(content: dict[str, Any]) -> str:
    """The page as one string: styles, script, plotting library and data inside, nothing fetched from anywhere."""
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=PackageLoader("tightframe.report", "assets"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["formula"] = (
        Markup  # MathML made by tightframe.report.formulas, which escapes what it does not typeset
    )
    figures = [
        {"anchor": run["anchor"], "unit": run["series"]["time_unit"], "panels": panels(run), "marks": marks(run)}
        for run in content["runs"]
    ]
    return environment.get_template("page.html.j2").render(
        content=content,
        style=Markup((ASSETS / "style.css").read_text()),
        script=Markup((ASSETS / "page.js").read_text()),
        plotly=Markup(get_plotlyjs().replace("</script", "<\\/script")) if figures else Markup(""),
        data=embedded({"figures": figures, "parents": _parents(content)}),
        by_status=_by_status(content["claims"]),
    )


def embedded(data: Any) -> Markup:
    """JSON that is safe inside a script element, whatever strings it holds."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)


def _parents(content: dict[str, Any]) -> dict[str, list[str]]:
    return {claim["key"]: claim["uses"] for claim in content["claims"]}


def _by_status(claims: list[dict]) -> list[tuple[str, int]]:
    order = ("proved", "sharpened", "refuted", "cited", "empirical", "undecided", "unproved")
    counts = [(status, sum(claim["status"] == status for claim in claims)) for status in order]
    return [(status, count) for status, count in counts if count]
