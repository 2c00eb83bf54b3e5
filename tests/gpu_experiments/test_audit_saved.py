"""Features on disk are judged where they lie; pickles, truncated files and wrong shapes are refused with the reason."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gpu_experiments.audit import AuditError, audit_features, audit_saved
from gpu_experiments.auditing.saved import saved_rows
from numerics.metrics import last_layer_observables
from tightframe.checking import CheckError, check

RNG = np.random.default_rng(5)
LABELS = np.arange(120) % 3
FEATURES = (RNG.normal(size=(3, 7))[LABELS] + 0.3 * RNG.normal(size=(120, 7))).astype(np.float32)
WEIGHT, BIAS = RNG.normal(size=(3, 7)).astype(np.float32), RNG.normal(size=3).astype(np.float32)
ARRAYS = {"features": FEATURES, "labels": LABELS, "weight": WEIGHT, "bias": BIAS}
WANTED = last_layer_observables(FEATURES, LABELS, WEIGHT, BIAS)


def written(folder, kind, arrays=ARRAYS):
    path = folder / ("saved.safetensors" if kind == "safetensors" else "saved.npz")
    if kind == "safetensors":
        save_file({name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}, path)
    else:
        (np.savez_compressed if kind == "compressed" else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("kind", ["npz", "compressed", "safetensors"])
def test_saved_features_give_the_same_as_the_arrays(kind, tmp_path):
    found = audit_saved(written(tmp_path, kind))
    for name, value in WANTED.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-10, err_msg=name)
    assert any("compressed" in note for note in found.notes) == (kind == "compressed")


def test_check_sees_one_run_with_verdicts(tmp_path):
    told = audit_features(written(tmp_path, "npz"))
    assert told["observables"] == sorted(told["values"]) and told["values"]["nc1"] == pytest.approx(WANTED["nc1"])
    assert {verdict["bound"] for verdict in told["verdicts"]} >= {"flatness_from_loss", "near_collapse_flatness"}
    assert all(verdict["agreement"] in ("RESPECTED", "VACUOUS") for verdict in told["verdicts"])


def test_the_command_judges_saved_features_and_refuses_pickles(tmp_path):
    runs = check([written(tmp_path, "npz"), written(tmp_path, "safetensors")], {}, None)["runs"]
    assert [run["path"].rpartition(".")[2] for run in runs] == ["npz", "safetensors"]
    assert runs[0]["values"]["nc1"] == pytest.approx(runs[1]["values"]["nc1"])
    (tmp_path / "model.pt").write_bytes(b"anything")
    with pytest.raises(AuditError, match="is a pickle"):
        check([tmp_path / "model.pt"], {}, None)
    assert len(check([tmp_path], {}, None)["runs"]) == 2  # in a folder it is passed over
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckError, match="no file of"):
        check([tmp_path / "empty"], {}, None)


def test_an_uncompressed_archive_is_mapped_and_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("gpu_experiments.auditing.saved.BLOCK_BYTES", 0)
    many = np.tile(FEATURES, (30, 1))
    arrays = ARRAYS | {"features": np.asfortranarray(many), "labels": np.tile(LABELS, 30)}
    rows = saved_rows(written(tmp_path, "npz", arrays))
    blocks = list(rows)
    assert len(blocks) == 4 and all(isinstance(block.features, np.memmap) for block in blocks)
    assert np.array_equal(np.concatenate([block.features for block in blocks]), many)
    found = audit_saved(tmp_path / "saved.npz")
    np.testing.assert_allclose(found["nc1"], WANTED["nc1"], rtol=1e-6)


def test_bfloat16_and_no_bias_are_read(tmp_path):
    path = tmp_path / "half.safetensors"
    save_file({"features": torch.tensor(FEATURES).bfloat16(), "labels": torch.tensor(LABELS)}, path)
    found = audit_saved(path)
    assert found["nc1"] == pytest.approx(WANTED["nc1"], rel=0.05)
    assert "relative_flatness" not in found.observables
    assert "the file holds no weight" in found.cannot_conclude[0]


class Trap:
    """An object whose unpickling leaves a mark."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return open, (self.mark, "w")


@pytest.mark.parametrize("name", ["features", "weight"])
def test_objects_are_refused_and_never_unpickled(name, tmp_path):
    mark = tmp_path / "mark"
    path = written(tmp_path, "npz", ARRAYS | {name: np.array([Trap(mark)], dtype=object)})
    with pytest.raises(AuditError, match="Python objects.*unpickling runs code"):
        audit_saved(path)
    assert not mark.exists()


@pytest.mark.parametrize("ending", [".pt", ".pth", ".pkl", ".bin"])
def test_pickles_are_refused_and_never_opened(ending, tmp_path):
    mark, path = tmp_path / "mark", tmp_path / f"model{ending}"
    path.write_bytes(pickle.dumps(Trap(mark)))
    with pytest.raises(AuditError, match="is a pickle, must be .safetensors or .npz"):
        audit_saved(path)
    assert not mark.exists()


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated_files_are_named(kind, share, tmp_path):
    path = written(tmp_path, kind)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(AuditError, match="truncated or no"):
        audit_saved(path)


def test_a_member_that_is_shorter_than_its_header_says(tmp_path):
    path, array = tmp_path / "short.npz", io.BytesIO()
    np.lib.format.write_array(array, FEATURES)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("features.npy", array.getvalue()[:-50])
        with pytest.raises(AuditError, match="truncated features.npy"):
            audit_saved(path)
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("features.npy", b"nothing like an array")
        with pytest.raises(AuditError, match="broken features.npy"):
            audit_saved(path)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"features": None}, "and no features, must hold features and labels"),
        ({"labels": None, "weight": None}, "and no labels"),
        ({"features": FEATURES[:, 0]}, "features of shape (120,), must be (samples, dimension)"),
        ({"labels": LABELS[:9]}, "labels of shape (9,), must be (120,)"),
        ({"labels": LABELS.astype(float)}, "must be integer class indices"),
        ({"labels": LABELS + 1}, "labels holds 3, must be below 3"),
        ({"labels": np.eye(3)[LABELS]}, "labels.argmax(1)"),
        ({"weight": WEIGHT.T.copy()}, "weight"),
        ({"bias": BIAS[:2]}, "bias has shape (2,)"),
        ({"features": np.where(FEATURES > 1, np.nan, FEATURES)}, "NaN or infinite entries"),
        ({"labels": LABELS * 0}, "1 class (0), must hold at least two"),
    ],
)
def test_wrong_arrays_are_named_with_their_file(change, words, tmp_path):
    arrays = {name: array for name, array in (ARRAYS | change).items() if array is not None}
    path = written(tmp_path, "npz", arrays)
    with pytest.raises(AuditError) as caught:
        audit_saved(path)
    assert words in str(caught.value) and str(path) in str(caught.value)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(AuditError, match="ending .txt, must be"):
        audit_saved(tmp_path / "a.txt")
    with pytest.raises(AuditError, match="does not exist"):
        audit_saved(tmp_path / "a.npz")
