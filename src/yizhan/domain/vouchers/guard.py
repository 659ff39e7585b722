"""Who may try again: wrong secrets are counted, and the third in a day ends the tries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain.vouchers.model import Locked


class Guard(msgspec.Struct, frozen=True):
    """The wrong tries of one caller, or for one number."""

    key: str
    tries: int
    window_ends: datetime
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Whether nothing is tried at *now*."""
        return self.locked_until is not None and self.locked_until > now

    def after_wrong(self, limit: int, now: datetime) -> "Guard":
        """After one wrong secret more. A window that ended is forgotten."""
        fresh = self.window_ends <= now
        tries = 1 if fresh else self.tries + 1
        ends = now + WINDOW if fresh else self.window_ends
        return Guard(self.key, tries, ends, now + LOCK if tries >= limit else None)


WINDOW = timedelta(hours=24)
LOCK = timedelta(hours=24)
TRIES_FREE = 3
"""Three wrong, then a day: the rule of the service password (facts 2), for want of another."""
STAFF_TRIES_FREE = 20
"""A clerk types for many customers; more wrong than this in a day is no longer clumsiness."""


def guards_of(
    *,
    account_id: UUID,
    actor_kind: str,
    actor_id: UUID | None,
    contact_id: UUID | None,
    caller: str | None,
) -> dict[str, int]:
    """What counts wrong tries here, with how many each allows.

    The account to be credited always; the caller's number if it is known; the customer who is
    signed in; of staff the contact they are in, and they themselves, more generously.
    """
    found = {f"account:{account_id}": TRIES_FREE}
    if caller:
        found[f"caller:{caller}"] = TRIES_FREE
    if contact_id is not None:
        found[f"contact:{contact_id}"] = TRIES_FREE
    if actor_kind == "customer" and actor_id is not None:
        found[f"customer:{actor_id}"] = TRIES_FREE
    if actor_kind == "staff" and actor_id is not None:
        found[f"staff:{actor_id}"] = STAFF_TRIES_FREE
    return found


def locked(guards: Sequence[Guard], now: datetime) -> Locked:
    """The refusal of who must wait."""
    until = max(one.locked_until for one in guards if one.locked_until is not None)
    return Locked(
        "Too many wrong secrets. No card is taken before {until}; at a counter a lead can help.",
        until=until,
        seconds=max(1, int((until - now).total_seconds())),
    )
