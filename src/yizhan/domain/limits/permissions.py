"""What this room lets an actor do, by name."""

READ = "limits.read"
SET = "limits.set"
"""Set, change, lift a customer's caps for him. A customer does it himself without any right."""

PERMISSIONS = frozenset({READ, SET})
