"""The right this room asks for."""

READ = "health.read"
"""See the results, look again, have a job that was set aside tried again."""

PERMISSIONS = frozenset({READ})
