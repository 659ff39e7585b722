"""What this room lets an actor do, by name."""

WRITE = "contacts.write"
"""Record contacts and verify callers."""
READ = "customers.read"
"""See a customer's contacts."""
WAIVE = "contacts.waive"
"""Work on a record without the customer present: back office, finance, supervisors."""

PERMISSIONS = frozenset({WRITE, READ, WAIVE})
