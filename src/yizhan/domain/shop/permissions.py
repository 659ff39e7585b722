"""What this room lets an actor do, by name."""

READ = "shop.read"
WORK = "shop.work"
STOCK = "shop.stock"

PERMISSIONS = frozenset({READ, WORK, STOCK})
