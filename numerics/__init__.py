"""What the models do: metrics, trajectories, simulators, verdicts. Imports theory."""
