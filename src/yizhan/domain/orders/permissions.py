"""The rights this room asks for."""

READ = "orders.read"
PLACE = "orders.place"

PERMISSIONS = frozenset({READ, PLACE})
