"""What the caller of an audit can get wrong."""

from theory.errors import UsersMistake


class AuditError(UsersMistake):
    """A model, loader, head or file that cannot be audited; the message names the value and the way out."""
