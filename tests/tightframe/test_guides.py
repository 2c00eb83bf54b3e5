"""The README's guides, run as they are printed: files written, commands run, Python run, and the mistake made too."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "proofs", "numerics", "gpu_experiments", "tightframe")
BLOCK = re.compile(r"(?:^`(?P<file>[\w./]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Guide:
    """A copy of the sources in which one guide is followed from top to bottom."""

    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess:
        place = {"PYTHONPATH": str(self.folder), "TIGHTFRAME_CACHE": str(self.folder / "cache"), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=self.folder, env=os.environ | place, capture_output=True, text=True, timeout=300
        )

    def tightframe(self, *words: str) -> subprocess.CompletedProcess:
        return self.run("-m", "tightframe.command_line", *words)

    def follow(self, number: int) -> list[subprocess.CompletedProcess]:
        """Write the guide's files, run its commands, and its Python as one script up to each command."""
        ran, script = [], ""
        for block in blocks(number):
            if block["file"]:
                (self.folder / block["file"]).write_text(block["text"])
            elif block["kind"] == "sh":
                ran += [self.run("-c", script)] if script else []
                script = ""
                for line in block["text"].splitlines():
                    ran.append(self.tightframe(*line.split()[1:]))
            else:
                script += block["text"]
        return ran + ([self.run("-c", script)] if script else [])


def blocks(number: int) -> list[dict[str, str]]:
    text = (ROOT / "README.md").read_text()
    part = re.search(rf"^## Guide {number}:.*?(?=^## |\Z)", text, re.M | re.S)
    return [found.groupdict() for found in BLOCK.finditer(part[0])]


@pytest.fixture
def guide(tmp_path) -> Guide:
    """Sources alone, without the frozen records."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "records"))
    return Guide(tmp_path)


def succeeded(ran: list[subprocess.CompletedProcess]) -> bool:
    assert [done.stderr for done in ran if done.returncode] == []
    return True


def test_a_theorem_of_my_own_is_proved_and_refuted_when_i_get_it_wrong(guide):
    assert succeeded(guide.follow(1))
    statement = guide.folder / "theory/statements/wrong_class_is_rare.py"
    (claim,) = json.loads(guide.tightframe("verify", "wrong_class_is_rare", "--json").stdout)["claims"]
    assert claim["status"] == "proved" and claim["fully"]
    statement.write_text(statement.read_text().replace("exp(-u))", "exp(-2 * u))"))
    wrong = guide.tightframe("verify", "wrong_class_is_rare", "--json")
    (claim,) = json.loads(wrong.stdout)["claims"]
    assert wrong.returncode == 1 and claim["status"] == "refuted" and claim["witness"]


def test_my_model_is_simulated_and_ends_where_it_must(guide):
    ran = guide.follow(2)
    assert succeeded(ran)
    assert ran[-1].stdout.strip() == "0.8"


def test_my_network_and_my_log_are_checked(guide):
    ran = guide.follow(3)
    assert succeeded(ran)
    assert "RESPECTED" in ran[0].stdout
    judged = json.loads(guide.tightframe("check", "features.npz", "my_log.csv", "--map", "nc1=NC1", "--json").stdout)
    assert len(judged["runs"]) == 2
    assert any(run.get("onset") and run["onset"]["epoch"] == 40 for run in judged["runs"])


def test_every_guide_has_blocks_and_the_parser_sees_a_file_name():
    assert [len(blocks(number)) for number in (1, 2, 3)] == [3, 4, 6]
    assert [block["file"] for block in blocks(1)][:2] == [
        "theory/statements/wrong_class_is_rare.py", "proofs/derivations/wrong_class_is_rare.py",
    ]  # fmt: skip


def test_every_command_of_the_table_is_one_that_there_is():
    text = (ROOT / "README.md").read_text()
    told = set(re.findall(r"^\| `tightframe (\w+)", text, re.M))
    from tightframe.command_line import app

    assert told == {command.name or command.callback.__name__ for command in app.registered_commands}


def test_what_the_readme_calls_kernel_checked_is_recorded_so_for_these_very_files_with_these_axioms(monkeypatch):
    from proofs import rocq_check
    from proofs.__main__ import table

    part = (ROOT / "README.md").read_text().partition("## Proofs that a kernel has checked")[2].partition("\n## ")[0]
    assert re.findall(r"^\| \[`(\w+)`\]", part, re.M) == rocq_check.keys()
    assert f"\n\n{table()}" in part, "run: python -m proofs table"
    monkeypatch.setattr(rocq_check, "RECORD", ROOT / "README.md")  # no record: nothing is kernel-checked
    assert "`simplex_etf_gram`" not in table()


def test_every_file_that_the_readme_names_is_there():
    text = (ROOT / "README.md").read_text()
    made = {block["file"] for number in (1, 2, 3) for block in blocks(number)}
    named = set(re.findall(r"`((?:theory|proofs|numerics|gpu_experiments|tightframe|tests)/[\w./]*)`", text)) - made
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    named |= set(re.findall(r"\]\((?!http)([^)]+)\)", prose))
    assert named and not [path for path in named if not (ROOT / path).exists()]
