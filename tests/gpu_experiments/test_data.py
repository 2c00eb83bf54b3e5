"""Every data set has the shape it says, and whatever is wrong with a file is said with the way out."""

import functools
import gzip
import hashlib
import http.server
import io
import os
import struct
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_experiments import data
from gpu_experiments.data import DataError, DataSet, _files, _idx, cifar10, fashion_mnist, mnist, mnist_5k


def idx(array):
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def tiny_images(train=30, test=20):
    generator = np.random.default_rng(0)
    return {
        "train-images-idx3-ubyte": generator.integers(0, 256, (train, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": np.arange(train, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": generator.integers(0, 256, (test, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(test, dtype=np.uint8) % 10,
    }


@pytest.fixture
def idx_folder(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, array in tiny_images().items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    return folder


@pytest.fixture
def cifar_folder(tmp_path):
    folder = tmp_path / "cifar"
    folder.mkdir()
    for name in (*cifar10.TRAIN, *cifar10.TEST):
        records = np.random.default_rng(len(name)).integers(0, 256, (4, cifar10.RECORD), dtype=np.uint8)
        records[:, 0] = np.arange(4)
        (folder / name).write_bytes(records.tobytes())
    return folder


@pytest.fixture
def server(tmp_path):
    """A local server that offers `tmp_path/offered`; yields (address, folder)."""
    offered = tmp_path / "offered"
    offered.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(offered)))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/", offered
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_mnist_5k_is_shuffled_by_its_seed_and_split_without_overlap():
    first, again, other = (data.load("mnist_5k", seed=seed) for seed in (0, 0, 1))
    assert first.train_inputs.shape == (1000, 784) and first.test_inputs.shape == (4000, 784)
    assert np.array_equal(first.train_inputs, again.train_inputs)
    assert not np.array_equal(first.train_labels, other.train_labels)
    assert len(np.unique(first.train_labels)) == 10
    whole = np.concatenate([first.train_labels, first.test_labels])
    assert np.bincount(whole).tolist() == [500] * 10
    assert 0 <= first.train_inputs.min() and first.train_inputs.max() == 1


def test_mnist_5k_survives_a_damaged_cache_and_works_without_one(tmp_path, monkeypatch):
    fresh = data.load("mnist_5k")
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path))
    (tmp_path / f"mnist_5k-{mnist_5k.SHA256[:12]}.npz").write_bytes(b"PK half a file")
    assert np.array_equal(data.load("mnist_5k").test_inputs, fresh.test_inputs)
    monkeypatch.setattr(mnist_5k, "write_atomically", lambda *_: (_ for _ in ()).throw(PermissionError("no")))
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "locked"))
    assert np.array_equal(data.load("mnist_5k").test_inputs, fresh.test_inputs)


def test_a_changed_mnist_5k_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path))
    monkeypatch.setattr(mnist_5k, "SHA256", "0" * 64)
    with pytest.raises(DataError, match="SHA-256.*must be 000000000000.*reinstall"):
        data.load("mnist_5k")


@pytest.mark.parametrize("train,test", [(0, 10), (4990, 11), (10, -1)])
def test_an_impossible_split_is_refused(train, test):
    with pytest.raises(DataError, match="must be positive and at most 5000"):
        data.load("mnist_5k", train=train, test=test)


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    with pytest.raises(DataError, match="mnist_6k.*mnist_5k"):
        data.load("mnist_6k")
    assert "mnist_5k" in data.names() and not any(name.startswith("_") for name in data.names())


def test_labels_out_of_range_are_refused():
    x, y = np.zeros((3, 2), np.float32), np.array([0, 1, 5])
    with pytest.raises(DataError, match=r"label outside 0\.\.4"):
        DataSet("bad", x, y, x, y, 5)
    with pytest.raises(DataError, match="3 train inputs, must equal its 2 labels"):
        DataSet("bad", x, y[:2], x, y, 9)


@pytest.mark.parametrize("zipped", [True, False])
def test_idx_files_are_read_zipped_or_not(idx_folder, zipped):
    if not zipped:
        for path in list(idx_folder.iterdir()):
            path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
    loaded = data.load("mnist", train=30, test=20, folder=str(idx_folder))
    order = np.random.default_rng(0).permutation(30)
    wanted = tiny_images()["train-images-idx3-ubyte"].reshape(30, 784)[order] / np.float32(255)
    assert np.array_equal(loaded.train_inputs, wanted.astype(np.float32))
    assert np.array_equal(loaded.train_labels, (np.arange(30) % 10)[order])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_idx_comes_back_as_it_was_written(shape, seed):
    array = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(_idx.parse(idx(array), "x"), array)


@pytest.mark.parametrize(
    "content,words",
    [
        (b"", "starts with"),
        (b"\x89PNG....", "must be an idx file"),
        (idx(np.zeros((3, 4), np.uint8))[:-1], "holds 11 values, must be 3x4"),
        (idx(np.zeros((3, 4), np.uint8))[:9], "must be"),
        (gzip.compress(idx(np.zeros((3, 4), np.uint8)), mtime=0)[:-9], "damaged gzip"),
    ],
    ids=["empty", "png", "short by a value", "cut in its header", "cut gzip"],
)
def test_a_damaged_idx_file_is_named(content, words):
    with pytest.raises(DataError, match=words):
        _idx.parse(content, "some-file")


def test_a_wrong_checksum_of_a_local_file_is_named(idx_folder):
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz has SHA-256 .* must be .*fetch it again"):
        data.load("fashion_mnist", train=5, test=5, folder=str(idx_folder))


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(DataError, match="must hold train-images-idx3-ubyte or .*give another folder"):
        data.load("fashion_mnist", folder=str(tmp_path))


def test_a_missing_data_set_says_how_to_get_it(monkeypatch):
    monkeypatch.delenv("TIGHTFRAME_DATA", raising=False)
    monkeypatch.setattr(fashion_mnist, "PLACES", ("/nowhere",))
    with pytest.raises(DataError, match="apt-get install dataset-fashion-mnist, or give a folder"):
        data.load("fashion_mnist")


def test_the_data_folder_of_the_environment_is_looked_into(idx_folder, tmp_path, monkeypatch):
    (tmp_path / "all").mkdir()
    idx_folder.rename(tmp_path / "all" / "mnist")
    monkeypatch.setenv("TIGHTFRAME_DATA", str(tmp_path / "all"))
    assert data.load("mnist", train=5, test=5).train_inputs.shape == (5, 784)


def test_a_folder_that_may_not_be_read_is_reported(idx_folder, monkeypatch):
    def refused(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(DataError, match="may not be read; change its permissions"):
        data.load("mnist", folder=str(idx_folder))
    monkeypatch.undo()
    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(DataError, match="cannot be read .Permission denied"):
        data.load("mnist", train=5, test=5, folder=str(idx_folder))


@pytest.mark.skipif(
    not os.path.isdir("/usr/share/datasets/fashion-mnist"), reason="dataset-fashion-mnist not installed"
)
def test_fashion_mnist_of_debian_has_its_checksums_and_sizes():
    loaded = data.load("fashion_mnist", train=60_000, test=10_000)
    assert np.bincount(loaded.train_labels).tolist() == [6000] * 10
    assert np.bincount(loaded.test_labels).tolist() == [1000] * 10


def test_cifar_records_are_read_channel_by_channel(cifar_folder):
    loaded = data.load("cifar10", train=20, test=4, folder=str(cifar_folder))
    assert loaded.train_inputs.shape == (20, 3, 32, 32) and loaded.features == 3072
    raw = np.frombuffer((cifar_folder / "test_batch.bin").read_bytes(), np.uint8).reshape(4, -1)
    at = int(np.flatnonzero(loaded.test_labels == 2)[0])
    assert loaded.test_inputs[at, 1, 0, 5] == pytest.approx(raw[2, 1 + 1024 + 5] / 127.5 - 1, abs=1e-6)


def test_a_truncated_cifar_file_is_named(cifar_folder):
    path = cifar_folder / "data_batch_3.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="data_batch_3.bin has .* must be a multiple of 3073"):
        data.load("cifar10", folder=str(cifar_folder))
    path.unlink()
    with pytest.raises(DataError, match="data_batch_3.bin does not exist"):
        data.load("cifar10", folder=str(cifar_folder))


def test_cifar_is_fetched_unpacked_and_kept(cifar_folder, server, monkeypatch, tmp_path):
    address, offered = server
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(cifar_folder, "cifar-10-batches-bin")
    (offered / "cifar-10-binary.tar.gz").write_bytes(packed.getvalue())
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cifar10, "ADDRESS", address)
    known = "md5:" + hashlib.md5(packed.getvalue()).hexdigest()
    monkeypatch.setattr(cifar10, "MD5", {"cifar-10-binary.tar.gz": known})
    assert data.load("cifar10", train=20, test=4).train_inputs.shape == (20, 3, 32, 32)
    (offered / "cifar-10-binary.tar.gz").unlink()
    assert data.load("cifar10", train=20, test=4).train_inputs.shape == (20, 3, 32, 32)


def test_a_download_with_the_wrong_checksum_is_refused_and_not_kept(server, monkeypatch, tmp_path):
    address, offered = server
    for name, array in tiny_images().items():
        (offered / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist, "ADDRESS", address)
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz has the wrong checksum"):
        data.load("mnist", train=5, test=5)
    assert not list((tmp_path / "cache").rglob("*ubyte*"))


def test_without_a_network_the_way_out_is_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TIGHTFRAME_CACHE", str(tmp_path))
    monkeypatch.setattr(mnist, "ADDRESS", "http://127.0.0.1:9/")
    with pytest.raises(DataError, match="cannot be fetched .*give a folder"):
        data.load("mnist")


def test_a_cache_that_may_not_be_written_is_reported(monkeypatch, tmp_path):
    import pooch

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pooch, "retrieve", refused)
    with pytest.raises(DataError, match="set TIGHTFRAME_CACHE"):
        _files.download("mnist", "http://127.0.0.1:9/", {"a": "md5:0"})


def test_modular_addition_is_complete_and_right():
    loaded = data.load("modular", prime=11, fraction=0.4, seed=3)
    tokens = np.concatenate([loaded.train_inputs, loaded.test_inputs])
    labels = np.concatenate([loaded.train_labels, loaded.test_labels])
    assert len({tuple(row) for row in tokens}) == 121 and len(loaded.train_labels) == 48
    assert np.array_equal((tokens[:, 0] + tokens[:, 2]) % 11, labels)
    with pytest.raises(DataError, match="prime is 12"):
        data.load("modular", prime=12)
    with pytest.raises(DataError, match="fraction is 1.0"):
        data.load("modular", fraction=1.0)


def test_a_table_of_mlbench_is_refused_when_damaged_or_missing(tmp_path, monkeypatch):
    (tmp_path / "LetterRecognition.rda").write_bytes(b"not it")
    with pytest.raises(DataError, match="LetterRecognition.rda has SHA-256"):
        data.load("letter", folder=str(tmp_path))
    monkeypatch.delenv("TIGHTFRAME_DATA", raising=False)
    monkeypatch.setattr("gpu_experiments.data._mlbench.PLACES", ("/nowhere",))
    with pytest.raises(DataError, match="apt-get install r-cran-mlbench, or give a folder with Shuttle.rda"):
        data.load("shuttle")


def shuttle_here():
    try:
        return data.load("shuttle")
    except DataError:
        pytest.skip("r-cran-mlbench is not installed and $TIGHTFRAME_DATA has no copy")


def test_shuttle_keeps_every_class_on_both_sides():
    loaded = shuttle_here()
    assert np.bincount(loaded.train_labels).min() >= 2 and np.bincount(loaded.test_labels, minlength=7).min() >= 1
    assert np.bincount(loaded.train_labels).max() > 30_000


@given(ratio=st.floats(1, 40))
@settings(deadline=None, max_examples=25)
def test_a_long_tail_has_the_ratio_that_was_asked_for(ratio):
    x, y = np.zeros((1000, 2), np.float32), np.arange(1000) % 10
    counts = np.bincount(data.long_tailed(DataSet("even", x, y, x, y, 10), ratio).train_labels)
    assert counts[0] == 100 and counts[-1] == round(100 / ratio) and np.all(np.diff(counts) <= 0)


def test_a_tail_too_long_for_the_data_is_refused():
    x, y = np.zeros((100, 2), np.float32), np.arange(100) % 10
    with pytest.raises(DataError, match="must be between 1 and 5"):
        data.long_tailed(DataSet("even", x, y, x, y, 10), 6)


def test_standardising_uses_the_training_part_alone_and_keeps_constants_finite():
    generator = np.random.default_rng(0)
    x = np.column_stack([generator.normal(3, 2, 50), np.full(50, 7.0)]).astype(np.float32)
    made = data.standardise(DataSet("two", x[:30], np.zeros(30, int), x[30:] + 1, np.zeros(20, int), 1))
    assert made.train_inputs.mean(0) == pytest.approx([0, 0], abs=1e-6) and made.train_inputs[
        :, 0
    ].std() == pytest.approx(1)
    assert np.isfinite(made.test_inputs).all() and abs(made.test_inputs.mean(0)[1]) == pytest.approx(1)
