"""What this room lets an actor do, by name."""

READ = "payments.read"
TAKE = "payments.take"
REVERSE = "payments.reverse"
REQUEST = "adjustments.request"
APPROVE = "adjustments.approve"
APPROVE_LARGE = "adjustments.approve_large"
APPROVE_ANY = "adjustments.approve_any"

PERMISSIONS = frozenset({READ, TAKE, REVERSE, REQUEST, APPROVE, APPROVE_LARGE, APPROVE_ANY})
