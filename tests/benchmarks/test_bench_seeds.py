"""Three seeds of the default grokking network trained as one batch (torch.func) against three after another.

No target: the numbers decide whether the experiments train seeds together. They are trained apart as long as a batch of
seeds saves less than half, because apart each has a folder of its own that resumes exactly.
"""

import time

import torch
from torch.func import functional_call, grad, stack_module_state, vmap

from gpu_experiments import data, machine, measure, nets
from gpu_experiments.experiments import grokking_mlp

STEPS, SEEDS = 300, 3


def test_seeds_as_one_batch_are_measured_against_seeds_apart(benchmark):
    digits = data.load("mnist_5k")
    x, y = torch.from_numpy(digits.train_inputs), torch.from_numpy(digits.train_labels)
    models = [nets.seeded(lambda: grokking_mlp._network(grokking_mlp.Config(), digits), s) for s in range(SEEDS)]
    targets = torch.eye(10)[y]
    skeleton = nets.seeded(lambda: grokking_mlp._network(grokking_mlp.Config(), digits), 0)

    def apart():
        for model in models:
            optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1, fused=True)
            for _ in range(STEPS):
                chosen = torch.randint(1000, (100,))
                loss = measure.squared_error(model(x[chosen]), y[chosen]).sum()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()

    def together():
        stacked, _ = stack_module_state(models)
        stacked = {name: value.detach().clone().requires_grad_() for name, value in stacked.items()}
        optimiser = torch.optim.AdamW(stacked.values(), lr=1e-3, weight_decay=0.1, fused=True)

        def loss(parameters, inputs, labels):
            return (functional_call(skeleton, parameters, (inputs,)) - labels).square().sum()

        slopes = vmap(grad(loss))
        for _ in range(STEPS):
            chosen = torch.randint(1000, (SEEDS, 100))
            found = slopes({name: value.detach() for name, value in stacked.items()}, x[chosen], targets[chosen])
            for name, value in stacked.items():
                value.grad = found[name]
            optimiser.step()

    spent = {"apart": [], "together": []}

    def measured():
        with machine.arithmetic(1):
            for _ in range(3):
                for name, run in (("apart", apart), ("together", together)):
                    begun = time.process_time()
                    run()
                    spent[name].append(time.process_time() - begun)

    benchmark.pedantic(measured, rounds=1, iterations=1)
    best = {name: min(values) / STEPS / SEEDS * 1e3 for name, values in spent.items()}
    benchmark.extra_info.update({f"{name}_ms_per_step_and_seed": round(value, 3) for name, value in best.items()})
    assert best["together"] > 0 and best["apart"] > 0
