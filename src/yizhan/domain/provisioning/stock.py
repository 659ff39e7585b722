"""The stock of SIM cards: files of their maker taken in, counted, found, spoiled ones taken out."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from yizhan.domain.provisioning import cards, events, permissions
from yizhan.domain.provisioning.cards import Card, CardTaken, NewCard
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork

COLUMNS: Final = ("iccid", "imsi", "pin", "puk")
FILE_CARDS_MAX: Final = 50_000
_SHOWN_MAX = 20
SPOILED: Final = ("lost", "damaged")
STATES: Final = ("free", "reserved", "in_use", "retired")


class CardsRefused(Invalid):
    """A file of SIM cards has faults; nothing of it was taken in. ``faults`` are the first."""

    code = "cards_refused"
    faults: Sequence["Fault"] = ()


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one line of a file; ``row`` counts from 1, the heading."""

    row: int
    error: CareError


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    added: int
    known: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery by the states of its cards."""

    name: str
    cards: Mapping[str, int]


def read_file(text: str) -> tuple[list[NewCard], list[Fault]]:
    """The cards of a CSV file with the columns of ``COLUMNS``, and what is wrong with it."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if missing := [name for name in COLUMNS if name not in names]:
        raise Invalid(
            "The file lacks the columns {missing}. Its first line must name: {known}.",
            field="file",
            missing=", ".join(missing),
            known=", ".join(COLUMNS),
        )
    good, faults, seen = list[NewCard](), list[Fault](), dict[str, int]()
    for place, row in enumerate(reader, start=2):
        if place > FILE_CARDS_MAX + 1:
            raise Invalid(
                "A file holds at most {most} cards; divide it.", field="file", most=FILE_CARDS_MAX
            )
        values = {name: (row[names[name]] or "").strip() for name in COLUMNS}
        if not any(values.values()):
            continue
        try:
            card = cards.checked(NewCard(**values))
            for value in (card.iccid, card.imsi):
                if (first := seen.setdefault(value, place)) != place:
                    raise Invalid(
                        "{value} stands in row {first} already.", value=value, first=first
                    )
        except CareError as error:
            faults.append(Fault(row=place, error=error))
        else:
            good.append(card)
    return good, faults


async def take_in(work: UnitOfWork, text: str, *, batch: str) -> TakenIn:
    """Put a maker's file in stock, all of it or nothing. Cards already there are left alone.

    Raises ``CardsRefused`` with what is wrong where, ``Invalid``.
    """
    work.actor.require(permissions.CARDS)
    if not 1 <= len(batch.strip()) <= 60:
        raise Invalid("Name the delivery, in 1 to 60 characters.", field="batch")
    good, faults = read_file(text)
    if faults:
        refused = CardsRefused(
            "{count} rows are wrong; nothing was taken in. Correct them and send the file again.",
            field="file",
            count=len(faults),
        )
        refused.faults = faults[:_SHOWN_MAX]
        raise refused
    if not good:
        raise Invalid("The file holds no cards.", field="file")
    strangers = await work.db.fetch(
        "SELECT c.iccid, new.iccid AS other"
        " FROM unnest($1::text[], $2::text[]) AS new (iccid, imsi)"
        " JOIN sim_card c ON c.imsi = new.imsi AND c.iccid <> new.iccid LIMIT 1",
        [one.iccid for one in good],
        [one.imsi for one in good],
    )
    if strangers:
        raise Invalid(
            "Card {other} has the IMSI of card {iccid}, which is in stock. Ask its maker.",
            field="file",
            other=strangers[0]["other"],
            iccid=strangers[0]["iccid"],
        )
    added = await cards.add_cards(work, good, batch=batch.strip())
    work.record(events.CardsTakenIn(customer_id=NIL, batch=batch.strip(), count=added))
    return TakenIn(added=added, known=len(good) - added)


async def spoil_card(work: UnitOfWork, iccid: str, *, what: str, note: str = "") -> Card:
    """A card of the stock was lost or damaged: it is never given. Raises ``CardTaken``."""
    work.actor.require(permissions.CARDS)
    if what not in SPOILED:
        raise Invalid("Choose one of the list.", field="what")
    card = await cards.lock(work, cards.clean_iccid(iccid))
    if card.state == "retired":
        return card
    if card.state == "in_use":
        raise CardTaken(
            "SIM card {iccid} is in a line. Order another card for the line instead.",
            field="iccid",
            iccid=card.iccid,
        )
    reason = f"{what}: {note.strip()}" if note.strip() else what
    await work.db.execute(
        "UPDATE sim_card SET state = 'retired', reserved_for = NULL, until = NULL,"
        " retired_at = $2, reason = $3 WHERE iccid = $1",
        card.iccid,
        work.now,
        reason[:200],
    )
    work.record(events.CardSpoiled(customer_id=NIL, iccid=card.iccid, what=what))
    return await cards.lock(work, card.iccid)


async def list_cards(
    work: UnitOfWork,
    *,
    state: str = "",
    batch: str | None = None,
    ending: str = "",
    after: str = "",
    limit: int = 50,
) -> Sequence[Card]:
    """Cards by number: of a state, of a delivery, with these last digits (or all digits)."""
    work.actor.require(permissions.CARDS)
    rows = await work.db.fetch(
        f"SELECT {cards.COLUMNS} FROM sim_card WHERE ($1 = '' OR state = $1)"
        " AND ($2::text IS NULL OR batch = $2) AND right(iccid, length($3)) = $3 AND iccid > $4"
        " ORDER BY iccid LIMIT $5",
        state,
        batch,
        ending,
        after,
        min(limit, 500),
    )
    return [Card(**dict(row)) for row in rows]


async def list_card_batches(work: UnitOfWork, *, limit: int = 50) -> Sequence[Batch]:
    """The deliveries by name, the last first."""
    work.actor.require(permissions.CARDS)
    rows = await work.db.fetch(
        "SELECT batch, state, count(*) AS count FROM sim_card WHERE batch IN"
        " (SELECT DISTINCT batch FROM sim_card ORDER BY batch DESC LIMIT $1) GROUP BY batch, state",
        min(limit, 200),
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["batch"], {})[row["state"]] = row["count"]
    return [Batch(name=name, cards=found[name]) for name in sorted(found, reverse=True)]


async def cards_of_customer(work: UnitOfWork, customer_id: UUID, *, limit: int = 50) -> list[Card]:
    """The cards a customer's lines have and had; who may place orders for him may see them."""
    work.actor.require(permissions.PLACE)
    rows = await work.db.fetch(
        f"SELECT {cards.COLUMNS} FROM sim_card WHERE customer_id = $1"
        " ORDER BY (state = 'in_use') DESC, given_at DESC LIMIT $2",
        customer_id,
        min(limit, 200),
    )
    return [Card(**dict(row)) for row in rows]
