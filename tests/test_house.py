"""The house: imports run one way, the wheel holds everything, the top level holds nothing else, modules stay short.

Each guard is a function of a folder, so that the planted faults below see it fail.
"""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "theory": {"theory"},
    "proofs": {"theory", "proofs"},
    "numerics": {"theory", "numerics"},
    "gpu_experiments": {"theory", "numerics", "gpu_experiments"},
    "tightframe": {"theory", "proofs", "numerics", "gpu_experiments", "tightframe"},
}
THEORY_USES = {"sympy", "networkx"}
TOP_LEVEL = {"pyproject.toml", "README.md", "Makefile", "constraints.txt", "tests", *MAY_IMPORT}
MODULE_LINES, KERNEL_LINES = 300, 600
OUTSIDE = "../" + "shared"


def project_files(root):
    """Every file that belongs to the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout.split("\0")
    return sorted({root / name for name in names if name and (root / name).is_file()})


def modules(root):
    return [path for package in MAY_IMPORT for path in sorted((root / package).rglob("*.py"))]


def imported_names(path):
    """Top-level packages that a module imports, also through import_module with a literal name."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0] if node.level == 0 else "a relative import"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            if node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value).split(".")[0]


def wrong_imports(root):
    wrong = []
    for path in modules(root):
        package = path.relative_to(root).parts[0]
        for name in sorted(set(imported_names(path))):
            ours = name in MAY_IMPORT or name == "a relative import"
            foreign_to_theory = package == "theory" and name not in THEORY_USES | set(sys.stdlib_module_names)
            if name not in MAY_IMPORT[package] and (ours or foreign_to_theory):
                wrong.append(f"{path.relative_to(root)} imports {name}")
    return wrong


def folders_without_init(root):
    folders = {path.parent for path in modules(root)}
    return sorted(str(folder.relative_to(root)) for folder in folders if not (folder / "__init__.py").exists())


def long_modules(root):
    lengths = {path: len(path.read_text().splitlines()) for path in modules(root)}
    return [f"{path.relative_to(root)}: {lines}" for path, lines in lengths.items() if lines >= MODULE_LINES]


def kernel_lines(root):
    return sum(len(path.read_text().splitlines()) for path in (root / "proofs" / "kernel").glob("*.py"))


def reaching_outside(files):
    return [path for path in files if OUTSIDE.encode() in path.read_bytes()]


def build_wheel(root, place):
    from hatchling.builders.wheel import WheelBuilder

    with zipfile.ZipFile(next(WheelBuilder(str(root)).build(directory=str(place), versions=["standard"]))) as wheel:
        return {name for name in wheel.namelist() if ".dist-info/" not in name}


def plant(root, path, text):
    """A copy of the packages with one file added or replaced."""
    for package in MAY_IMPORT:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "records"))
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root


def test_imports_run_one_way():
    assert wrong_imports(ROOT) == []


@pytest.mark.parametrize(
    "path, line, fault",
    [
        ("theory/objects/planted.py", "import numpy", "imports numpy"),
        ("theory/planted.py", "from numerics.trajectory import Trajectory", "imports numerics"),
        ("proofs/planted.py", "def f():\n    import numerics.metrics", "imports numerics"),
        ("numerics/planted.py", "import proofs.ledger as ledger", "imports proofs"),
        ("gpu_experiments/planted.py", "from proofs import ledger", "imports proofs"),
        ("gpu_experiments/nets/planted.py", "import_module('proofs.ledger')", "imports proofs"),
        ("numerics/metrics/planted.py", "import tightframe", "imports tightframe"),
        ("proofs/kernel/planted.py", "from ..derivations import x", "imports a relative import"),
    ],
)
def test_a_planted_wrong_import_is_found(tmp_path, path, line, fault):
    assert f"{path} {fault}" in wrong_imports(plant(tmp_path, path, line))


def test_every_folder_that_is_imported_is_a_package(tmp_path):
    assert folders_without_init(ROOT) == []
    assert folders_without_init(plant(tmp_path, "numerics/planted/module.py", "")) == ["numerics/planted"]


def test_modules_stay_short(tmp_path):
    assert long_modules(ROOT) == []
    assert "numerics/planted.py: 300" in long_modules(plant(tmp_path, "numerics/planted.py", "x = 1\n" * 300))


def test_the_trusted_base_stays_under_600_lines(tmp_path):
    lines = kernel_lines(ROOT)
    assert 0 < lines < KERNEL_LINES
    assert kernel_lines(plant(tmp_path, "proofs/kernel/planted.py", "x = 1\n" * 600)) == lines + 600


def test_nothing_reaches_outside_the_repository_but_the_continuous_integration(tmp_path):
    assert [path.relative_to(ROOT).as_posix() for path in reaching_outside(project_files(ROOT))] == [".ci/run"]
    planted = tmp_path / "planted.md"
    planted.write_text(f"see {OUTSIDE}/data")
    assert reaching_outside([planted]) == [planted]


def strangers(paths):
    """Top-level names that do not belong; dotfiles may stay."""
    return {path.parts[0] for path in paths if not path.parts[0].startswith(".")} - TOP_LEVEL


def test_the_top_level_holds_nothing_else():
    paths = [path.relative_to(ROOT) for path in project_files(ROOT)]
    assert strangers(paths) == set()
    assert strangers([*paths, Path("NOTES.md"), Path("scripts/run.py")]) == {"NOTES.md", "scripts"}
    assert TOP_LEVEL <= {path.parts[0] for path in paths}


def test_the_wheel_holds_exactly_the_five_packages_whole(tmp_path):
    ours = {path.relative_to(ROOT).as_posix() for path in project_files(ROOT)}
    ours = {name for name in ours if name.split("/")[0] in MAY_IMPORT}
    assert {name.split(".")[-1] for name in ours} >= {"py", "v"}
    assert build_wheel(ROOT, tmp_path) == ours


def test_a_package_left_out_of_the_wheel_is_seen(tmp_path):
    root = plant(tmp_path / "house", "numerics/planted/data.csv", "a,b\n")
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    whole = build_wheel(root, tmp_path / "whole")
    assert "numerics/planted/data.csv" in whole
    toml = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(toml.replace('"proofs", ', "", 1))
    left_out = whole - build_wheel(root, tmp_path / "less")
    assert left_out and {name.split("/")[0] for name in left_out} == {"proofs"}


def test_the_versions_are_pinned_where_pip_and_make_look_for_them():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("torch==")]
    assert len(pins) == 1
    shown = subprocess.run(["make", "-n", "-B", "setup"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"'{pins[0]}' -e '.[test]'" in shown and "-c constraints.txt" in shown


def test_every_target_of_make_and_the_continuous_integration_can_be_read():
    targets = ["setup", "report", "test", "bench", "kernel", "lint"]
    shown = subprocess.run(["make", "-n", "-B", *targets], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("train grokking_mlp", "simulate ce_ufm", "tightframe report", "pytest", "verify --kernel", "ruff"):
        assert command in shown
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)
