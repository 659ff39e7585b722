"""Rights that this room asks for."""

READ = "plans.read"
PUBLISH = "plans.publish"
PERMISSIONS = frozenset({READ, PUBLISH})
