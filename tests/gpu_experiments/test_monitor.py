"""A monitor writes a readable record while a network trains, changes nothing in it, and never ends it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import tightframe
from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.judge import judge_all
from gpu_experiments.monitor import Monitor, MonitorWarning, logarithmic
from gpu_experiments.monitor.held import held
from gpu_experiments.monitor.schedule import Purse, at
from gpu_experiments.record import RecordError
from numerics.metrics import last_layer_observables
from numerics.trajectory import load_trajectory

EVERY = {"budget": None}


def data(samples=200, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(samples) % 3
    return torch.randn(3, 6, generator=generator)[labels] + torch.randn(samples, 6, generator=generator), labels


def loader(pair=None, size=20, **settings):
    return DataLoader(TensorDataset(*(pair or data())), batch_size=size, **settings)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))


def train(out=None, epochs=3, feed=None, **settings):
    """A plain loop; (parameters, monitor)."""
    model, feed = network(), feed or loader(shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    monitor = None if out is None else Monitor(model, feed, out, **settings)
    step = 0
    for _ in range(epochs):
        for x, y in feed:
            if monitor is not None:
                monitor.step(step)
            optimiser.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            optimiser.step()
            step += 1
    return model, monitor


def test_two_lines_make_a_record_that_can_be_judged(tmp_path):
    _, monitor = train(tmp_path / "run", **EVERY)
    steps = monitor.trajectory().time.tolist()
    assert steps == [0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29]
    assert monitor.trajectory()["train_loss"][-1] < monitor.trajectory()["train_loss"][0]
    read = judge_all([tmp_path / "run"])["runs"][0]
    judged = {verdict["bound"]: verdict["agreement"] for verdict in read["verdicts"]}
    assert judged["flatness_from_loss"] == "RESPECTED" and "VIOLATED" not in judged.values()
    assert [v["agreement"] for v in monitor.verdicts()] == [v["agreement"] for v in read["verdicts"]]


def test_training_is_bit_identical_with_and_without_a_monitor(tmp_path):
    feed = loader(shuffle=True, num_workers=0)
    bare, _ = train(feed=feed)
    torch.manual_seed(0)
    watched, monitor = train(tmp_path / "run", feed=feed, test_loader=loader(data(seed=1)), **EVERY)
    assert len(monitor.trajectory()) > 5
    for name, value in bare.state_dict().items():
        assert torch.equal(value, watched.state_dict()[name]), name


def test_a_careless_look_would_be_seen(tmp_path, monkeypatch):
    """The comparison above fails where a look forgets evaluation mode and the generators."""
    feed = loader(shuffle=True)
    bare, _ = train(feed=feed)
    monkeypatch.setattr("gpu_experiments.monitor.watching.undisturbed", lambda model: torch.no_grad())
    careless, _ = train(tmp_path / "run", feed=feed, **EVERY)
    pairs = [(value, careless.state_dict()[name]) for name, value in bare.state_dict().items()]
    assert not all(torch.equal(*pair) for pair in pairs)


def test_a_row_is_what_the_definitions_say_of_the_held_samples(tmp_path):
    model, (x, y) = network(), data()
    monitor = Monitor(model, loader(), tmp_path / "run", test_loader=loader(data(60, seed=1)), **EVERY)
    row = monitor.step(0)
    model.eval()
    with torch.no_grad():
        features = model[:4](x)
        wanted = last_layer_observables(features, y, model[4].weight, model[4].bias)
        test = data(60, seed=1)
        hits = (model(test[0]).argmax(1) == test[1]).float().mean().item()
    for name, value in wanted.items():
        np.testing.assert_allclose(row[name], value, rtol=1e-4, err_msg=name)
    assert row["test_accuracy"] == pytest.approx(hits) and {"train_accuracy", "test_loss"} <= row.keys()


def test_the_samples_are_the_same_at_every_look_and_of_all_classes():
    x, labels = data(300)
    order = labels.argsort()
    batches = held(loader((x[order], labels[order]), shuffle=True), network(), 100, None)
    again = held(loader((x[order], labels[order]), shuffle=True), network(), 100, None)
    assert sum(len(y) for _, y in batches) == 100
    assert all(torch.equal(a[0], b[0]) for a, b in zip(batches, again, strict=True))
    assert set(torch.cat([y for _, y in batches]).tolist()) == {0, 1, 2}
    whole = held([(x, labels)], network(), 50, None)
    assert len(whole) == 1 and len(whole[0][1]) == 50
    tokens = held([{"input": torch.zeros(9, 4), "labels": torch.zeros(9, 4)}], network(), 10, None)
    assert tokens[0]["labels"].shape == (3, 4)


def test_loaders_that_batch_in_their_own_way():
    x, labels = data(90)
    whole = [(x[start : start + 30], labels[start : start + 30]) for start in range(0, 90, 30)]
    ready = held(DataLoader(whole, batch_size=None), network(), 50, None)
    assert sorted(len(y) for _, y in ready) == [20, 30]
    sampler = torch.utils.data.BatchSampler(torch.utils.data.SequentialSampler(range(90)), 9, False)
    sampled = held(DataLoader(TensorDataset(x, labels), batch_sampler=sampler), network(), 50, None)
    assert sum(len(y) for _, y in sampled) == 50


def test_the_loader_that_trains_is_not_touched():
    class Watched(DataLoader):
        reads = 0

        def __iter__(self):
            Watched.reads += 1
            return super().__iter__()

    held(Watched(TensorDataset(*data()), batch_size=20), network(), 50, None)
    assert Watched.reads == 0


def test_schedules():
    after, due = logarithmic(), [0]
    while due[-1] < 10_000:
        due.append(after(due[-1]))
    assert due[:12] == [0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29] and len(due) < 45
    fixed = at([5, 1, 9])
    assert [fixed(-1), fixed(1), fixed(6), fixed(9)] == [1, 5, 9, None]
    with pytest.raises(AuditError, match="per_decade is 0"):
        logarithmic(0)


def test_given_steps_are_kept_to_and_skipped_steps_are_caught_up(tmp_path):
    model = network()
    monitor = Monitor(model, loader(), tmp_path / "run", schedule=[0, 10, 20], **EVERY)
    seen = [step for step in range(0, 40, 3) if monitor.step(step) is not None]
    assert seen == [0, 12, 21]


def test_a_look_waits_until_training_has_paid_for_it(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gpu_experiments.monitor.schedule.perf_counter", lambda: now[0])
    purse = Purse(0.05)
    assert purse.affords()  # the first look
    now[0] += 1.0
    purse.pay(1.0)
    assert not purse.affords()
    now[0] += 39.9
    assert not purse.affords()  # 2 s of looking are 5 % of 40 s
    now[0] += 0.2
    assert purse.affords()
    free = Purse(None)
    free.pay(1e9)
    assert free.affords()


def test_the_budget_is_kept_whatever_a_look_costs(tmp_path, monkeypatch):
    """A clock that moves 0.02 s at each training step and 0.1 s at each forward pass of a look."""
    now = [0.0]
    for module in ("schedule", "watching"):
        monkeypatch.setattr(f"gpu_experiments.monitor.{module}.perf_counter", lambda: now[0])
    model = network()
    model.register_forward_hook(lambda *_: now.__setitem__(0, now[0] + 0.1))
    monitor = Monitor(model, loader(size=100), tmp_path / "run", budget=0.05)
    for step in range(20_000):
        monitor.step(step)
        now[0] += 0.02
        assert step < 1000 or monitor.overhead <= 0.05
    assert len(monitor.trajectory()) > 15 and monitor.overhead > 0.005


def test_a_network_that_diverges_is_told_and_goes_on_training(tmp_path):
    model = network()
    monitor = Monitor(model, loader(), tmp_path / "run", **EVERY)
    monitor.step(0)
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
    with pytest.warns(MonitorWarning, match="step 1: batch 0 holds .* NaN"):
        assert monitor.step(1) is None
    assert monitor.trajectory().time.tolist() == [0]


def test_whatever_fails_later_is_told_and_training_goes_on(tmp_path):
    model = network()
    monitor = Monitor(model, loader(), tmp_path / "run", **EVERY)
    monitor.step(0)
    model.register_forward_hook(lambda *_: torch.zeros(1).reshape(7))
    with pytest.warns(MonitorWarning, match="step 1: shape"):
        assert monitor.step(1) is None
    assert model.training and torch.is_grad_enabled()
    with pytest.raises(RuntimeError, match="shape"):  # at the first look it is the setting that is wrong
        Monitor(model, loader(), tmp_path / "again", **EVERY).step(0)


def test_what_is_wrong_from_the_beginning_raises(tmp_path):
    model = network()
    with pytest.raises(AuditError, match="head is 'nowhere'"):
        Monitor(model, loader(), tmp_path / "a", head="nowhere").step(0)
    with pytest.raises(AuditError, match="0 batches"):
        Monitor(model, [], tmp_path / "b").step(0)
    with pytest.raises(AuditError, match="samples is 1"):
        Monitor(model, loader(), tmp_path / "c", samples=1)
    assert model.training


def test_a_record_in_use_is_not_overwritten_and_can_be_gone_on_with(tmp_path):
    train(tmp_path / "run", 2, **EVERY)
    model = network()
    with pytest.raises(RecordError, match="never overwritten"):
        Monitor(model, loader(), tmp_path / "run")
    with pytest.raises(RecordError, match="samples = 4096, must be 100"):
        Monitor(model, loader(), tmp_path / "run", samples=100, resume=True)
    monitor = Monitor(model, loader(), tmp_path / "run", resume=True, **EVERY)
    assert monitor.step(18) is None
    assert monitor.step(23) is not None
    monitor.look(6)  # training went back to a checkpoint: what came after is written anew
    assert load_trajectory(tmp_path / "run" / "trajectory.parquet").time.tolist() == [0, 1, 2, 3, 4, 6]


def test_runs_that_differ_in_the_seed_are_judged_together(tmp_path):
    folders = [tmp_path / str(seed) for seed in range(2)]
    for seed, folder in enumerate(folders):
        train(folder, seed=seed, config={"rate": 0.01}, **EVERY)
    groups = judge_all(folders)["groups"]
    assert len(groups) == 1 and groups[0]["seeds"] == [0, 1]
    assert json.loads((folders[0] / "config.json").read_text())["config"]["rate"] == 0.01


def test_closing_looks_a_last_time_and_marks_the_record(tmp_path):
    _, monitor = train(tmp_path / "run", **EVERY)
    monitor.close(30)
    closed = load_trajectory(tmp_path / "run" / "trajectory.parquet")
    assert closed.time[-1] == 30 and closed.about["outcome"] == "finished"


def test_a_logger_that_fails_warns(tmp_path):
    told = []
    model = network()

    def broken(step, row):
        raise OSError("no network")

    monitor = Monitor(model, loader(), tmp_path / "run", loggers=(lambda s, r: told.append((s, r["nc1"])), broken))
    with pytest.warns(MonitorWarning, match="logger at step 0: no network"):
        row = monitor.step(0)
    assert told == [(0, row["nc1"])]


def test_only_the_first_process_looks(tmp_path, monkeypatch):
    monkeypatch.setattr("gpu_experiments.monitor.watching._is_secondary", lambda: True)
    monitor = Monitor(network(), loader(), tmp_path / "run", **EVERY)
    assert monitor.step(0) is None and monitor.close(1) is None and not (tmp_path / "run").exists()


def test_public_names_are_there_and_nothing_heavy_is_loaded_before():
    assert tightframe.Monitor is Monitor and {"audit", "Audit", "Monitor"} <= set(dir(tightframe))
    with pytest.raises(AttributeError, match="no attribute 'monitor_'; it has audit"):
        _ = tightframe.monitor_
    code = "import sys, tightframe; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
