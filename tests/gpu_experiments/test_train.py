"""The training loop: one order of batches, exact resume, phases, divergence, Ctrl-C."""

import os
import signal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from gpu_experiments import machine, train
from gpu_experiments.nets import seeded
from gpu_experiments.record import begin
from gpu_experiments.train import Job, Phase, batches, epoch_order, logarithmic_schedule

ABOUT = {"experiment": "small", "config": {"steps": 60}, "seed": 0}
STEPS = 60


def network():
    return seeded(lambda: nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3)), 1)


def points():
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(40, 6, generator=generator)
    return inputs, torch.randint(0, 3, (40,), generator=generator)


def job(*, stop_at=None, rate=0.05, changes=None):
    """Two phases: AdamW with a falling rate, then SGD with momentum after the head has been doubled."""
    inputs, labels = points()

    def double(model):
        with torch.no_grad():
            model[3].weight.mul_(2)

    def measure(model, step):
        if step == stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        with torch.no_grad():
            return {
                "loss": float(functional.cross_entropy(model(inputs), labels)),
                "weight": float(model[0].weight.norm()),
            }

    def loss(model, x, y):
        return functional.cross_entropy(model(x), y)

    first = Phase(33, lambda m: torch.optim.AdamW(m.parameters(), lr=rate, fused=True), loss, lambda s: rate / (1 + s))
    second = Phase(27, lambda m: torch.optim.SGD(m.parameters(), lr=rate, momentum=0.9), loss, on_start=double)
    made = Job(network(), inputs, labels, 16, 0, (first, second), measure, range(0, STEPS + 1, 4), checkpoint_every=7)
    for name, value in (changes or {}).items():
        object.__setattr__(made, name, value)
    return made


def rows(trajectory):
    return np.stack([trajectory.time, trajectory["loss"], trajectory["weight"]])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return train.train(job(), begin(tmp_path_factory.mktemp("run") / "a", ABOUT, resume=False), ABOUT, progress=False)


def test_two_runs_of_one_seed_are_bit_identical(tmp_path, undisturbed):
    again = train.train(job(), begin(tmp_path / "b", ABOUT, resume=False), ABOUT, progress=False)
    assert np.array_equal(rows(undisturbed), rows(again))
    assert undisturbed.about["outcome"] == "finished" and undisturbed.time[-1] == STEPS


@pytest.mark.parametrize("moment", [0, 4, 28, 32, 36, 56])
def test_ctrl_c_saves_a_checkpoint_and_resume_ends_in_the_identical_trajectory(tmp_path, undisturbed, moment):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train.train(job(stop_at=moment), begin(folder, ABOUT, resume=False), ABOUT, progress=False)
    assert list((folder / "checkpoints").glob("*.safetensors"))
    assert not (folder / "trajectory.parquet").exists()
    torch.manual_seed(987)  # whatever the process did in between
    resumed = train.train(job(), begin(folder, ABOUT, resume=True), ABOUT, progress=False)
    assert np.array_equal(rows(undisturbed), rows(resumed))


def test_a_resume_that_forgot_the_optimiser_would_be_noticed(tmp_path, undisturbed, monkeypatch):
    """The planted fault: with its moments dropped the resumed run ends elsewhere."""
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train.train(job(stop_at=28), begin(folder, ABOUT, resume=False), ABOUT, progress=False)
    monkeypatch.setattr(torch.optim.AdamW, "load_state_dict", lambda self, state: None)
    resumed = train.train(job(), begin(folder, ABOUT, resume=True), ABOUT, progress=False)
    assert not np.array_equal(rows(undisturbed), rows(resumed))


def test_a_resume_that_forgot_the_random_generator_would_be_noticed(tmp_path, undisturbed, monkeypatch):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train.train(job(stop_at=28), begin(folder, ABOUT, resume=False), ABOUT, progress=False)
    monkeypatch.setattr(train, "_set_random_state", lambda state: None)
    resumed = train.train(job(), begin(folder, ABOUT, resume=True), ABOUT, progress=False)
    assert not np.array_equal(rows(undisturbed), rows(resumed))


def test_a_diverging_run_stops_says_when_and_keeps_its_trajectory(tmp_path):
    def explode(model, x, y):
        return functional.cross_entropy(model(x), y) * (float("nan") if explode.calls > 17 else 1.0)

    def counted(model, x, y):
        explode.calls += 1
        return explode(model, x, y)

    explode.calls = 0
    phase = Phase(STEPS, lambda m: torch.optim.SGD(m.parameters(), lr=0.1), counted)
    ended = train.train(
        job(changes={"phases": (phase,)}), begin(tmp_path / "r", ABOUT, resume=False), ABOUT, progress=False
    )
    assert ended.about["outcome"] == "diverged at step 18"
    assert ended.time.tolist() == [0, 4, 8, 12, 16]


def test_a_stop_rule_ends_the_run_after_the_row_that_meets_it(tmp_path):
    made = job(changes={"stop": lambda row: row["loss"] < 1.05})
    ended = train.train(made, begin(tmp_path / "r", ABOUT, resume=False), ABOUT, progress=False)
    assert ended["loss"][-1] < 1.05 and np.all(ended["loss"][1:-1] >= 1.05)
    assert ended.about["outcome"] == f"stopped at step {int(ended.time[-1])}"


def test_a_phase_intervenes_once_and_after_the_row_of_its_first_step(tmp_path):
    steps = range(0, STEPS + 1)
    norms = {}

    def measure(model, step):
        norms[step] = float(model[3].weight.detach().norm())
        return {"loss": 0.0, "weight": 0.0}

    train.train(
        job(rate=0.0, changes={"measure": measure, "schedule": steps}),
        begin(tmp_path / "r", ABOUT, resume=False),
        ABOUT,
        progress=False,
    )
    assert norms[33] == pytest.approx(norms[0]) and norms[34] == pytest.approx(2 * norms[0]) == norms[60]


def test_after_step_projects_every_step(tmp_path):
    def cap(model):
        with torch.no_grad():
            model[0].weight.mul_(1.0 / model[0].weight.norm())

    phase = Phase(
        20,
        lambda m: torch.optim.SGD(m.parameters(), lr=0.1),
        lambda m, x, y: functional.cross_entropy(m(x), y),
        after_step=cap,
    )
    ended = train.train(
        job(changes={"phases": (phase,)}), begin(tmp_path / "r", ABOUT, resume=False), ABOUT, progress=False
    )
    assert np.allclose(ended["weight"][1:], 1.0)


@given(steps=st.integers(1, 500_000), first=st.integers(0, 40), count=st.integers(2, 300))
@settings(deadline=None, max_examples=50)
def test_the_schedule_starts_at_zero_ends_at_the_last_step_and_keeps_the_first(steps, first, count):
    made = logarithmic_schedule(steps, first=first, points=count)
    assert made[0] == 0 and made[-1] == steps and list(made) == sorted(set(made))
    assert set(range(min(first, steps) + 1)) <= set(made)
    assert len(made) <= first + count + 2


@given(count=st.integers(1, 60), batch=st.integers(1, 70), start=st.integers(0, 40), seed=st.integers(0, 2**40))
@settings(deadline=None, max_examples=50)
def test_batches_from_any_step_continue_the_same_sequence_and_cover_every_epoch(count, batch, start, seed):
    def take(first, number):
        feed = batches(count, batch, seed, first, torch.device("cpu"))
        return [next(feed).tolist() for _ in range(number)]

    per_epoch = -(-count // batch)
    whole = take(0, start + per_epoch)
    assert whole[start:] == take(start, per_epoch)
    assert sorted(sum(whole[:per_epoch], [])) == list(range(count))


def test_epochs_and_seeds_have_their_own_orders():
    orders = {tuple(epoch_order(30, seed, epoch).tolist()) for seed in range(4) for epoch in range(5)}
    assert len(orders) == 20


def grokked(folder, **speed):
    from gpu_experiments.experiments import grokking_mlp

    config = grokking_mlp.Config(train=200, test=4000, width=32, initial_scale=1.0, steps=400, log_points=4)
    with machine.speed(**speed):
        return grokking_mlp.run(config, 0, folder, device="cpu", progress=False)


def test_bfloat16_changes_digits_and_not_what_is_learned(tmp_path):
    plain, short = grokked(tmp_path / "a"), grokked(tmp_path / "b", precision="bfloat16")
    assert not np.array_equal(plain["train_loss"], short["train_loss"])
    assert plain["train_accuracy"][-1] == short["train_accuracy"][-1] == 1
    assert abs(plain["test_accuracy"][-1] - short["test_accuracy"][-1]) <= 0.02
    assert short["feature_norm"][-1] == pytest.approx(plain["feature_norm"][-1], rel=0.1)
    assert short.about["precision"] == "bfloat16" and "precision" not in plain.about


def test_a_compiled_step_is_the_same_step(tmp_path, monkeypatch):
    real, made = torch.compile, []

    def traced(function):  # dynamo's own capture, without the minutes of a code generator
        made.append(function)
        return real(function, backend="eager")

    monkeypatch.setattr(torch, "compile", traced)
    plain, compiled = grokked(tmp_path / "a"), grokked(tmp_path / "b", compiled=True)
    assert len(made) == 1 and compiled.about["compiled"] is True
    assert np.allclose(plain["train_loss"], compiled["train_loss"], rtol=1e-3)


def test_a_run_does_not_go_on_in_another_precision(tmp_path):
    from gpu_experiments.record import RecordError

    grokked(tmp_path / "a")
    with pytest.raises(RecordError, match="precision = None, must be bfloat16"):
        grokked(tmp_path / "a", precision="bfloat16")
    with pytest.raises(machine.DeviceError, match="precision is 'float8', must be one of float32, bfloat16"):
        grokked(tmp_path / "c", precision="float8")


def test_an_absent_device_is_refused_with_what_is_here():
    with pytest.raises(machine.DeviceError, match="must be one of cpu"):
        machine.choose_device("abacus")
    assert machine.choose_device("cpu").type == "cpu"


def test_the_bar_writes_to_standard_error_alone(tmp_path, capsys):
    train.train(job(), begin(tmp_path / "r", ABOUT, resume=False), ABOUT, progress=True)
    seen = capsys.readouterr()
    assert seen.out == "" and "60/60" in seen.err
