"""An audit finds the head of anybody's network, measures what the definitions say, and leaves the network as it was."""

import json
import random
from collections import UserDict
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from gpu_experiments.audit import audit
from gpu_experiments.judge import judge
from numerics.metrics import last_layer_observables

CLASSES, DIMENSION, SAMPLES = 4, 6, 90


class Plain(nn.Module):
    """A network with dropout and batch normalisation, so that evaluation mode matters."""

    def __init__(self, classes=CLASSES, bias=True):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5))
        self.last = nn.Linear(16, DIMENSION)
        self.head = nn.Linear(DIMENSION, classes, bias=bias)

    def features(self, x):
        return torch.tanh(self.last(self.body(x)))

    def forward(self, x):
        return self.head(self.features(x))


@dataclass
class Output:
    loss: torch.Tensor | None
    logits: torch.Tensor


class ReturnsTuple(Plain):
    def forward(self, x):
        features = self.features(x)
        return self.head(features), features


class ReturnsDataclass(Plain):
    def forward(self, x):
        return Output(None, super().forward(x))


class ReturnsDict(Plain):
    def forward(self, x):
        features = self.features(x)
        return {"hidden": features, "logits": self.head(features)}


class ReturnsProbabilities(Plain):
    def forward(self, x):
        return super().forward(x).log_softmax(-1)


class HasAnAuxiliaryHead(Plain):
    """The last linear layer that is called is not the head."""

    def __init__(self):
        super().__init__()
        self.auxiliary = nn.Linear(DIMENSION, CLASSES)

    def forward(self, x):
        features = self.features(x)
        logits = self.head(features)
        self.by_product = self.auxiliary(features)
        return logits


KINDS = [Plain, ReturnsTuple, ReturnsDataclass, ReturnsDict, ReturnsProbabilities, HasAnAuxiliaryHead]


@pytest.fixture
def data():
    torch.manual_seed(1)
    x = torch.randn(SAMPLES, 5)
    return x, torch.arange(SAMPLES) % CLASSES


def built(kind=Plain, **settings):
    torch.manual_seed(0)
    return kind(**settings)


def loader(data, size=16, **settings):
    return DataLoader(TensorDataset(*data), batch_size=size, **settings)


def expected(model, data):
    model.eval()
    with torch.no_grad():
        features = model.features(data[0])
    bias = None if model.head.bias is None else model.head.bias.detach()
    return last_layer_observables(features, data[1], model.head.weight.detach(), bias)


def assert_same(found, wanted):
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-5, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_head_is_found_and_every_observable_is_the_definition(kind, data):
    model = built(kind)
    found = audit(model, loader(data), progress=False)
    assert found.head == "head" and found.samples == SAMPLES and found.dimension == DIMENSION
    assert_same(found, expected(model, data))
    assert found.cannot_conclude == ()
    assert ("probabilities" in " ".join(found.notes)) == (kind is ReturnsProbabilities)


def test_flatness_is_the_hessian_of_the_loss_in_the_head(data):
    model = built(classes=3)
    data = data[0], data[1] % 3
    model.eval()
    features = model.features(data[0]).detach().double()
    bias = model.head.bias.detach().double()
    weight = model.head.weight.detach().double()

    def risk(rows):
        return functional.cross_entropy(features @ rows.reshape(3, -1).T + bias, data[1])

    hessian = torch.func.hessian(risk)(weight.flatten()).reshape(3, DIMENSION, 3, DIMENSION)
    kappa = (torch.einsum("sata->st", hessian) * (weight @ weight.T)).sum()
    np.testing.assert_allclose(audit(model, loader(data), progress=False)["relative_flatness"], kappa, rtol=1e-5)


@pytest.mark.parametrize("head", ["head", "module", "function"])
def test_the_head_may_be_named_given_or_a_function(head, data):
    model = built()
    heads = {
        "head": "head",
        "module": model.head,
        "function": lambda net, x: (net.features(x), net.head.weight, net.head.bias),
    }
    assert_same(audit(model, loader(data), heads[head], progress=False), expected(model, data))


def test_a_head_inside_a_sequential_with_dropout_is_linear(data):
    model = built()
    whole = nn.Sequential(model.body, model.last, nn.Tanh(), nn.Sequential(nn.Dropout(0.1), model.head))
    found = audit(whole, loader(data), "3", progress=False)
    assert found.head == "3.1"
    assert_same(found, expected(model, data))


def snapshot(model):
    flags = [module.training for module in model.modules()]
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    state = {name: value.clone() for name, value in model.state_dict().items()}
    grads = [parameter.requires_grad for parameter in model.parameters()]
    return flags, hooks, grads, state


def generators():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


@pytest.mark.parametrize("broken", [False, True])
def test_the_model_and_the_generators_are_left_as_they_were(broken, data):
    model = built().train()
    model.body[3].eval()  # a flag that differs from its parent's
    x = data[0].clone()
    x[70, 0] = float("nan") if broken else 0.0
    before, drawn = snapshot(model), generators()
    if broken:
        with pytest.raises(ValueError, match="batch 4"):
            audit(model, loader((x, data[1]), shuffle=False), progress=False)
    else:
        audit(model, loader((x, data[1]), shuffle=True), progress=False)
    after = snapshot(model)
    assert before[:3] == after[:3] and generators() == drawn and torch.is_grad_enabled()
    assert all(torch.equal(before[3][name], value) for name, value in after[3].items())


def test_order_batches_and_a_second_read_change_nothing(data):
    model = built()
    wanted = audit(model, loader(data, SAMPLES), progress=False)
    for found in (
        audit(model, loader(data, 7, shuffle=True), progress=False),
        audit(model, loader(data, 16), keep=0, progress=False),
        audit(model, [(x, y) for x, y in loader(data, 30)], progress=False),
        audit(model, ({"x": x, "label": y} for x, y in loader(data, 30)), progress=False),
    ):
        assert_same(found, wanted.observables)


def test_a_stream_that_can_be_read_only_once_is_judged_in_constant_memory(data):
    model = built()
    found = audit(model, iter([(x, y) for x, y in loader(data)]), keep=0, progress=False)
    wanted = expected(model, data)
    wanted.pop("nc4")
    assert_same(found, wanted)
    assert "nc4" not in found.observables and "only once" in " ".join(found.notes)


def test_a_loader_that_changes_between_its_passes_is_refused(data):
    class Fickle(list):
        def __iter__(self):
            self.append(self[0])
            return super().__iter__()

    with pytest.raises(ValueError, match="second pass, must give"):
        audit(built(), Fickle(loader(data)), keep=0, progress=False)


def test_batches_may_be_dicts_and_user_dicts(data):
    model = built()
    for kind in (dict, UserDict):
        batches = [kind({"x": x, "labels": y}) for x, y in loader(data)]
        assert_same(audit(model, batches, progress=False), expected(model, data))
    odd = [{"image": x, "y": y} for x, y in loader(data)]
    assert_same(audit(model, odd, progress=False), expected(model, data))
    triples = [(x, y, "extra") for x, y in loader(data)]
    assert_same(audit(model, triples, unpack=lambda item: item[:2], progress=False), expected(model, data))


def test_one_logit_is_a_softmax_over_two_classes(data):
    model = built(classes=1)
    labels = data[1] % 2
    found = audit(model, loader((data[0], labels)), progress=False)
    model.eval()
    logits = model(data[0]).detach()[:, 0]
    p = torch.sigmoid(logits)
    flat = (p * (1 - p) * model.features(data[0]).detach().square().sum(1)).mean() * model.head.weight.square().sum()
    np.testing.assert_allclose(found["relative_flatness"], flat.item(), rtol=1e-5)
    np.testing.assert_allclose(
        found["train_loss"], functional.binary_cross_entropy_with_logits(logits, labels.float()), rtol=1e-5
    )


def test_classes_without_a_sample_or_with_one_are_said(data):
    labels = data[1].clone()
    labels[labels == 3] = 0
    labels[5] = 2 if labels[5] != 2 else 1
    labels[labels == 2] = 1
    labels[7] = 2
    found = audit(built(), loader((data[0], labels)), progress=False)
    assert found["classes"] == CLASSES  # the softmax still runs over all of them
    assert "class 3" in found.notes[0] and "class 2" in found.notes[1]


def test_half_precision_is_measured_in_full(data):
    model = built().to(torch.bfloat16)
    data = data[0].to(torch.bfloat16), data[1]
    assert_same(audit(model, loader(data), progress=False), expected(model, data))


def test_the_answer_is_a_table_a_dict_a_record_and_a_figure(data, tmp_path, capsys):
    found = audit(built(), loader(data), progress=False)
    for word in ("relative_flatness", "flatness_from_loss", f"{SAMPLES} samples", f"{found['nc1']:.4g}"):
        assert word in str(found)
    assert "relative flatness" in repr(found) and found.trajectory()["nc1"][0] == found["nc1"]
    found.print()
    assert "near_collapse_flatness" in capsys.readouterr().out
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert told["observables"]["nc1"] == found["nc1"]
    folder = found.save(tmp_path / "record")
    read = judge(folder)
    assert [verdict["agreement"] for verdict in read["verdicts"]] == [v["agreement"] for v in found.verdicts]
    assert "VIOLATED" not in {verdict["agreement"] for verdict in found.verdicts} and len(found.verdicts) >= 5
    figure = found.plot(tmp_path / "audit.png")
    assert len(figure.axes) == 3 and (tmp_path / "audit.png").stat().st_size > 5000


def test_progress_and_large_memory_are_told_on_standard_error_only(data, capsys, monkeypatch):
    monkeypatch.setattr("gpu_experiments.audit.WORTH_SAYING", 1)
    audit(built(), loader(data))
    seen = capsys.readouterr()
    assert seen.out == "" and "audit: first pass" in seen.err and "predicted memory of the sums: 13" in seen.err


def test_squared_error_adds_its_own_flatness(data):
    model = built(bias=False)
    found = audit(model, loader(data), loss="mse", reduction="sample_mean", progress=False)
    square = model.eval().features(data[0]).detach().double().square().sum(1).mean()
    wanted = 2 * model.head.weight.detach().double().square().sum() * square
    np.testing.assert_allclose(found["relative_flatness_mse"], wanted, rtol=1e-5)
    assert "relative_flatness_mse" in found.notes[0]


def test_predicted_memory_can_be_capped(data):
    with pytest.raises(ValueError, match="predicted memory is .* must be at most"):
        audit(built(), loader(data), memory_cap=1000, progress=False)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_model_on_an_accelerator_gives_the_same_and_stays_there(data):
    model = built()
    wanted = expected(model, data)
    model = model.cuda().train()
    assert_same(audit(model, loader(data), progress=False), wanted)
    assert next(model.parameters()).device.type == "cuda" and model.training
