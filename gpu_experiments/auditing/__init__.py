"""The parts of an audit: finding the head, leaving the model as it was, two passes over a loader, the answer.

`gpu_experiments.audit` joins them; `gpu_experiments.monitor` repeats them while a network trains.
"""
