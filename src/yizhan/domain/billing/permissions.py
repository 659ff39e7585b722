"""What this room lets an actor do, by name."""

READ = "bills.read"
READ_USAGE = "usage.read"
RUN = "billing.run"

PERMISSIONS = frozenset({READ, READ_USAGE, RUN})
