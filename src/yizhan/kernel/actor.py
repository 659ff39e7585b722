"""Who acts: a customer, a member of staff, another system, or the house itself."""

from enum import StrEnum
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Forbidden


class ActorKind(StrEnum):
    """The kinds of hands that may touch a record."""

    CUSTOMER = "customer"
    STAFF = "staff"
    CLIENT = "client"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Every act has exactly one actor; the event log keeps it.

    ``permissions`` are strings ``room.act``; ``{"*"}`` is the house itself.
    """

    kind: ActorKind
    id: UUID | None = None
    name: str = ""
    channel: str = "system"
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether this actor holds *permission*."""
        return permission in self.permissions or "*" in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``Forbidden`` unless this actor holds *permission*."""
        if not self.may(permission):
            raise Forbidden(
                "Your role lacks the right “{permission}”. Ask a lead to do it or to grant it.",
                permission=permission,
            )


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system", permissions=frozenset({"*"}))
"""The house itself: clocks, reactions, imports."""
