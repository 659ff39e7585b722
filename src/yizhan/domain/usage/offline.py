"""A usage file read without a database: for pricing and advice from the command line.

Lines are not looked up; a record belongs to the number it names. Zones come from the built-in
prefix table, family ranks from the numbers given.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating import Usage
from yizhan.domain.tariff import classify
from yizhan.domain.usage.dialling import Dialling, built_in_rows, same_number
from yizhan.domain.usage.filing import dial
from yizhan.domain.usage.intake import Source
from yizhan.domain.usage.mapping import Mapping
from yizhan.domain.usage.model import Broken, Record, record_id

BATCH_ROWS = 10_000


class BrokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that could not be read, and why."""

    row: int
    problem: Broken


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: records by event time, and the rows that are broken."""

    usages: list[Usage]
    numbers: dict[UUID, str]
    """The number of each line in it."""
    broken: list[BrokenRow]


def read_usages(
    file: BinaryIO,
    mapping: Mapping,
    *,
    now: datetime,
    tz: ZoneInfo,
    number: str = "",
    home_area: str = "",
    family: Sequence[str] = (),
) -> ReadFile:
    """Read a whole file. *family* are the family numbers by rank, *home_area* what is local.

    A record whose key was there before is read once; corrections are applied. Raises ``Invalid``
    when the file does not fit the mapping.
    """
    source = Source(file, mapping, now=now, number=number)
    source.begin(0, 0)
    home = home_area or mapping.home_area
    dialling = Dialling(built_in_rows(), tz=tz)
    ranks = {same_number(one, home): rank for rank, one in enumerate(family, start=1)}
    usages: dict[UUID, Usage] = {}
    numbers: dict[UUID, str] = {}
    broken: list[BrokenRow] = []
    while (batch := source.batch(BATCH_ROWS)).rows:
        for row in batch.refused:
            problem = Broken(row.reason, row.field, **row.facts)
            broken.append(BrokenRow(row=row.row_number, problem=problem))
        for record, place in zip(batch.records, batch.places, strict=True):
            try:
                used: Usage | None = _usage(record, mapping.source, dialling, home, ranks)
                if record.action:
                    _correct(record, mapping.source, usages)
                    used = used if record.action == "replace" else None
            except Broken as problem:
                broken.append(BrokenRow(row=place[0], problem=problem))
                continue
            if used is not None:
                usages.setdefault(used.id, used)
                numbers[used.line_id] = record.number
    broken.sort(key=lambda one: one.row)
    ordered = sorted(usages.values(), key=lambda one: (one.at, one.sequence, one.id))
    return ReadFile(usages=ordered, numbers=numbers, broken=broken)


def _correct(record: Record, source: str, usages: dict[UUID, Usage]) -> None:
    """Take the corrected record away."""
    if usages.pop(record_id(source, record.corrects), None) is None:
        raise Broken("correction_unknown", "corrects", value=record.corrects)


def _usage(
    record: Record, source: str, dialling: Dialling, home: str, ranks: dict[str, int]
) -> Usage:
    dialled = dial(dialling, record, home)
    kind = classify(
        record.service,
        record.direction,
        record.access or dialled.access,
        record.zone or dialled.zone,
        record.net or dialled.net,
        record.roam,
        record.place,
    )
    rank = ranks.get(same_number(dialled.peer, home), 0) if ranks and dialled.peer else 0
    return Usage(
        id=record_id(source, record.key),
        line_id=uuid5(NAMESPACE_OID, record.number),
        at=datetime.fromtimestamp(record.at, UTC),
        service=kind.service,
        quantity=record.quantity,
        direction=kind.direction,
        access=kind.access,
        zone=kind.zone,
        net=kind.net,
        roam=kind.roam,
        place=kind.place,
        family_rank=rank,
        peer=dialled.peer,
        partner=record.partner,
        amount=record.amount,
        session=record.session,
        sequence=record.sequence,
    )
