"""What a simulator sees in one look is what each named function of the metrics says by itself."""

import numpy as np
import pytest
import torch

from numerics import metrics
from numerics.metrics.blocks import blas_threads
from numerics.observation import observe_chain
from numerics.simulation import chain_trajectories, with_changes
from numerics.simulators import ce_ufm, imbalanced_ufm, mse_ufm

MODELS = {
    "cross-entropy": (ce_ufm, ce_ufm.Config(classes=5, samples_per_class=7, features=9)),
    "one sample a class": (ce_ufm, ce_ufm.Config(classes=4, samples_per_class=1, features=3)),
    "squared error": (mse_ufm, mse_ufm.Config(classes=4, samples_per_class=6, features=7, free_bias=True)),
    "imbalanced": (imbalanced_ufm, imbalanced_ufm.Config()),
}


def named_functions(weight, features, labels, bias):
    of_features = ("nc1", "nc1_trace_ratio", "rnc1", "rnc1_mean_norm", "cdnv", "nc2", "nc2_equinorm", "nc2_equiangle")
    found = {name: getattr(metrics, name)(features, labels) for name in (*of_features, "collapsed_norm")}
    found |= {name: getattr(metrics, name)(features, labels, weight) for name in ("nc3", "head_scale")}
    found |= {f"feature_norm{end}": getattr(metrics, f"feature_norm{end}")(features) for end in ("", "_max", "_rms")}
    found |= {"head_norm": metrics.head_norm(weight), "head_diameter": metrics.head_diameter(weight)}
    found |= {"nc4": metrics.nc4(features, labels, weight, bias)}
    found |= {
        name: getattr(metrics, name)(weight, features, bias)
        for name in ("relative_flatness", "relative_flatness_surrogate")
    }
    found |= {
        name: getattr(metrics, name)(weight, features, labels, bias)
        for name in ("flatness_loss_bound", "mean_wrong_probability")
    }
    found["margin_min"] = metrics.margins(weight, features, labels, bias).min()
    found |= metrics.near_collapse_bounds(weight, features, labels, bias)
    return found


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("scale", [1.0, 6.0])
def test_one_look_says_what_every_named_function_says(model, scale):
    simulator, config = MODELS[model]
    chain = simulator.chain_of([config])
    blocks = [scale * block for block in simulator.start_blocks(config, 3)]
    if chain.free_bias:
        blocks[-1] = np.linspace(-1, 1, len(chain.targets))[:, None]
    seen = observe_chain(chain, blocks)
    weight, features, labels = blocks[0], blocks[1].T, chain.labels
    bias = blocks[-1].ravel() if chain.free_bias else None
    expected = named_functions(weight, features, labels, bias)
    for name, value in expected.items():
        assert seen[name] == pytest.approx(value, rel=1e-10, abs=1e-13), name
    logits = torch.as_tensor(features @ weight.T + (0 if bias is None else bias))
    chosen = torch.as_tensor(labels)
    if chain.loss == "cross_entropy":
        loss = float(torch.nn.functional.cross_entropy(logits, chosen))
    else:
        loss = chain.weight / 2 * float((logits - torch.as_tensor(chain.targets.T)).square().sum())
    decayed = sum(float(rate) * np.square(block).sum() / 2 for rate, block in zip(chain.decays, blocks, strict=True))
    own = logits[torch.arange(len(chosen)), chosen]
    expected |= {
        "train_loss": loss,
        "objective": loss + decayed,
        "logit": float((own - logits.mean(dim=1)).mean()),
        "train_accuracy": float((logits.argmax(dim=1) == chosen).double().mean()),
        "classes": len(chain.targets),
        "class_imbalance": np.bincount(labels).max() * len(chain.targets) / len(labels) - 1,
        "cross_entropy": float(torch.nn.functional.cross_entropy(logits, chosen)),
    }
    for name, value in expected.items():
        assert seen[name] == pytest.approx(value, rel=1e-10, abs=1e-13), name
    assert set(seen) - set(expected) <= {"relative_flatness_mse"}, "a column without a named function"


def test_the_pair_observer_says_the_operator_norm_of_the_balance_matrix():
    config = ce_ufm.Config(classes=5, samples_per_class=7, features=9)
    chain, blocks = ce_ufm.chain_of([config]), ce_ufm.start_blocks(config, 0)
    seen = ce_ufm.FULL.observer(chain, blocks, config)(blocks, 0.0)
    assert seen["balancedness"] == pytest.approx(metrics.balancedness(blocks[1], blocks[0]), rel=1e-12)


@pytest.mark.parametrize("method", ["flow", "descent"])
def test_a_small_simulation_runs_on_one_thread_and_gives_the_threads_back(method):
    config = ce_ufm.Config(
        classes=3, samples_per_class=2, features=4, method=method, t_end=1.0, points=4, log_times=False
    )
    chain, blocks = ce_ufm.chain_of([config]), ce_ufm.start_blocks(config, 0)
    torch_threads, blas, inside = torch.get_num_threads(), blas_threads(), []

    def look(_, time):
        inside.append((blas_threads(), torch.get_num_threads()))
        if time > 0 and len(inside) > 6:
            raise RuntimeError("an observer that fails")
        return {"looks": len(inside)}

    torch.set_num_threads(2)
    try:
        chain_trajectories("ce_ufm", chain, [blocks], [look], [config], [0])
        with pytest.raises(RuntimeError, match="fails"):
            chain_trajectories("ce_ufm", chain, [blocks], [look], [config], [0])
        assert (blas_threads(), torch.get_num_threads()) == (blas, 2)
    finally:
        torch.set_num_threads(torch_threads)
    assert set(inside) == {(1, 1 if method == "descent" else 2)}


def test_one_member_alone_takes_the_path_that_it_takes_in_an_ensemble():
    config = ce_ufm.Config(classes=3, samples_per_class=4, features=4, method="descent", t_end=50.0, points=6)
    pair = ce_ufm.simulate_many(with_changes(config, decay_W=[5e-3, 1e-2]), [0, 1])
    alone = ce_ufm.simulate(config, 0)
    for name, column in alone.observables.items():
        assert column == pytest.approx(pair[0][name], rel=1e-9, abs=1e-12), name
