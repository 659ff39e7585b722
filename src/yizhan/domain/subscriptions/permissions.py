"""What this room lets an actor do, by name."""

PLACE = "orders.place"
"""What the owner asks for: open, suspend, resume, close, products, features."""
FORCE = "lines.force"
"""Stop or close a line against its owner's wish."""
COLLECT = "lines.collect"
"""Stop a line for arrears or overuse, and lift that; normally the house itself."""
STOCK = "numbers.manage"
"""Put numbers in stock."""

PERMISSIONS = frozenset({PLACE, FORCE, COLLECT, STOCK})
