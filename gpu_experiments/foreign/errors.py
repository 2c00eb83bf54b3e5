"""The one mistake that a reader of somebody else's log can report."""

from theory.errors import UsersMistake


class LogError(UsersMistake):
    """A log, a mapping or a grouping that cannot be used; the message names file, place, value and the way out."""
