"""Acts on usage: quarantined rows corrected, replayed or dismissed; periods closed; late settled.

A replay reads a row with the mapping and header it first came with, so only the row, the clock
and what is known of lines and numbers may have changed.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.usage import intake_store, store
from yizhan.domain.usage import mapping as mappings
from yizhan.domain.usage.cutting import decode
from yizhan.domain.usage.dialling import PrefixRow
from yizhan.domain.usage.events import (
    QuarantinedCorrected,
    QuarantinedDismissed,
    QuarantinedReplayed,
)
from yizhan.domain.usage.filing import Filer, Outcome
from yizhan.domain.usage.intake import Lookalikes
from yizhan.domain.usage.model import ROW_BYTES_MAX, Broken, Quarantined, Record
from yizhan.domain.usage.parsing import Parser
from yizhan.domain.usage.permissions import CORRECT, INTAKE
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork, Works

NOTE_CHARS_MAX = 500
REPLAY_ROUNDS = 5


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to: ``accepted``, ``duplicate`` or ``broken`` (and why, still)."""

    result: str
    quarantined: Quarantined


# ---------------------------------------------------------------- quarantine


async def _open_row(work: UnitOfWork, quarantined_id: UUID) -> Quarantined:
    work.actor.require(CORRECT)
    row = await intake_store.lock_quarantined(work.db, quarantined_id)
    if row is None:
        raise NotFound("There is no such quarantined row.", id=quarantined_id)
    if row.state != "open":
        raise Refused("This row was already decided ({state}).", state=row.state)
    return row


async def cells_of(work: UnitOfWork, row: Quarantined) -> dict[str, str]:
    """The row by its columns, as far as it can be cut; empty when it cannot."""
    parser = await _parser(work, row)
    try:
        cells = parser.cells(row.text)
    except Broken:
        return {}
    names = parser.header if parser.header is not None else list(parser.columns)
    return dict(zip(names, cells, strict=True))


async def correct(
    work: UnitOfWork,
    quarantined_id: UUID,
    *,
    text: str | None = None,
    cells: Mapping[str, str] | None = None,
) -> Quarantined:
    """Edit a quarantined row: its whole *text*, or single *cells* by column.

    What was received is kept beside it. Raises ``Invalid``, ``Refused``, ``NotFound``.
    """
    row = await _open_row(work, quarantined_id)
    if (text is None) == (cells is None):
        raise Invalid("Give the whole text of the row or some of its cells.", field="text")
    if text is None:
        text = await _with_cells(work, row, cells or {})
    if not text.strip() or len(text.encode()) > ROW_BYTES_MAX or "\0" in text or "\n" in text:
        raise Invalid("A row is one line of text.", field="text")
    await intake_store.update_quarantined(work.db, row.id, edited=text)
    work.record(
        QuarantinedCorrected(
            customer_id=row.customer_id or NIL, quarantined_id=row.id, reason=row.reason
        )
    )
    return msgspec.structs.replace(row, edited=text)


async def _with_cells(work: UnitOfWork, row: Quarantined, cells: Mapping[str, str]) -> str:
    parser = await _parser(work, row)
    try:
        known = list(parser.cells(row.text))
    except Broken as broken:
        raise Invalid(
            "The row cannot be cut into cells: {problem} Edit its whole text.",
            field="text",
            problem=str(broken),
        ) from None
    names = parser.header if parser.header is not None else list(parser.columns)
    if unknown := [name for name in cells if name not in names]:
        raise Invalid("The row has no column “{name}”.", field="cells", name=unknown[0])
    if parser.header is None:
        return _json_with(row.text, cells)
    for name, value in cells.items():
        known[names.index(name)] = value
    out = io.StringIO()
    csv.writer(out, delimiter=parser.mapping.csv.delimiter, lineterminator="").writerow(known)
    return out.getvalue()


def _json_with(text: str, cells: Mapping[str, str]) -> str:
    row: Any = msgspec.json.decode(text)
    for name, value in cells.items():
        *path, last = name.split(".")
        inner = row
        for step in path:
            if not isinstance(inner.get(step), dict):
                inner[step] = {}
            inner = inner[step]
        inner[last] = value
    return msgspec.json.encode(row).decode()


async def _parser(work: UnitOfWork, row: Quarantined) -> Parser:
    mapping = mappings.parse(await intake_store.mapping_body(work.db, row.mapping_hash))
    return Parser(mapping, row.header, now=work.now, number=row.given.get("number", ""))


async def replay(work: UnitOfWork, quarantined_id: UUID) -> Replayed:
    """Read a quarantined row again and take it in if it can be; else its reason is renewed.

    Raises ``NotFound``, ``Refused`` when it was decided already.
    """
    row = await _open_row(work, quarantined_id)
    parser = await _parser(work, row)
    try:
        record = _read(parser, row)
        home = row.given.get("home_area", "")
        filer = Filer(
            row.source, await store.dialling(work.db, tz=work.zone, own="unicom"), home=home
        )
        outcome = await filer.file(work, [record], row.intake_id)
        if outcome.refused:
            raise outcome.refused[0][0]
    except Broken as broken:
        await intake_store.update_quarantined(work.db, row.id, broken=broken)
        still = msgspec.structs.replace(
            row, reason=broken.reason, field=broken.field, facts=broken.facts
        )
        return Replayed(result="broken", quarantined=still)
    result = "accepted" if outcome.accepted else "duplicate"
    await intake_store.update_quarantined(
        work.db, row.id, state="replayed", by=work.actor.name, note=result, now=work.now
    )
    work.record(
        QuarantinedReplayed(
            customer_id=row.customer_id or NIL, quarantined_id=row.id, reason=row.reason
        )
    )
    return Replayed(
        result=result, quarantined=msgspec.structs.replace(row, state="replayed", note=result)
    )


def _read(parser: Parser, row: Quarantined) -> Record:
    if row.edited is None:
        record = parser.read(decode(row.raw, parser.mapping.encoding))
    else:
        record = parser.read(row.edited)
    if parser.mapping.key.content:
        record.key = Lookalikes().key(record)
    return record


async def dismiss(work: UnitOfWork, quarantined_id: UUID, *, note: str) -> None:
    """Decide that a row is not to be taken in; *note* says why and is required."""
    row = await _open_row(work, quarantined_id)
    note = note.strip()
    if not note or len(note) > NOTE_CHARS_MAX:
        raise Invalid(
            "Say why the row is dismissed, in at most {limit} characters.",
            field="note",
            limit=NOTE_CHARS_MAX,
        )
    await intake_store.update_quarantined(
        work.db, row.id, state="dismissed", by=work.actor.name, note=note, now=work.now
    )
    work.record(
        QuarantinedDismissed(
            customer_id=row.customer_id or NIL,
            quarantined_id=row.id,
            reason=row.reason,
            note=note,
        )
    )


async def replay_all(
    works: Works,
    actor: Actor,
    *,
    reason: str | None = None,
    source: str | None = None,
    limit: int = 100_000,
) -> int:
    """Replay open rows, each in an act of its own, until a round takes none in; how many were.

    A row that waited for another (the part of a session before it) follows in the next round.
    """
    actor.require(CORRECT)
    total = 0
    for _ in range(REPLAY_ROUNDS):
        taken, after = 0, None
        while total + taken < limit:
            async with works.begin(actor) as work:
                rows = await intake_store.list_quarantined(
                    work.db,
                    state="open",
                    reason=reason,
                    source=source,
                    intake_id=None,
                    after=after,
                    limit=500,
                )
            if not rows:
                break
            for row in rows:
                async with works.begin(actor) as work:
                    taken += (await replay(work, row.id)).result != "broken"
            after = rows[-1].id
        total += taken
        if not taken:
            break
    return total


# ---------------------------------------------------------------- records, periods, prefixes


async def put_records(
    work: UnitOfWork, source: str, records: Sequence[Record], *, home_area: str = ""
) -> Outcome:
    """File records that come from a program instead of a file; each needs its ``key``.

    They find line, class and family rank as those of a file do. What is refused is told, not kept.
    """
    work.actor.require(INTAKE)
    if any(not record.key for record in records):
        raise Invalid("A record without a key cannot be filed.", field="key")
    dialling = await store.dialling(work.db, tz=work.zone, own="unicom")
    return await Filer(source, dialling, home=home_area).file(work, records, NIL)


async def close_period(
    work: UnitOfWork, customer_id: UUID, line_ids: Collection[UUID], until: datetime
) -> None:
    """Say that these lines' usage before *until* is being billed in this act.

    Call it before reading the usage: it waits for batches under way, and what comes later is
    late. It never goes back.
    """
    await store.lock_closing(work.db)
    await store.close_lines(work.db, customer_id, line_ids, until)


async def close_periods(
    work: UnitOfWork, lines: Collection[tuple[UUID, UUID]], until: datetime
) -> None:
    """The same as `close_period` for lines, each as (customer, line), of many customers."""
    await store.lock_closing(work.db)
    await store.close_many(work.db, lines, until)


async def settle_late(
    work: UnitOfWork, customer_id: UUID, line_id: UUID, record_ids: Collection[UUID]
) -> None:
    """Say that these late records have been adjusted for in a later bill."""
    await store.settle(work.db, customer_id, line_id, record_ids, work.now)


async def put_prefix(work: UnitOfWork, row: PrefixRow) -> None:
    """Add a prefix of the operator's own to the table, or change it."""
    work.actor.require(CORRECT)
    await store.put_prefix(work.db, row)
