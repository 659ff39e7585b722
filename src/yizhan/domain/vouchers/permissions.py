"""What this room lets an actor do, by name."""

READ = "vouchers.read"
REDEEM = "vouchers.redeem"
UNLOCK = "vouchers.unlock"
MAKE = "vouchers.make"
PRINT = "vouchers.print"
ACTIVATE = "vouchers.activate"
VOID = "vouchers.void"
APPROVE = "vouchers.approve"

PERMISSIONS = frozenset({READ, REDEEM, UNLOCK, MAKE, PRINT, ACTIVATE, VOID, APPROVE})
