"""The tables of this room."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from yizhan.domain.catalog.model import Offer
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

_COLUMNS = (
    "o.id, o.version, o.kind, o.line_kinds, o.name_zh, o.name_en, o.text_hash, t.file,"
    " o.on_sale_from, o.on_sale_to, o.successor, o.examples, o.published_at, o.published_by"
)
_FROM = "FROM catalog_offer o JOIN catalog_text t ON t.hash = o.text_hash"


def _offer(row: Any) -> Offer:
    values = dict(row)
    values["name"] = Text(values.pop("name_zh"), values.pop("name_en"))
    values["line_kinds"] = tuple(values["line_kinds"])
    return Offer(**values)


async def lock_catalogue(db: Connection) -> None:
    """One publisher at a time: checks look at the whole catalogue."""
    await db.execute("SELECT pg_advisory_xact_lock(5050, 0)")


async def put_text(db: Connection, hash: str, file: str, body: str, now: datetime) -> None:
    """Keep a file's text once."""
    await db.execute(
        "INSERT INTO catalog_text (hash, file, body, added_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        hash,
        file,
        body,
        now,
    )


async def text_of(db: Connection, hash: str) -> tuple[str, str]:
    """File name and text of a hash."""
    row = await db.fetchrow("SELECT file, body FROM catalog_text WHERE hash = $1", hash)
    return row["file"], row["body"]


async def add(db: Connection, offer: Offer) -> None:
    """Insert a version."""
    await db.execute(
        "INSERT INTO catalog_offer (id, version, kind, line_kinds, name_zh, name_en, text_hash,"
        " on_sale_from, on_sale_to, successor, examples, published_at, published_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        offer.id,
        offer.version,
        offer.kind,
        list(offer.line_kinds),
        offer.name.zh,
        offer.name.en,
        offer.text_hash,
        offer.on_sale_from,
        offer.on_sale_to,
        offer.successor,
        offer.examples,
        offer.published_at,
        offer.published_by,
    )


async def find(db: Connection, id: str, version: int | None) -> Offer | None:
    """A version, or the newest one."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} {_FROM} WHERE o.id = $1 AND ($2::int IS NULL OR o.version = $2)"
        " ORDER BY o.version DESC LIMIT 1",
        id,
        version,
    )
    return None if row is None else _offer(row)


async def list_versions(db: Connection, id: str) -> Sequence[Offer]:
    """All versions of an offer, newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} {_FROM} WHERE o.id = $1 ORDER BY o.version DESC LIMIT 500", id
    )
    return [_offer(row) for row in rows]


async def list_newest(db: Connection, *, kind: str | None, limit: int) -> Sequence[Offer]:
    """The newest version of every offer, by id."""
    rows = await db.fetch(
        f"SELECT DISTINCT ON (o.id) {_COLUMNS} {_FROM} WHERE ($1::text IS NULL OR o.kind = $1)"
        " ORDER BY o.id, o.version DESC LIMIT $2",
        kind,
        limit,
    )
    return [_offer(row) for row in rows]


async def list_on_sale(
    db: Connection, *, kind: str, line_kind: str | None, on: date
) -> Sequence[Offer]:
    """Of every offer sold on a day, the newest version sold that day."""
    rows = await db.fetch(
        f"SELECT DISTINCT ON (o.id) {_COLUMNS} {_FROM} WHERE o.kind = $1"
        " AND ($2::text IS NULL OR $2 = ANY(o.line_kinds))"
        " AND (o.on_sale_from IS NULL OR o.on_sale_from <= $3)"
        " AND (o.on_sale_to IS NULL OR o.on_sale_to > $3)"
        " ORDER BY o.id, o.version DESC LIMIT 2000",
        kind,
        line_kind,
        on,
    )
    return [_offer(row) for row in rows]


async def end_sale(db: Connection, id: str, version: int, on: date, successor: str | None) -> None:
    """Set the first day on which it is no longer sold."""
    await db.execute(
        "UPDATE catalog_offer SET on_sale_to = greatest($3::date, on_sale_from),"
        " successor = coalesce($4, successor) WHERE id = $1 AND version = $2",
        id,
        version,
        on,
        successor,
    )


async def end_earlier_versions(db: Connection, id: str, version: int, on: date) -> None:
    """A new version takes the place of the older ones from the day its own sale begins."""
    await db.execute(
        "UPDATE catalog_offer SET on_sale_to = greatest(on_sale_from, $3::date)"
        " WHERE id = $1 AND version < $2 AND (on_sale_to IS NULL OR on_sale_to > $3)",
        id,
        version,
        on,
    )
