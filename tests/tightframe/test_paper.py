"""The figures beside the page: legends beside their curves, numbers at every axis, each figure drawn in any process."""

import numpy as np
import pytest
from matplotlib import rc_context

from tightframe.report import paper
from tightframe.report.figures import PANELS

LONGEST = ["flatness_from_wrong_classes (lower bound)", "bottleneck_logdet_bound_without_drawing (upper bound)"]


def run_of(**curves):
    """A run, and four panels that each show the given curves."""
    times = np.geomspace(1, 15_000, 30).tolist()
    style = {"x": times, "style": "solid", "colour": "#000000"}
    traces = [{"name": name, "y": list(values), **style} for name, values in curves.items()]
    shown = [{"name": name, "title": title, "log": True, "traces": traces} for name, (title, *_) in PANELS.items()][:4]
    return {"series": {"time": times, "time_unit": "step"}, "moments": [], "clocks": {}}, shown


@pytest.fixture
def drawn(monkeypatch):
    """The figure of a run, its places known."""
    monkeypatch.setattr(paper, "marks", lambda run: [])

    def figure(**curves):
        with rc_context(paper.STYLE):
            made = paper._curves(*run_of(**curves))
            made.canvas.draw()
        return made

    return figure


def test_a_legend_of_ten_long_names_covers_no_curve_and_no_other_panel(drawn):
    names = [f"flatness_bound_{n} (upper bound)" for n in range(9)] + [LONGEST[0]]
    figure = drawn(**{name: np.geomspace(1, 1000, 30) for name in names})
    taken = [part.get_window_extent() for axis in figure.axes for part in (axis, axis._left_title, axis.xaxis.label)]
    for axis in figure.axes:
        place = axis.get_legend().get_window_extent()
        assert len(axis.get_legend().get_texts()) == 10
        assert not any(place.overlaps(other) for other in taken)
        assert figure.bbox.y0 <= place.y0 and place.x1 <= figure.bbox.x1


def test_the_longest_names_of_one_panel_stay_on_the_paper(drawn):
    names = ["superfluous_information", "superfluous_information_least", "bottleneck_bound (upper bound)", LONGEST[1]]
    figure = drawn(**{name: np.geomspace(1, 2, 30) for name in names})
    assert all(axis.get_legend().get_window_extent().x1 <= figure.bbox.x1 for axis in figure.axes)


@pytest.mark.parametrize("low, high", [(1.01, 1.02), (15, 80), (3.9, 7.6), (0.9, 1.1), (5, 2000), (1e-9, 1e3)])
def test_every_logarithmic_axis_has_at_least_two_numbers_in_view(drawn, low, high):
    figure = drawn(curve=np.geomspace(low, high, 30))
    for axis in figure.axes:
        bottom, top = axis.get_ylim()
        numbered = [label.get_position()[1] for label in axis.get_yticklabels() if label.get_text()]
        assert sum(bottom <= at <= top for at in numbered) >= 2


def test_a_figure_that_cannot_be_drawn_is_a_fault_and_not_a_missing_file(tmp_path):
    run = {"kind": "diagram", "anchor": "run-a", "name": "a", "columns": {"x": [1.0]}, "config": {"diagram": "none"}}
    content = {"runs": [run, run | {"anchor": "run-b"}], "grids": [], "logs": None}
    with pytest.raises(KeyError, match="none"):
        paper.save_figures(content, tmp_path)


def test_a_figure_drawn_in_another_process_is_the_same_to_the_byte(tmp_path, page):
    job = next(job for job in paper._jobs(page.content) if job.paint is paper._curves)
    paper._save(tmp_path, job)
    for kind in paper.KINDS:
        assert (tmp_path / f"{job.name}.{kind}").read_bytes() == (
            page.folder / f"figures/{job.name}.{kind}"
        ).read_bytes()


def test_progress_is_told_figure_by_figure(tmp_path, page):
    told = []
    saved = paper.save_figures(page.content, tmp_path / "figures", told.append)
    assert saved == page.content["figures"] and len(told) == len(saved) > 2
    assert told[-1] == f"drawing figures, {len(saved)} of {len(saved)}"
