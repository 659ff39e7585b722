"""What this room lets an actor do, by name."""

READ = "club.read"
REDEEM = "club.redeem"
MANAGE = "club.manage"
PUBLISH = "club.publish"

PERMISSIONS = frozenset({READ, REDEEM, MANAGE, PUBLISH})
