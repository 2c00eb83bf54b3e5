"""What real networks do: data, networks, training, experiments, audits. Imports theory and numerics, never proofs."""
