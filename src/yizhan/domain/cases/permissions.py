"""The rights this room asks for."""

READ = "cases.read"
OPEN = "cases.open"
WORK = "cases.work"
REVIEW = "cases.review"

PERMISSIONS = frozenset({READ, OPEN, WORK, REVIEW})
