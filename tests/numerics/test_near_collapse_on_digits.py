"""Along the training of a real network (digits, two hidden layers, cross-entropy) every near-collapse bound holds on
seen and unseen data, and the headline is never vacuous."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from numerics.metrics import last_layer_observables
from numerics.metrics.class_centres import class_centre_bounds

EPOCHS = (0, 1, 5, 20, 40)
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def trajectory():
    """(epoch, split, observables and class-centre bounds) of one run, seed 0."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    inputs, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    inputs, labels = (inputs[order] / 16).astype(np.float32), labels[order]
    train, test = slice(0, 1400), slice(1400, None)
    torch.manual_seed(0)
    body = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU())
    head = torch.nn.Linear(32, 10)
    optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.05, momentum=0.9)
    x, y = torch.from_numpy(inputs[train]), torch.from_numpy(labels[train])
    rows = []
    for epoch in range(max(EPOCHS) + 1):
        if epoch in EPOCHS:
            with torch.no_grad():
                weight, bias = head.weight.double().numpy(), head.bias.double().numpy()
                for name, part in (("train", train), ("test", test)):
                    features = body(torch.from_numpy(inputs[part])).double().numpy()
                    found = last_layer_observables(features, labels[part], weight, bias)
                    rows.append((epoch, name, found | class_centre_bounds(weight, features, labels[part], bias)))
        for batch in torch.randperm(len(y)).split(100):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(body(x[batch])), y[batch]).backward()
            optimizer.step()
    torch.set_num_threads(threads)
    return rows


PAIRS = (
    ("flatness_collapse_lower", "flatness_collapse_upper"),
    ("flatness_pair_lower", "flatness_pair_upper"),
    ("near_collapse_lower", "near_collapse_mgf"),
    ("near_collapse_lower", "near_collapse_upper"),
)


@pytest.mark.parametrize(("lower", "upper"), PAIRS)
def test_kappa_stays_inside_every_pair_of_bounds(trajectory, lower, upper):
    for _, _, found in trajectory:
        kappa = found["relative_flatness"]
        assert found[lower] <= kappa * (1 + ROUNDING)
        assert kappa <= found[upper] * (1 + ROUNDING)


def test_the_headline_is_never_beyond_the_ceiling_and_within_a_factor_of_four(trajectory):
    for _, _, found in trajectory:
        ceiling = found["feature_norm_rms"] ** 2 * found["head_diameter"] ** 2 * 0.9 / 2
        assert found["flatness_collapse_upper"] <= ceiling * (1 + ROUNDING)
        assert found["flatness_collapse_upper"] < 4 * found["relative_flatness"]


def test_the_sharp_form_closes_on_the_training_set_and_the_centre_tells_little(trajectory):
    """Late in training the pairs close; flatness at the class centres is a small part, the rest is low margins."""
    (last,) = [found for epoch, name, found in trajectory if (epoch, name) == (max(EPOCHS), "train")]
    assert last["flatness_pair_upper"] < 1.5 * last["flatness_pair_lower"]
    assert last["centre_flatness"] < 0.2 * last["relative_flatness"]
