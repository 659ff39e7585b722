"""The rights this room asks for."""

READ = "privacy.read"
"""See terms, runs, legal holds and erasures."""

MANAGE = "privacy.manage"
"""Set terms, place and lift holds, have a customer forgotten."""

PERMISSIONS = frozenset({READ, MANAGE})
