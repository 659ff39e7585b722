"""Many lines at once, by COPY: for operators who bring their own data, and for the demo."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.subscriptions import events, model
from yizhan.domain.subscriptions.flow import Life, State, StopReason
from yizhan.platform.bulkids import driver_id, fresh_ids
from yizhan.platform.eventcopy import copy_events
from yizhan.platform.work import UnitOfWork

BATCH_ROWS = 20_000

_COLUMNS: dict[str, tuple[str, ...]] = {
    "line": (
        "customer_id", "id", "kind", "account_id", "payer_customer_id", "user_party_id", "area",
        "base_state", "stop_reasons", "state", "state_since", "opened_at",
    ),
    "line_state": ("customer_id", "id", "line_id", "state", "reasons", "valid_from"),
    "line_number": ("customer_id", "id", "line_id", "number", "valid_from"),
    "line_product": (
        "customer_id", "id", "line_id", "kind", "plan_id", "version", "valid_from", "valid_to",
        "term_until",
    ),
    "family_number": ("customer_id", "id", "line_id", "rank", "number", "valid_from"),
    "line_feature": ("customer_id", "id", "line_id", "feature", "valid_from"),
    "search_key": ("customer_id", "kind", "key", "label", "ref_id"),
}  # fmt: skip


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A plan or add-on to be loaded; ``valid_from`` defaults to when the line was opened."""

    plan_id: str
    version: int = 1
    kind: model.ProductKind = model.ProductKind.PLAN
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    term_until: date | None = None


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to be loaded with all it has. ``opened_at`` defaults to now."""

    id: UUID
    customer_id: UUID
    kind: model.LineKind
    number: str
    account_id: UUID
    payer_customer_id: UUID | None = None
    user_party_id: UUID | None = None
    area: str = ""
    base_state: State = State.ACTIVE
    stop_reasons: frozenset[StopReason] = frozenset()
    opened_at: datetime | None = None
    products: tuple[NewProduct, ...] = ()
    family_numbers: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


async def bulk_load(
    work: UnitOfWork,
    rows: Iterable[NewLine],
    *,
    record_events: bool = True,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Load lines with their numbers, states, products and search keys; how many.

    The rows are trusted to be clean and of customers and accounts that are there; numbers not in
    stock are added to it in use. A number another line holds stops the load: the database refuses
    the second. *progress* is told the count after each batch.
    """
    work.actor.require("intake.run")
    total, ids = 0, fresh_ids()
    source = iter(rows)
    while batch := list(islice(source, BATCH_ROWS)):
        await _stock(work, batch)
        records: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
        opened = [_spread(row, records, ids, row.opened_at or work.now) for row in batch]
        for table, values in records.items():
            if values:
                await work.db.copy_records_to_table(table, records=values, columns=_COLUMNS[table])
        if record_events:
            await copy_events(work, opened)
        total += len(batch)
        if progress:
            progress(total)
    return total


async def bulk_stock(
    work: UnitOfWork, numbers: Iterator[str], *, kind: model.LineKind, area: str
) -> int:
    """Put many free numbers in stock; those already there are left alone. How many were added."""
    work.actor.require("intake.run")
    added = 0
    while batch := list(islice(numbers, BATCH_ROWS)):
        added += await work.db.fetchval(
            "WITH added AS (INSERT INTO number_stock (number, kind, area, state)"
            " SELECT number, $2, $3, 'free' FROM unnest($1::text[]) AS number"
            " ON CONFLICT (number) DO NOTHING RETURNING 1) SELECT count(*) FROM added",
            batch,
            kind.value,
            area,
        )
    return added


async def _stock(work: UnitOfWork, batch: list[NewLine]) -> None:
    await work.db.execute(
        "INSERT INTO number_stock (number, kind, area, state)"
        " SELECT number, kind, area, 'in_use'"
        " FROM unnest($1::text[], $2::text[], $3::text[]) AS new (number, kind, area)"
        " ON CONFLICT (number) DO UPDATE SET state = 'in_use', until = NULL, reserved_for = NULL",
        [row.number for row in batch],
        [row.kind.value for row in batch],
        [row.area for row in batch],
    )


def _spread(
    row: NewLine, records: dict[str, list[tuple[Any, ...]]], ids: Iterator[UUID], at: datetime
) -> tuple[datetime, events.LineOpened]:
    life = Life(row.base_state, row.stop_reasons)
    reasons = sorted(reason.value for reason in row.stop_reasons)
    customer_id, line_id = driver_id(row.customer_id), driver_id(row.id)
    records["line"].append(
        (
            customer_id, line_id, row.kind, row.account_id, row.payer_customer_id or customer_id,
            row.user_party_id, row.area, life.base, reasons, life.state, at, at,
        )
    )  # fmt: skip
    records["line_state"].append((customer_id, next(ids), line_id, life.state, reasons, at))
    records["line_number"].append((customer_id, next(ids), line_id, row.number, at))
    records["search_key"].append((customer_id, "number", row.number, row.number, line_id))
    for product in row.products:
        records["line_product"].append(
            (
                customer_id, next(ids), line_id, product.kind, product.plan_id, product.version,
                product.valid_from or at, product.valid_to, product.term_until,
            )
        )  # fmt: skip
    for rank, number in enumerate(row.family_numbers, start=1):
        records["family_number"].append((customer_id, next(ids), line_id, rank, number, at))
    for feature in row.features:
        records["line_feature"].append((customer_id, next(ids), line_id, feature, at))
    return at, events.LineOpened(
        customer_id=customer_id,
        line_id=line_id,
        kind=row.kind,
        number=row.number,
        account_id=row.account_id,
    )
