"""One base class for what the person at the keyboard got wrong, so that the command line tells it from a bug of ours.

    class ConfigError(UsersMistake): ...     ->  one line on standard error, exit code 2, no traceback

The message reads `<thing> is <value>, must <relation>; <way out>`. It lives at the bottom of the house because every
package may raise one and imports run one way.
"""


class UsersMistake(ValueError):
    """A wrong key, value, path or file; the message names the value and the way out."""


def near(name: str, known: list[str] | tuple[str, ...]) -> str:
    """The words `, did you mean a or b?` for the known names closest to `name`; empty when none is close."""
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=3, cutoff=0.6)
    return f", did you mean {' or '.join(matches)}?" if matches else ""
