"""What lies beside the page and what it is made of: report.json, figures by name, witnesses, closed forms, layout."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from gpu_experiments.judge import read_run
from numerics.trajectory import Trajectory, load_trajectory, save_trajectory
from theory.errors import UsersMistake
from tightframe.report import ReportError, build
from tightframe.report.claim_sections import strongest
from tightframe.report.closed_forms import compared
from tightframe.report.grids import weight_decay_grids
from tightframe.report.layout import GAP_Y, HEIGHT, WIDTH, broken, draw
from tightframe.report.page import embedded

CLAIM = "collapse_alone_is_not_flat"


def test_one_claim_comes_with_all_that_it_rests_on_and_nothing_else(page):
    from theory import blueprint

    graph, _ = blueprint.load()
    assert {claim["key"] for claim in page.content["claims"]} == {CLAIM} | nx.ancestors(graph, CLAIM)
    assert {node["key"] for node in page.content["blueprint"]["nodes"]} == {CLAIM} | nx.ancestors(graph, CLAIM)


def test_the_page_is_one_small_file_that_names_no_outside_source(page):
    text = page.file.read_text()
    assert len(text.encode()) < 4_000_000
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text) == []
    assert "@import" not in text and re.findall(r"url\((?!#tip\)|data:font/woff;base64,)", text) == []


def test_every_figure_lies_beside_the_page_by_name_as_svg_and_png(page):
    figures = page.content["figures"]
    assert {"hysteresis", "feature-norm-at-onset"} <= set(figures) and len(figures) == 6
    for figure in figures.values():
        assert (page.folder / figure["svg"]).read_bytes().startswith(b"<?xml")
        assert (page.folder / figure["png"]).read_bytes().startswith(b"\x89PNG")


def test_a_second_report_in_the_same_place_leaves_no_figure_of_the_first_and_nothing_of_mine_goes(tmp_path):
    from tightframe.report.page import _figures_of, _forget

    (tmp_path / "figures").mkdir()
    for name in ("old.svg", "old.png", "new.svg", "new.png", "mine.svg"):
        (tmp_path / "figures" / name).write_text("")
    figures = {name: {"svg": f"figures/{name}.svg", "png": f"figures/{name}.png"} for name in ("old", "new")}
    (tmp_path / "mine.png").write_text("")
    figures["outside"] = {"svg": "figures/../mine.png", "png": "mine.png"}
    (tmp_path / "report.json").write_text(json.dumps({"figures": figures}))
    _forget(_figures_of(tmp_path / "report.json"), {"new": figures["new"]}, tmp_path)
    assert {file.name for file in tmp_path.rglob("*.*g")} == {"new.svg", "new.png", "mine.svg", "mine.png"}


def test_the_counts_of_the_front_are_those_of_the_claims_and_verdicts(page):
    content = page.content
    assert sum(content["summary"].values()) == len(content["claims"]) == sum(content["evidence"].values())
    verdicts = [v for run in content["runs"] if run["kind"] == "network" for v in run["verdicts"]]
    assert sum(content["verdicts"].values()) == len(verdicts) > 0


def test_a_half_written_run_among_finished_ones_is_named_and_left_out(page):
    assert len(page.content["skipped"]) == 1
    assert "half-written" in page.content["skipped"][0]["reason"]


def test_a_page_changes_nothing_in_the_folders_that_it_shows(page):
    folders = [Path(run["path"]) for run in page.content["runs"]]
    assert folders and all(
        {file.name for file in folder.iterdir()} == {"config.json", "trajectory.parquet"} for folder in folders
    )


def test_a_witness_is_shown_as_python_that_prints_what_the_page_says(page):
    shown = {claim["key"]: claim["witness_code"] for claim in page.content["claims"] if claim["witness_code"]}
    assert {CLAIM, "softmax_hessian"} <= set(shown)
    for code in shown.values():
        told = subprocess.run(
            [sys.executable, "-I", "-c", code["code"]], capture_output=True, text=True, timeout=60, check=True
        )
        assert told.stdout.strip() == code["prints"]
    rising, later = (float(line.split(" = ")[1]) for line in shown[CLAIM]["prints"].splitlines()[:2])
    assert later > rising
    assert set(re.findall(r"True|False", shown["softmax_hessian"]["prints"])) == {"True"}


def test_runs_have_names_that_tell_them_apart_by_the_setting_in_which_they_differ(page):
    networks = [run for run in page.content["runs"] if run["kind"] == "network"]
    assert len({run["anchor"] for run in page.content["runs"]}) == len(page.content["runs"])
    assert all("weight_decay" in run["name"] and "seed 0" in run["name"] for run in networks)


def test_a_collapsed_start_ends_at_the_equilibrium_of_the_theory(page):
    (run,) = [run for run in page.content["runs"] if run["kind"] == "simulation"]
    relative = {row["observable"]: row["relative"] for row in run["closed_forms"]["rows"]}
    assert {"logit", "feature_norm", "relative_flatness"} <= set(relative)
    assert max(relative.values()) < 1e-6


def test_a_run_under_other_settings_is_seen_to_differ_from_its_closed_form(write_simulation, tmp_path):
    folder = write_simulation(tmp_path, "ce_ufm", model="planar", start="collapsed", t_end=1e4, points=5)
    about = json.loads((folder / "config.json").read_text())
    about["config"]["decay_W"] *= 1.1
    (folder / "config.json").write_text(json.dumps(about))
    assert max(row["relative"] for row in compared(read_run(folder), np.arange(5))["rows"]) > 1e-2


def test_free_growth_follows_its_implicit_time(write_simulation, tmp_path):
    settings = {"model": "scalar", "start": "collapsed", "samples_per_class": 1, "decay_W": 0.0, "decay_H": 0.0}
    folder = write_simulation(tmp_path, "ce_ufm", start_head=0.3, start_feature=0.3, t_end=1e5, points=30, **settings)
    time, asymptote = compared(read_run(folder), np.arange(30))["rows"]
    assert time["claim"] == "collapsed_ce_flow" and time["relative"] < 1e-6
    assert asymptote["claim"] == "flatness_rate" and 1e-3 < asymptote["relative"] < 0.2


def test_squared_error_follows_its_logistic_path(write_simulation, tmp_path):
    folder = write_simulation(tmp_path, "mse_ufm", model="planar", start="collapsed", t_end=3e4, points=30)
    rows = {row["observable"]: row for row in compared(read_run(folder), np.arange(30))["rows"]}
    assert rows["mode"]["claim"] == "collapsed_mse_flow" and rows["mode"]["relative"] < 1e-6
    assert rows["feature_norm"]["relative"] < 1e-6


def test_a_trajectory_that_leaves_its_path_is_seen(write_simulation, tmp_path):
    folder = write_simulation(tmp_path, "mse_ufm", model="planar", start="collapsed", t_end=3e4, points=30)
    good = load_trajectory(folder / "trajectory.parquet")
    bent = dict(good.observables) | {"mode": good["mode"] * (1 + 1e-3 * np.sin(good.time))}
    save_trajectory(Trajectory(good.name, good.time, bent, good.time_unit, good.about), folder / "trajectory.parquet")
    assert compared(read_run(folder), np.arange(30))["rows"][0]["relative"] > 1e-4


def test_every_bound_of_the_theory_has_a_panel_to_be_drawn_in():
    from gpu_experiments.judge import theory_bounds
    from tightframe.report.figures import PANELS

    drawn = {column for _, _, columns in PANELS.values() for column in columns}
    assert {bound.observable for _, bound in theory_bounds()} <= drawn


def test_a_judged_bound_and_a_closed_form_are_drawn_beside_their_observable_once():
    from tightframe.report.figures import panels

    columns = {"relative_flatness": [1.0, 0.5], "flatness_loss_bound": [2.0, 1.5], "nc1": [0.0, 0.0]}
    run = {
        "series": {"time": [0, 1], "columns": columns},
        "closed_forms": {"curves": {"relative_flatness": [0.4, 0.4]}},
    }
    known = {"claim": "c", "observable": "relative_flatness", "side": "upper"}
    run["bounds"] = [known | {"name": "same", "values": [2.0, 1.5]}, known | {"name": "margin", "values": [3.0, None]}]
    (panel,) = panels(run)
    assert {trace["name"]: trace["style"] for trace in panel["traces"]} == {
        "relative_flatness": "solid", "flatness_loss_bound": "dash", "margin (upper bound)": "dash",
        "relative_flatness, closed form": "longdash",
    }  # fmt: skip


def test_a_grid_needs_two_weight_decays_of_the_same_setting():
    clocks = {"fit": 10.0, "rnc1_drop": None, "generalise": 90.0}

    def run(decay: float, width: int, seed: int = 0) -> dict:
        shown = {"kind": "network", "model": "m", "name": "m", "anchor": "run-m", "seed": seed}
        config = {"weight_decay": decay, "width": width, "steps": decay * 100}
        return shown | {"config": config, "observations": {"clocks": clocks}, "series": {"time_unit": "step"}}

    assert weight_decay_grids([run(0.1, 5), run(0.3, 6)]) == []
    (grid,) = weight_decay_grids([run(0.3, 5), run(0.1, 5), run(0.1, 5, seed=1)])
    assert [(p["weight_decay"], p["seed"], p["generalise"]) for p in grid["points"]] == [
        (0.1, 0, 90.0), (0.1, 1, 90.0), (0.3, 0, 90.0),
    ]  # fmt: skip


def test_the_strongest_evidence_is_the_claims_own():
    def row(status: str, *rules: str, kernel: str | None = None) -> dict:
        return {"status": status, "steps": [{"rule": rule} for rule in rules], "kernel": kernel and {"status": kernel}}

    assert strongest(row("proved", "Identity", kernel="kernel-checked")) == "kernel"
    assert strongest(row("proved", "Identity", kernel="failed")) == "exact"
    assert strongest(row("proved", "Ball", "Conjunction")) == "ball"
    assert strongest(row("proved", "Smt")) == "SMT"
    assert strongest(row("cited", "Citation")) == "cited"
    assert strongest(row("undecided", "Identity", kernel="kernel-checked")) == "undecided"


@pytest.mark.parametrize("engine", ["", None], ids=["own layout", "dot where it is"])
def test_no_two_boxes_of_the_drawing_overlap_and_arrows_run_to_the_right(engine):
    from theory import blueprint

    graph, _ = blueprint.load()
    places = draw(graph, engine).places
    assert set(places) == set(graph)
    for one, (x1, y1) in places.items():
        for other, (x2, y2) in places.items():
            apart = abs(x1 - x2) >= WIDTH or abs(y1 - y2) >= HEIGHT + GAP_Y - 2
            assert one == other or apart, (one, other)
    assert all(places[a][0] < places[b][0] for a, b in graph.edges)


def test_a_long_key_is_broken_at_an_underscore_into_two_lines():
    assert broken("entropy") == ["entropy"]
    assert "".join(broken("anti_flatness_delays_generalisation")) == "anti_flatness_delays_generalisation"
    assert max(map(len, broken("anti_flatness_delays_generalisation"))) <= 21


def test_data_cannot_leave_its_script_element():
    hostile = "</script><script>alert(1)</script>\u2028<!--"
    text = embedded({"name": hostile})
    assert "<" not in text and "\u2028" not in text
    assert json.loads(text)["name"] == hostile


def test_a_page_cannot_be_written_over_a_file(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ReportError, match="is a file, must be a folder"):
        build([], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_saved_features_are_sent_to_check(tmp_path):
    np.savez(tmp_path / "features.npz", features=np.eye(3))
    with pytest.raises(ReportError, match="judge them with check"):
        build([tmp_path / "features.npz"], tmp_path / "out", only="softmax_hessian")
    assert not (tmp_path / "out").exists()


def test_values_that_are_not_finite_are_null_in_the_report(write_network, tmp_path):
    from tightframe.report.run_sections import run_sections

    folder = write_network(tmp_path, "m", 0.1)
    run = load_trajectory(folder / "trajectory.parquet")
    holed = dict(run.observables) | {"rnc1": np.where(run.time > 100, math.nan, run["rnc1"])}
    save_trajectory(Trajectory(run.name, run.time, holed, run.time_unit, run.about), folder / "trajectory.parquet")
    ((shown,), _, _) = run_sections([folder])
    assert None in shown["series"]["columns"]["rnc1"]
    json.dumps(shown, allow_nan=False)


def test_the_committed_picture_of_the_page_is_small():
    import tightframe.report

    picture = Path(tightframe.report.__file__).parent / "assets/page.png"
    assert picture.stat().st_size < 300_000


def test_every_observable_that_is_drawn_every_status_and_every_verdict_is_explained():
    from numerics.verdict import Agreement
    from tightframe.report.content import STRENGTH
    from tightframe.report.figures import MARKS, PANELS
    from tightframe.report.page import STATUSES
    from tightframe.report.reading import CLOCKS, EVIDENCE, OBSERVABLES, VERDICTS
    from tightframe.report.reading import STATUSES as EXPLAINED

    explained = {name for names in OBSERVABLES for name in names.split(", ")}
    assert {column for _, _, columns in PANELS.values() for column in columns} == explained
    assert set(STATUSES) <= set(EXPLAINED) and set(STRENGTH) - set(STATUSES) <= set(EVIDENCE)
    assert set(Agreement) <= set(VERDICTS) and set(MARKS.values()) <= set(CLOCKS)


def test_a_refuted_claim_without_a_written_witness_is_shown_at_the_ledgers_counterexample(monkeypatch):
    from theory import blueprint
    from tightframe.report import witness

    monkeypatch.setattr(witness, "written", lambda key: None)
    found = {"K": "10", "x": "1", "x later": "2.00000000000"}
    shown = witness.witness_code(blueprint.statement(CLAIM), found)
    assert shown["prints"].splitlines()[-1] == "f(1) >= f(2) = False"
    assert witness.witness_code(blueprint.statement(CLAIM), None) is None
    assert witness.witness_code(blueprint.statement("softmax_hessian"), None) is None


def test_every_claim_with_a_finding_is_among_the_discoveries_once_and_a_witness_comes_first(page):
    claims = {claim["key"]: claim for claim in page.content["claims"]}
    shown = [key for kind in page.content["discoveries"] for key in kind["claims"]]
    assert sorted(shown) == sorted(key for key, claim in claims.items() if claim["finding"])
    for kind in page.content["discoveries"]:
        without = [claims[key]["witness_code"] is None for key in kind["claims"]]
        assert without == sorted(without)


def test_discoveries_are_told_apart_by_what_was_found_wanting():
    from tightframe.report.discoveries import discoveries

    def claim(key: str, status: str, source: str = "a paper", tags: tuple = ()) -> dict:
        return {"key": key, "status": status, "source": source, "tags": tags, "finding": "x", "witness_code": None}

    told = [claim("a", "proved"), claim("b", "refuted"), claim("c", "empirical"), claim("d", "cited")]
    told += [claim("e", "proved", "this project"), claim("f", "proved", "this project", ("definitions",))]
    told.append(claim("g", "proved") | {"finding": None})
    kinds = {kind["title"]: kind["claims"] for kind in discoveries(told)}
    assert kinds == {
        "Published theorems, made sharper or corrected": ["b", "a"], "Published experiments": ["c"],
        "Measures that share a name": ["f"], "Published theorems that are cited": ["d"], "New here": ["e"],
    }  # fmt: skip


def test_a_folder_that_is_missing_is_told_before_anything_is_verified(tmp_path, monkeypatch):
    monkeypatch.setattr("proofs.answers.verify", lambda *_: pytest.fail("verified before the folders were looked at"))
    with pytest.raises(UsersMistake, match="nowhere does not exist"):
        build([tmp_path / "nowhere"], tmp_path / "page")
    assert not (tmp_path / "page").exists()


def test_what_was_tried_against_a_claim_is_told_with_its_age(monkeypatch, tmp_path):
    from theory import blueprint
    from tightframe.report import attacks

    claim, other = blueprint.statement(CLAIM), blueprint.statement("softmax_hessian")
    derivation = attacks.FOLDER / "derivations" / f"{CLAIM}.py"
    margins = {CLAIM: {"margin": 0.5, "statement": attacks.current(claim)}, other.key: {"margin": 0.5}}
    mutants = {CLAIM: {"caught": 9, "hash": attacks.current(claim, derivation)}, other.key: {"caught": 9, "hash": "?"}}
    for name, entries in (("MARGINS", margins), ("MUTANTS", mutants)):
        (tmp_path / name).write_text(json.dumps(entries))
        monkeypatch.setattr(attacks, name, tmp_path / name)
    assert [entry["stale"] for entry in attacks.recorded(claim).values()] == [False, False]
    assert [entry["stale"] for entry in attacks.recorded(other).values()] == [True, True]
    assert attacks.recorded(blueprint.statement("simplex_etf_gram")) == {"searched": None, "mutants": None}
    (tmp_path / "MUTANTS").write_text("{")
    assert attacks.recorded(claim)["mutants"] is None


def test_mutants_and_margins_are_shown_where_recorded_and_said_to_be_missing_where_not(page):
    from tightframe.report.page import render

    claims = [dict(claim) for claim in page.content["claims"]]
    for claim in claims:
        claim |= {"searched": None, "mutants": None}
    kept = next(claim for claim in claims if claim["key"] == CLAIM)
    proved = [{"label": "2 -> <3>", "points": 8, "reason": "no counterexample"}]
    kept["mutants"] = {"generated": 90, "tried": 41, "caught": 40, "proved": proved, "false": [], "stale": True}
    kept["searched"] = {"points": 9000, "margin": 0.125, "part": 2, "at": {"K": "5"}, "stale": False}
    kept["searched"]["not_searched"] = {"0": "SinglePeak: no relation of numbers"}
    text = render(page.content | {"claims": claims})
    section = text[text.index(f'id="claim-{CLAIM}"') :].split("</article>")[0]
    assert "40 of 41 changed claims (of 90 possible)" in section and "recorded before" in section
    assert "2 -&gt; &lt;3&gt;" in section and "proved and false" not in section
    assert "0.125 at <code>K = 5</code>, part 3, in a search over 9000 points" in section
    assert "part 1: SinglePeak: no relation of numbers" in section
    assert text.count("not recorded") == 2 * (len(claims) - 1)
    kept["mutants"] |= {"false": [{"label": "1 -> 2", "witness": {}}]}
    assert "1 proved and false: 1 -&gt; 2" in render(page.content | {"claims": claims})
