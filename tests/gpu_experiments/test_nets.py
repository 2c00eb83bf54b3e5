"""Every network shows features and head in one way, starts from its seed, and runs on shapes alone (meta device)."""

import pytest
import torch

from gpu_experiments import nets
from gpu_experiments.config import ConfigError
from gpu_experiments.nets.mlp import ACTIVATIONS, MLP
from gpu_experiments.nets.transformer import ANSWER, Transformer

SHAPES = {"mlp": (784,), "cnn": (784,), "resnet20": (3, 32, 32), "resnet18": (3, 32, 32), "vit": (3, 32, 32)}
SETTINGS = {"mlp": {"width": 30, "hidden": 2, "activation": "relu"}}


def build(name, shape=None):
    return nets.network(name, shape or SHAPES[name], 10, **SETTINGS.get(name, {}))


@pytest.mark.parametrize("name", nets.NAMES)
def test_logits_are_the_head_applied_to_the_features(name):
    model = nets.seeded(lambda: build(name), 0).eval()
    inputs = torch.randn(2, *SHAPES[name], generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        features = model.features(inputs)
        assert features.shape == (2, model.head.in_features)
        assert torch.equal(model(inputs), features @ model.head.weight.T + model.head.bias) or torch.allclose(
            model(inputs), features @ model.head.weight.T + model.head.bias, atol=1e-5
        )


@pytest.mark.parametrize("name", nets.NAMES)
def test_the_start_depends_on_the_seed_alone(name):
    torch.manual_seed(1)
    first = nets.seeded(lambda: build(name), 7)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second, other = nets.seeded(lambda: build(name), 7), nets.seeded(lambda: build(name), 8)
    assert torch.equal(before, torch.get_rng_state())
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", nets.NAMES)
def test_no_layer_is_saved_twice(name):
    model = build(name)
    storages = [value.data_ptr() for value in model.state_dict().values() if value.numel()]
    assert len(storages) == len(set(storages))
    if model.last_hidden is not None:
        assert model.last_hidden.out_features == model.head.in_features


@pytest.mark.parametrize("name", nets.NAMES)
def test_shapes_are_right_on_the_meta_device_too(name):
    with torch.device("meta"):
        model = build(name)
        assert model(torch.empty(5, *SHAPES[name])).shape == (5, 10)


def test_the_residual_networks_have_the_published_numbers_of_parameters():
    count = {name: sum(p.numel() for p in build(name).parameters()) for name in ("resnet20", "resnet18")}
    assert count["resnet18"] == 11_173_962
    assert count["resnet20"] == 272_474  # 0.27 M, with 1 x 1 projection shortcuts in place of padding


def test_images_may_come_flat():
    flat = torch.randn(2, 784)
    model = nets.seeded(lambda: build("cnn"), 0)
    assert torch.equal(model(flat), model(flat.view(2, 1, 28, 28)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_hidden_layer_below_the_features_is_the_last_one(activation):
    model = MLP(6, 3, width=5, hidden=2, activation=activation)
    assert model.last_hidden.weight.shape == (5, 5) and len(list(model.parameters())) == 6
    inputs = torch.randn(4, 6)
    below = ACTIVATIONS[activation]()(model.last_hidden(model.body[:-2](inputs)))
    assert torch.equal(model.features(inputs), below)


def test_the_answer_token_does_not_see_the_answer():
    model = nets.seeded(lambda: Transformer(10, 5, width=16, depth=2, heads=2), 0)
    question = torch.tensor([[3, 8, 4, 9, 0], [3, 8, 4, 9, 7]])
    states = model.states(question)
    assert torch.equal(states[0, ANSWER], states[1, ANSWER]) and not torch.equal(states[0, 4], states[1, 4])
    assert model.features(question).shape == (2, 16) and model.head.bias is None


def test_scaling_multiplies_every_parameter():
    model = nets.seeded(lambda: build("mlp"), 0)
    before = [p.detach().clone() for p in model.parameters()]
    nets.scale_parameters(model, 8.0)
    assert all(torch.equal(8 * a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_unknown_networks_and_inputs_that_are_no_image_are_refused():
    with pytest.raises(ConfigError, match="network is 'resnet19', must be one of .*did you mean"):
        nets.network("resnet19", (784,), 10)
    with pytest.raises(ConfigError, match=r"input of cnn has shape \(9,\).*use mlp"):
        nets.network("cnn", (9,), 10)
