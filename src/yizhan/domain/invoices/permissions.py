"""The rights this room asks for. A customer asks for invoices of his own without any."""

READ = "invoices.read"
ISSUE = "invoices.issue"
VOID = "invoices.void"
"""Take an invoice back by a red one, because something on it is wrong."""

PERMISSIONS = frozenset({READ, ISSUE, VOID})
