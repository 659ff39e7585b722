"""The rights this room asks for."""

READ = "collections.read"
DEFER = "collections.defer"
"""Let a customer pay later, for a reason."""
WORK = "collections.work"
"""Hold, stop before the day, resume before the money."""

PERMISSIONS = frozenset({READ, DEFER, WORK})
