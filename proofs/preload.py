"""All that a worker needs to check claims, loaded once in the process that the workers are forked from."""

from proofs import attack, ledger, second_proof  # noqa: F401
from theory import blueprint

blueprint.load()
