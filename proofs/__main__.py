"""python -m proofs [generate | record | table]: translate the statements with a Rocq proof; check those that changed;
or write what is kernel-checked, and on which axioms, as a Markdown table.
"""

import json
import sys

from proofs import rocq_check
from theory import blueprint


def table() -> str:
    """One row per claim with a recorded kernel check: title, proof file, what it trusts."""
    rows = ["| claim | proof | axioms |", "|---|---|---|"]
    for key, kept in sorted(json.loads(rocq_check.RECORD.read_text()).items()):
        kinds = sorted({rocq_check.STANDARD[axiom.split(".")[0]].removeprefix("rocq: ") for axiom in kept["axioms"]})
        title = blueprint.statement(key).title
        rows.append(f"| {title} | [{key}.v](proofs/rocq/{key}.v) | {', '.join(kinds) or 'none'} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    task = sys.argv[1] if len(sys.argv) > 1 else "record"
    if task not in {"generate", "record", "table"}:
        sys.exit(f"task is {task}, must be generate, record or table")
    if task == "table":
        sys.stdout.write(table())
        sys.exit()
    changed = rocq_check.regenerate()
    sys.stdout.write(f"generated afresh: {', '.join(changed) or 'nothing changed'}\n")
    if task == "record":
        for key, result in rocq_check.record().items():
            sys.stdout.write(f"{key}: {result['status']} in {result['seconds']} s, {result['message']}\n")
