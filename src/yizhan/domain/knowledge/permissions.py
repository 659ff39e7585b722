"""What this room lets an actor do, by name."""

READ = "knowledge.read"
"""Search articles and read them, send their snippets."""
WRITE = "knowledge.write"
"""Write articles."""

PERMISSIONS = frozenset({READ, WRITE})
