"""The right this room asks for: the timeline is part of a customer's record."""

READ = "customers.read"

PERMISSIONS = frozenset({READ})
