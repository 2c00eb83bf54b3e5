"""python -m proofs [generate | record | table]: translate the statements with a Rocq proof; check those that changed;
or write what is kernel-checked, and on which axioms, as a Markdown table.
"""

import sys

from proofs import rocq_check
from theory import blueprint


def table() -> str:
    """One row per claim whose recorded kernel check is of the files that are here: key, title, axioms by kind."""
    rows = ["| Claim | Title | Axioms beyond Rocq's own logic |", "|---|---|---|"]
    for key in rocq_check.keys():
        found = rocq_check.recorded(key)
        if found["status"] == rocq_check.RECORDED:
            kinds = [kind.removeprefix("rocq: ") for kind in found["trusts"] if kind not in rocq_check.TRUSTED]
            title = blueprint.statement(key).title
            rows.append(f"| [`{key}`](proofs/rocq/{key}.v) | {title} | {', '.join(kinds) or 'none'} |")
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
