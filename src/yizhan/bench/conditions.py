"""Under which conditions a figure may be quoted at all."""

from typing import Any

from yizhan.platform.db import Connection

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class NotDurable(RuntimeError):
    """The server would lose acknowledged money on a crash, so nothing here is worth measuring."""


async def check(connection: Connection) -> dict[str, Any]:
    """The server's settings that matter. Raises ``NotDurable`` when one of them is off."""
    found = {name: await connection.fetchval(f"SHOW {name}") for name in DURABLE}
    off = [name for name, value in found.items() if value != "on"]
    if off:
        raise NotDurable(
            f"{', '.join(off)} is off. Switch it on: figures without durability are not quoted."
        )
    found["server_version"] = await connection.fetchval("SHOW server_version")
    found["shared_buffers"] = await connection.fetchval("SHOW shared_buffers")
    return found
