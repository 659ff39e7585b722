"""SIM cards as stock: reserved for a while, given to a line, retired for good.

The number of a card (ICCID, ITU-T E.118) ends in Luhn's digit. PIN and PUK are sealed and bound to
the card; looking at them leaves an event. A card that left its line is never given again.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from yizhan.domain import contacts, subscriptions
from yizhan.domain.provisioning import events, permissions
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

RESERVATION: Final = timedelta(hours=24)
_ICCID = re.compile(r"89[0-9]{17,18}")
_IMSI = re.compile(r"[0-9]{14,15}")
_PIN = re.compile(r"[0-9]{4,8}")
_PUK = re.compile(r"[0-9]{8}")
COLUMNS = (
    "iccid, imsi, batch, state, reserved_for, until, customer_id, line_id, given_at, retired_at,"
    " reason"
)


class CardTaken(Refused):
    """A SIM card cannot be given."""

    code = "card_taken"


class NewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its maker delivers it."""

    iccid: str
    imsi: str
    pin: str
    puk: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card. ``state``: free, reserved, in_use, retired."""

    iccid: str
    imsi: str
    batch: str
    state: str
    reserved_for: UUID | None
    until: datetime | None
    customer_id: UUID | None
    line_id: UUID | None
    given_at: datetime | None
    retired_at: datetime | None
    reason: str


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """What opens a card."""

    pin: str
    puk: str


def clean_iccid(text: str) -> str:
    """The number of a card, its check digit right. Raises ``Invalid``."""
    digits = re.sub(r"[\s-]", "", text)
    if not _ICCID.fullmatch(digits):
        raise Invalid(
            "“{text}” is not the number of a SIM card: 19 or 20 digits that begin with 89.",
            field="iccid",
            text=text[:40],
        )
    if luhn(digits[:-1]) != digits[-1]:
        raise Invalid(
            "The number of the SIM card {text} is mistyped: its check digit is wrong.",
            field="iccid",
            text=digits,
        )
    return digits


async def add_cards(work: UnitOfWork, cards: Iterable[NewCard], *, batch: str = "") -> int:
    """Put cards in stock; those already there are left alone. How many were added."""
    work.actor.require(permissions.CARDS)
    rows = [_sealed(card) for card in cards]
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "WITH added AS (INSERT INTO sim_card (iccid, imsi, batch, state, pin, puk)"
        " SELECT iccid, imsi, $5, 'free', pin, puk"
        " FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])"
        "  AS new (iccid, imsi, pin, puk)"
        " ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) FROM added",
        *(list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], []),
        batch,
    )


def checked(card: NewCard) -> NewCard:
    """A card whose numbers are as they must be. Raises ``Invalid``."""
    iccid = clean_iccid(card.iccid)
    for name, pattern, value in (
        ("imsi", _IMSI, card.imsi), ("pin", _PIN, card.pin), ("puk", _PUK, card.puk),
    ):  # fmt: skip
        if not pattern.fullmatch(value):
            raise Invalid("The {name} of card {iccid} is wrong.", field=name, name=name,
                          iccid=iccid)  # fmt: skip
    return msgspec.structs.replace(card, iccid=iccid)


def _sealed(card: NewCard) -> tuple[str, str, bytes, bytes]:
    sealed, good = vault.current(), checked(card)
    bound_to = good.iccid.encode()
    return (
        good.iccid,
        good.imsi,
        sealed.seal(good.pin, bound_to=bound_to),
        sealed.seal(good.puk, bound_to=bound_to),
    )


async def reserve_card(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    iccid: str | None = None,
    until: datetime | None = None,
) -> Card | None:
    """Hold a card for a customer, for a day by default: this one, or the next of the stock.

    None when none was named and the stock is empty. Raises ``CardTaken``, ``NotFound``.
    """
    work.actor.require(permissions.PLACE)
    if iccid is not None:
        card = await lock(work, clean_iccid(iccid))
        _check_free(card, customer_id, now=work.now)
    else:
        row = await work.db.fetchrow(
            f"SELECT {COLUMNS} FROM sim_card WHERE state = 'free'"
            " OR (state = 'reserved' AND until <= $1)"
            " ORDER BY iccid LIMIT 1 FOR UPDATE SKIP LOCKED",
            work.now,
        )
        if row is None:
            return None
        card = _card(row)
    await work.db.execute(
        "UPDATE sim_card SET state = 'reserved', reserved_for = $2, until = $3 WHERE iccid = $1",
        card.iccid,
        customer_id,
        until or work.now + RESERVATION,
    )
    return await lock(work, card.iccid)


def _check_free(card: Card, customer_id: UUID, *, now: datetime) -> None:
    held = card.state == "reserved" and card.until is not None and card.until > now
    if card.state in ("in_use", "retired") or (held and card.reserved_for != customer_id):
        raise CardTaken(
            "SIM card {iccid} cannot be given: it is in use, spent, or kept for somebody else.",
            field="iccid",
            iccid=card.iccid,
        )


async def give_card(work: UnitOfWork, line_id: UUID, iccid: str, *, reason: str = "") -> Card:
    """A line has this card from now on; the one it had is retired. Raises ``CardTaken``."""
    work.actor.require(permissions.PLACE)
    line = await subscriptions.get_line(work, line_id)
    card = await lock(work, clean_iccid(iccid))
    if card.state == "in_use" and card.line_id == line_id:
        return card
    _check_free(card, line.customer_id, now=work.now)
    await retire_card(work, line_id, reason=reason or "replaced")
    await work.db.execute(
        "UPDATE sim_card SET state = 'in_use', reserved_for = NULL, until = NULL,"
        " customer_id = $2, line_id = $3, given_at = $4 WHERE iccid = $1",
        card.iccid, line.customer_id, line_id, work.now,
    )  # fmt: skip
    work.record(events.CardGiven(customer_id=line.customer_id, line_id=line_id, iccid=card.iccid))
    return await lock(work, card.iccid)


async def retire_card(work: UnitOfWork, line_id: UUID, *, reason: str) -> Card | None:
    """The card of a line is of no use any more: lost, replaced, or the line was closed."""
    work.actor.require(permissions.PLACE)
    row = await work.db.fetchrow(
        "UPDATE sim_card SET state = 'retired', retired_at = $2, reason = $3"
        f" WHERE line_id = $1 AND state = 'in_use' RETURNING {COLUMNS}",
        line_id, work.now, reason[:200],
    )  # fmt: skip
    if row is None:
        return None
    card = _card(row)
    assert card.customer_id is not None
    work.record(
        events.CardRetired(
            customer_id=card.customer_id, line_id=line_id, iccid=card.iccid, why=reason
        )
    )
    return card


async def card_of_line(work: UnitOfWork, line_id: UUID) -> Card | None:
    """The card a line has, or None."""
    row = await work.db.fetchrow(
        f"SELECT {COLUMNS} FROM sim_card WHERE line_id = $1 AND state = 'in_use'", line_id
    )
    return _card(row) if row else None


async def cards_of_line(work: UnitOfWork, line_id: UUID, *, limit: int = 20) -> Sequence[Card]:
    """The cards a line has and had, newest first."""
    rows = await work.db.fetch(
        f"SELECT {COLUMNS} FROM sim_card WHERE line_id = $1"
        " ORDER BY (state = 'in_use') DESC, given_at DESC LIMIT $2",
        line_id,
        min(limit, 100),
    )
    return [_card(row) for row in rows]


async def find_card(work: UnitOfWork, iccid: str) -> Card | None:
    """A card of the stock as it stands, or None."""
    row = await work.db.fetchrow(f"SELECT {COLUMNS} FROM sim_card WHERE iccid = $1", iccid)
    return _card(row) if row else None


async def list_free_cards(work: UnitOfWork, *, ending: str = "", limit: int = 10) -> Sequence[Card]:
    """Cards that may be given, by their last digits."""
    rows = await work.db.fetch(
        f"SELECT {COLUMNS} FROM sim_card WHERE (state = 'free' OR (state = 'reserved' AND"
        " until <= $3)) AND right(iccid, length($1)) = $1 ORDER BY iccid LIMIT $2",
        ending, min(limit, 100), work.now,
    )  # fmt: skip
    return [_card(row) for row in rows]


async def show_codes(work: UnitOfWork, line_id: UUID) -> Codes:
    """PIN and PUK of a line's card, for its verified owner; the look is kept."""
    work.actor.require(permissions.PLACE)
    line = await subscriptions.get_line(work, line_id)
    await contacts.require_verified(work, line.customer_id)
    row = await work.db.fetchrow(
        "SELECT iccid, pin, puk FROM sim_card WHERE line_id = $1 AND state = 'in_use'", line_id
    )
    if row is None:
        raise NotFound("No SIM card of this line is on record.")
    bound_to, opened = row["iccid"].encode(), vault.current()
    work.record(
        events.CardCodesShown(customer_id=line.customer_id, line_id=line_id, iccid=row["iccid"])
    )
    return Codes(
        pin=opened.unseal(row["pin"], bound_to=bound_to),
        puk=opened.unseal(row["puk"], bound_to=bound_to),
    )


async def lock(work: UnitOfWork, iccid: str) -> Card:
    """A card, its row held. Raises ``NotFound``."""
    row = await work.db.fetchrow(
        f"SELECT {COLUMNS} FROM sim_card WHERE iccid = $1 FOR UPDATE", iccid
    )
    if row is None:
        raise NotFound(
            "SIM card {iccid} is not in stock. Choose one that is, or have it added.",
            field="iccid",
            iccid=iccid,
        )
    return _card(row)


def _card(row: Any) -> Card:
    return Card(**dict(row))
