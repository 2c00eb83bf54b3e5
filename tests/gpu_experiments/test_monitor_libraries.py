"""Callbacks and logging adapters against the real libraries; a test skips, and says so, where its extra is missing."""

import os
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from gpu_experiments.audit import audit
from gpu_experiments.judge import judge
from gpu_experiments.monitor import Monitor, loggers
from numerics.metrics import last_layer_observables
from numerics.trajectory import load_trajectory

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' own


def library(name, extra):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is missing: pip install 'tightframe[{extra}]'")


def points(samples=120):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(samples) % 3
    return torch.randn(3, 6, generator=generator)[labels] + torch.randn(samples, 6, generator=generator), labels


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))


def lightning_run(pl, folder, callbacks):
    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()

        def forward(self, x):
            return self.net(x)

        def training_step(self, batch, index):
            return functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    module = Module()
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = pl.Trainer(
        max_epochs=4,
        callbacks=callbacks,
        default_root_dir=folder,
        accelerator="cpu",
        enable_model_summary=False,
        **quiet,
    )
    torch.manual_seed(1)
    trainer.fit(module, DataLoader(TensorDataset(*points()), batch_size=20, shuffle=True))
    return module


def test_lightning_writes_a_record_and_trains_the_same(tmp_path):
    pl = library("lightning.pytorch", "lightning")
    from gpu_experiments.monitor.lightning import MonitorCallback

    watched = lightning_run(pl, tmp_path, [MonitorCallback(tmp_path / "run", budget=None)])
    bare = lightning_run(pl, tmp_path, [])
    for name, value in bare.state_dict().items():
        assert torch.equal(value, watched.state_dict()[name]), name
    run = load_trajectory(tmp_path / "run" / "trajectory.parquet")
    assert run.time.tolist() == [0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 24]
    assert run.about["outcome"] == "finished" and run["train_loss"][-1] < run["train_loss"][0]
    assert "VIOLATED" not in {verdict["agreement"] for verdict in judge(tmp_path / "run")["verdicts"]}
    x, y = points()
    with torch.no_grad():
        features = watched.net[:4].eval()(x)
    wanted = last_layer_observables(features, y, watched.net[4].weight.detach(), watched.net[4].bias.detach())
    np.testing.assert_allclose(run["relative_flatness"][-1], wanted["relative_flatness"], rtol=1e-4)


class Sentences(Dataset):
    """Tokens whose class is in their first word."""

    def __init__(self, causal=False, count=64):
        generator = torch.Generator().manual_seed(0)
        self.tokens, self.causal = torch.randint(3, 30, (count, 9), generator=generator), causal
        self.tokens[:, 0] = torch.arange(count) % 3

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, index):
        tokens = self.tokens[index]
        return {"input_ids": tokens, "labels": tokens if self.causal else tokens[0]}


def bert(hf):
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(0)
    return hf.BertForSequenceClassification(hf.BertConfig(vocab_size=30, num_labels=3, **sizes))


def gpt(hf, kind="GPT2LMHeadModel", **settings):
    torch.manual_seed(0)
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16, "bos_token_id": 0, "eos_token_id": 0}
    return getattr(hf, kind)(hf.GPT2Config(vocab_size=30, **sizes, **settings))


def transformers_run(hf, folder, model, data, callbacks):
    settings = {"num_train_epochs": 3, "per_device_train_batch_size": 8, "learning_rate": 3e-3, "seed": 1}
    quiet = {"report_to": [], "save_strategy": "no", "disable_tqdm": True, "logging_strategy": "no", "use_cpu": True}
    arguments = hf.TrainingArguments(output_dir=str(folder / "hf"), **settings, **quiet)
    hf.Trainer(model, arguments, train_dataset=data, callbacks=callbacks).train()
    return model


@pytest.mark.parametrize("causal", [False, True])
def test_transformers_writes_a_record_and_trains_the_same(causal, tmp_path):
    hf = library("transformers", "transformers")
    library("accelerate", "transformers")
    from gpu_experiments.monitor.transformers import MonitorCallback

    build, data = (gpt if causal else bert), Sentences(causal)
    watch = MonitorCallback(tmp_path / "run", budget=None)
    watched = transformers_run(hf, tmp_path, build(hf), data, [watch])
    bare = transformers_run(hf, tmp_path, build(hf), data, [])
    for name, value in bare.state_dict().items():
        assert torch.equal(value, watched.state_dict()[name]), name
    run = load_trajectory(tmp_path / "run" / "trajectory.parquet")
    assert run.time.tolist() == [0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 24]
    assert run["train_loss"][-1] < run["train_loss"][0] and run["classes"][0] == (30 if causal else 3)
    assert "VIOLATED" not in {verdict["agreement"] for verdict in judge(tmp_path / "run")["verdicts"]}


def test_a_causal_language_model_agrees_with_its_own_loss():
    hf = library("transformers", "transformers")
    model, data = gpt(hf), Sentences(causal=True)
    batch = {name: torch.stack([item[name] for item in data]) for name in data[0]}
    found = audit(model, [batch], progress=False)
    with torch.no_grad():
        own = model.eval()(**batch).loss.item()
    assert found["train_loss"] == pytest.approx(own, rel=1e-5) and found.head == "lm_head"
    assert "lm_head shares its weight with transformer.wte" in found.notes[0]


def test_a_sequence_classifier_that_picks_its_last_token_agrees_with_its_own_loss():
    hf = library("transformers", "transformers")
    model, data = gpt(hf, "GPT2ForSequenceClassification", num_labels=3, pad_token_id=29), Sentences()
    batch = {name: torch.stack([item[name] for item in data]) for name in data[0]}
    found = audit(model, [batch], progress=False)
    with torch.no_grad():
        own = model.eval()(**batch).loss.item()
    assert found["train_loss"] == pytest.approx(own, rel=1e-5) and found.head == "score"
    assert found.cannot_conclude == ()


def watched_with(logger, folder):
    monitor = Monitor(network(), DataLoader(TensorDataset(*points()), 40), folder, loggers=[logger], budget=None)
    return [monitor.look(0), monitor.look(5)]


def test_tensorboard_reads_back_what_was_measured(tmp_path):
    library("tensorboard", "tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "board")) as writer:
        rows = watched_with(loggers.tensorboard(writer), tmp_path / "run")
    events = EventAccumulator(str(tmp_path / "board")).Reload().Scalars("tightframe/nc1")
    assert [event.step for event in events] == [0, 5]
    np.testing.assert_allclose([event.value for event in events], [row["nc1"] for row in rows], rtol=1e-6)


def test_wandb_keeps_rows_offline(tmp_path, monkeypatch):
    wandb = library("wandb", "wandb")
    monkeypatch.setenv("WANDB_SILENT", "true")
    for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    run = wandb.init(mode="offline", project="tightframe", dir=str(tmp_path))
    rows = watched_with(loggers.wandb(run), tmp_path / "run")
    assert run.summary["tightframe/nc1"] == rows[-1]["nc1"] and run.summary["tightframe/step"] == 5
    run.finish()
    assert any(name.endswith(".wandb") for _, _, names in os.walk(tmp_path) for name in names)


def test_mlflow_reads_back_what_was_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the one store that needs no server and no database
    library("mlflow", "mlflow")
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    run = client.create_run(client.create_experiment("watched")).info.run_id
    rows = watched_with(loggers.mlflow(run, client), tmp_path / "run")
    history = client.get_metric_history(run, "tightframe/nc1")
    assert [(entry.step, entry.value) for entry in history] == [(0, rows[0]["nc1"]), (5, rows[1]["nc1"])]


def test_values_that_are_not_finite_are_left_out():
    told = []

    class Writer:
        def add_scalar(self, name, value, step):
            told.append((name, value, step))

    loggers.tensorboard(Writer())(3, {"nc1": float("inf"), "nc2": float("nan"), "nc3": 0.5})
    assert told == [("tightframe/nc3", 0.5, 3)]
