"""Collapse and flatness while somebody else's network trains, two lines in any loop:

    monitor = tightframe.Monitor(model, loader, out="runs/mine")
    for step, batch in enumerate(batches):
        ...
        monitor.step(step)

`out` is a run folder that `tightframe check` reads at any time. Callbacks for Lightning and Transformers are in
`.lightning` and `.transformers`, TensorBoard, Weights & Biases and MLflow in `.loggers`; each needs its extra only.
"""

from gpu_experiments.monitor.schedule import logarithmic
from gpu_experiments.monitor.watching import Monitor, MonitorWarning

__all__ = ["Monitor", "MonitorWarning", "logarithmic"]
