"""What this room lets an actor do, by name."""

READ = "limits.read"
SET = "limits.set"
"""Set, change, lift a customer's caps for him. A customer does it himself without any right."""
RULE = "limits.rule"
"""See and change the operator's rule of credit."""

PERMISSIONS = frozenset({READ, SET, RULE})
