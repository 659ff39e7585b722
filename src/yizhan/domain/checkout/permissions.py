"""What this room lets an actor do, by name."""

START = "checkout.start"
REFUND = "checkout.refund"
APPROVE = "checkout.approve"
RECONCILE = "checkout.reconcile"
READ = "payments.read"

PERMISSIONS = frozenset({START, REFUND, APPROVE, RECONCILE, READ})
