"""All that a worker needs to check claims, loaded once in the process that the workers are forked from."""

from proofs import attack, ledger, second_proof
from theory import blueprint

__all__ = ["attack", "blueprint", "ledger", "second_proof"]
blueprint.load()
