"""python -m proofs [generate | record]: translate the statements that have a Rocq proof; check those that changed."""

import sys

from proofs import rocq_check

if __name__ == "__main__":
    task = sys.argv[1] if len(sys.argv) > 1 else "record"
    if task not in {"generate", "record"}:
        sys.exit(f"task is {task}, must be generate or record")
    changed = rocq_check.regenerate()
    sys.stdout.write(f"generated afresh: {', '.join(changed) or 'nothing changed'}\n")
    if task == "record":
        for key, result in rocq_check.record().items():
            sys.stdout.write(f"{key}: {result['status']} in {result['seconds']} s, {result['message']}\n")
