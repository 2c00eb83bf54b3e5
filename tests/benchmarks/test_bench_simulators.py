"""Speed of the simulators, on one thread and in processor time, the fastest of several rounds:

ensemble   1000 planar trajectories with parameters and starts of their own, t in [0, 50], rtol 1e-6, 51 output times
members    the same by SciPy, one after the other (a sample of them, scaled up)
bare       descent of the full cross-entropy model, K = 10, n = 40, d = 64, momentum 0.9: gradient and update only
measured   a simulation of it, as `simulate` runs one, with every last-layer metric each 100 steps
autograd   the conventional loop: torch.optim.SGD, cross_entropy, backward

Targets: ensemble < 0.1 s; measured <= 1.3 bare.
"""

import time

import numpy as np
import pytest
import torch

from numerics.descent import descend
from numerics.ensemble import integrate_ensemble, member_slope
from numerics.integration import integrate, right_hand_side
from numerics.simulation import chain_trajectories
from numerics.simulators import ce_ufm
from theory.flows.collapsed_ce import PLANAR
from theory.symbols import K, decay_H, decay_W, n

MEMBERS, STEPS, ROUNDS = 1000, 2000, 5
TIMES = np.linspace(0, 50, 51)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def fastest(work, rounds=ROUNDS):
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)


def ensemble():
    """Members from slow to fast: few samples and strong decay move within one unit of time."""
    rng = np.random.default_rng(0)
    parameters = {
        K: rng.integers(2, 20, MEMBERS).astype(float),
        n: rng.integers(1, 50, MEMBERS).astype(float),
        decay_W: 10 ** rng.uniform(-4, -1, MEMBERS),
        decay_H: 10 ** rng.uniform(-4, -1, MEMBERS),
    }
    return parameters, np.stack([rng.uniform(0.1, 3, MEMBERS), rng.uniform(0.1, 3, MEMBERS)])


def alone(parameters, starts, member, rtol):
    values = {name: column[member] for name, column in parameters.items()}
    return integrate(right_hand_side(PLANAR, values), starts[:, member], TIMES, rtol=rtol, atol=rtol * 1e-3)


def test_a_thousand_reduced_trajectories_take_less_than_a_tenth_of_a_second(benchmark):
    parameters, starts = ensemble()

    def together():
        return integrate_ensemble(member_slope(PLANAR, parameters, MEMBERS), starts, TIMES, rtol=1e-6, atol=1e-9)

    result = benchmark.pedantic(together, rounds=ROUNDS, warmup_rounds=1)
    sample = range(0, MEMBERS, 25)
    exact = np.stack([alone(parameters, starts, member, 1e-12).states for member in sample], axis=2)
    assert np.max(np.abs(result.states[:, :, ::25] / exact - 1)) < 1e-5
    seconds = fastest(together)
    by_scipy = fastest(lambda: [alone(parameters, starts, member, 1e-6) for member in sample], 2) * 25
    benchmark.extra_info.update(ensemble=seconds, members=by_scipy, array_steps=result.steps)
    assert seconds < 0.1


def autograd(chain, start):
    weight, features = (torch.tensor(block, requires_grad=True) for block in start)
    labels = torch.as_tensor(chain.labels)
    rates = zip((weight, features), chain.decays, strict=True)
    groups = [{"params": [block], "weight_decay": rate} for block, rate in rates]
    optimiser = torch.optim.SGD(groups, lr=1.0, momentum=0.9)
    for _ in range(STEPS):
        optimiser.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy((weight @ features).T, labels).backward()
        optimiser.step()


def test_all_metrics_every_hundred_steps_cost_less_than_a_third_of_the_steps(benchmark):
    config = ce_ufm.Config(
        classes=10, samples_per_class=40, features=64, decay_H=1e-5,
        method="descent", step=1.0, momentum=0.9, t_end=float(STEPS), points=STEPS // 100 + 1, log_times=False,
    )  # fmt: skip
    chain, start = ce_ufm.chain_of([config]), ce_ufm.start_blocks(config, 0)
    observe = ce_ufm.FULL.observer(chain, start, config)

    def steps():
        for _ in descend(chain, start, config.log_steps, step=1.0, momentum=0.9):
            pass

    def looks():
        return chain_trajectories("ce_ufm", chain, [start], [observe], [config], [0])[0]

    seen = looks()
    assert len(seen) == 21 and {"nc1", "nc4", "relative_flatness", "cdnv", "balancedness"} <= set(seen.observables)
    rounds = [(fastest(steps, 1), fastest(looks, 1)) for _ in range(ROUNDS)]
    bare, measured = (min(column) / STEPS * 1e6 for column in zip(*rounds, strict=True))
    conventional = fastest(lambda: autograd(chain, start), 2) / STEPS * 1e6
    benchmark.extra_info.update(bare_us=bare, measured_us=measured, autograd_us=conventional, ratio=measured / bare)
    benchmark.pedantic(looks, rounds=1)
    assert measured <= 1.3 * bare
