"""What this room lets an actor do, by name."""

WRITE = "contacts.write"
"""Record contacts and verify callers."""
READ = "customers.read"
"""See a customer's contacts."""
WAIVE = "contacts.waive"
"""Work on a record without the customer present: back office, finance, supervisors."""
MESSAGES = "messages.read"
"""See messages that wait to be delivered, their text included."""

PERMISSIONS = frozenset({WRITE, READ, WAIVE, MESSAGES})
