"""The rights this room asks for."""

READ = "orders.read"
PLACE = "orders.place"
COLLECT = "lines.collect"
"""What the house does by itself: stop for arrears or overuse, lift it, end the contract."""

PERMISSIONS = frozenset({READ, PLACE, COLLECT})
