"""Reading lines. A number is asked about at a moment, so that a new owner never sees an old one's.

These reads carry no permission of their own: billing, usage and orders live on them. Pages that
show a customer's lines check ``customers.read`` first, by reading the customer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.subscriptions import model, permissions, store
from yizhan.domain.subscriptions.flow import State, StopReason
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


async def find_line(work: UnitOfWork, line_id: UUID) -> model.Line | None:
    """The line with its present number, or None."""
    return await store.find(work, line_id)


async def get_line(work: UnitOfWork, line_id: UUID) -> model.Line:
    """The line with its present number. Raises `NotFound`."""
    line = await store.find(work, line_id)
    if line is None:
        raise NotFound("There is no such line.", line_id=line_id)
    return line


async def find_line_by_number(
    work: UnitOfWork, number: str, *, at: datetime | None = None
) -> model.Line | None:
    """The line that held *number* at a moment, by default now; None when nobody did."""
    row = await work.db.fetchrow(
        f"SELECT {store.LINE_COLUMNS} FROM line_number n JOIN line l ON l.id = n.line_id"
        " WHERE n.number = $1 AND n.valid_from <= $2 AND (n.valid_to IS NULL OR n.valid_to > $2)",
        number,
        at or work.now,
    )
    return store.line_of(row) if row else None


async def list_lines(
    work: UnitOfWork, customer_id: UUID, *, closed: bool = False, limit: int = 100
) -> Sequence[model.Line]:
    """The lines a customer owns, oldest first; closed ones only if asked for."""
    rows = await work.db.fetch(
        f"SELECT {store.LINE_COLUMNS} FROM {store.LINE_FROM} WHERE l.customer_id = $1"
        " AND ($2 OR l.closed_at IS NULL) ORDER BY l.id LIMIT $3",
        customer_id,
        closed,
        limit,
    )
    return [store.line_of(row) for row in rows]


async def list_lines_of_account(
    work: UnitOfWork, account_id: UUID, *, closed_after: datetime | None = None, limit: int = 1000
) -> Sequence[model.Line]:
    """The lines an account pays for, with those closed after *closed_after* if it is given."""
    rows = await work.db.fetch(
        f"SELECT {store.LINE_COLUMNS} FROM {store.LINE_FROM} WHERE l.account_id = $1"
        " AND (l.closed_at IS NULL OR l.closed_at > $2) ORDER BY l.id LIMIT $3",
        account_id,
        closed_after,
        limit,
    )
    return [store.line_of(row) for row in rows]


async def lines_of_accounts(
    work: UnitOfWork, account_ids: Collection[UUID], *, closed_after: datetime
) -> dict[UUID, list[model.Line]]:
    """The lines many accounts pay for, those closed before *closed_after* left out."""
    found: dict[UUID, list[model.Line]] = {account_id: [] for account_id in account_ids}
    rows = await work.db.fetch(
        f"SELECT {store.LINE_COLUMNS} FROM {store.LINE_FROM} WHERE l.account_id = ANY($1)"
        " AND (l.closed_at IS NULL OR l.closed_at > $2) ORDER BY l.id",
        list(found),
        closed_after,
    )
    for row in rows:
        line = store.line_of(row)
        found[line.account_id].append(line)
    return found


async def products_of_lines(
    work: UnitOfWork, line_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[model.Product]]:
    """What many lines had at any moment of ``[start, end)``."""
    found: dict[UUID, list[model.Product]] = {line_id: [] for line_id in line_ids}
    rows = await work.db.fetch(
        f"SELECT {store.PRODUCT_COLUMNS} FROM line_product WHERE line_id = ANY($1)"
        " AND valid_from < $3 AND (valid_to IS NULL OR valid_to > $2)"
        " ORDER BY valid_from, kind DESC, id",
        list(found),
        start,
        end,
    )
    for row in rows:
        product = store.product_of(row)
        found[product.line_id].append(product)
    return found


async def products_of(
    work: UnitOfWork, line_id: UUID, *, at: datetime | None = None
) -> Sequence[model.Product]:
    """What a line has at a moment: its plan first, then its add-ons."""
    rows = await work.db.fetch(
        f"SELECT {store.PRODUCT_COLUMNS} FROM line_product WHERE line_id = $1"
        " AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)"
        " ORDER BY kind DESC, valid_from, id LIMIT 200",
        line_id,
        at or work.now,
    )
    return [store.product_of(row) for row in rows]


async def products_between(
    work: UnitOfWork, line_id: UUID, start: datetime, end: datetime
) -> Sequence[model.Product]:
    """What a line had at any moment of ``[start, end)``, in the order it began."""
    rows = await work.db.fetch(
        f"SELECT {store.PRODUCT_COLUMNS} FROM line_product WHERE line_id = $1"
        " AND valid_from < $3 AND (valid_to IS NULL OR valid_to > $2)"
        " ORDER BY valid_from, kind DESC, id LIMIT 500",
        line_id,
        start,
        end,
    )
    return [store.product_of(row) for row in rows]


async def planned_products(work: UnitOfWork, line_id: UUID) -> Sequence[model.Product]:
    """What is set to begin later."""
    rows = await work.db.fetch(
        f"SELECT {store.PRODUCT_COLUMNS} FROM line_product WHERE line_id = $1"
        " AND valid_from > $2 ORDER BY valid_from, id LIMIT 100",
        line_id,
        work.now,
    )
    return [store.product_of(row) for row in rows]


async def get_product(work: UnitOfWork, product_id: UUID) -> model.Product:
    """One product. Raises `NotFound`."""
    product = await store.find_product(work, product_id)
    if product is None:
        raise NotFound("There is no such product on a line.", product_id=product_id)
    return product


async def family_numbers(
    work: UnitOfWork, line_id: UUID, *, at: datetime | None = None
) -> Sequence[model.FamilyNumber]:
    """A line's family numbers at a moment, by rank."""
    rows = await work.db.fetch(
        "SELECT line_id, rank, number, valid_from, valid_to FROM family_number"
        " WHERE line_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)"
        " ORDER BY rank LIMIT 20",
        line_id,
        at or work.now,
    )
    return [model.FamilyNumber(**dict(row)) for row in rows]


async def family_periods(
    work: UnitOfWork, line_ids: Sequence[UUID]
) -> Sequence[model.FamilyNumber]:
    """Every family number these lines ever had: for the intake, which looks back in time."""
    rows = await work.db.fetch(
        "SELECT line_id, rank, number, valid_from, valid_to FROM family_number"
        " WHERE line_id = ANY($1) ORDER BY line_id, valid_from, rank",
        list(line_ids),
    )
    return [model.FamilyNumber(**dict(row)) for row in rows]


async def number_periods(work: UnitOfWork, numbers: Sequence[str]) -> Sequence[model.NumberPeriod]:
    """Whose these numbers were, over time: for the intake, in one query for many records."""
    rows = await work.db.fetch(
        "SELECT n.number, n.customer_id, n.line_id, n.valid_from, n.valid_to, l.area, l.closed_at"
        " FROM line_number n JOIN line l ON l.id = n.line_id"
        " WHERE n.number = ANY($1) ORDER BY n.number, n.valid_from",
        list(numbers),
    )
    return [model.NumberPeriod(**dict(row)) for row in rows]


async def state_periods(
    work: UnitOfWork, line_id: UUID, start: datetime, end: datetime
) -> Sequence[model.StatePeriod]:
    """What a line was during ``[start, end)``, oldest first; moves within a moment left out."""
    rows = await work.db.fetch(
        "SELECT state, reasons, valid_from, valid_to FROM line_state WHERE line_id = $1"
        " AND valid_from < $3 AND (valid_to IS NULL OR (valid_to > $2 AND valid_to > valid_from))"
        " ORDER BY valid_from, id LIMIT 500",
        line_id,
        start,
        end,
    )
    return [_state_period(row) for row in rows]


def _state_period(row: Any) -> model.StatePeriod:
    return model.StatePeriod(
        state=State(row["state"]),
        reasons=frozenset(map(StopReason, row["reasons"])),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


async def features_of(
    work: UnitOfWork, line_id: UUID, *, at: datetime | None = None
) -> frozenset[str]:
    """The capabilities switched on at a moment: ``caller_display``, ``roaming`` …"""
    rows = await work.db.fetch(
        "SELECT feature FROM line_feature WHERE line_id = $1 AND valid_from <= $2"
        " AND (valid_to IS NULL OR valid_to > $2) LIMIT 200",
        line_id,
        at or work.now,
    )
    return frozenset(row["feature"] for row in rows)


async def list_free_numbers(
    work: UnitOfWork,
    kind: model.LineKind,
    *,
    prefix: str = "",
    ending: str = "",
    limit: int = 20,
) -> Sequence[model.StockNumber]:
    """Numbers a customer may choose from."""
    rows = await work.db.fetch(
        "SELECT number, kind, area, grade, state, until, reserved_for FROM number_stock"
        " WHERE kind = $1 AND state = 'free' AND starts_with(number, $2)"
        " AND right(number, length($3)) = $3 ORDER BY number LIMIT $4",
        kind.value,
        prefix,
        ending,
        min(limit, 200),
    )
    return [store.stock_of(row) for row in rows]


async def find_stock_number(work: UnitOfWork, number: str) -> model.StockNumber | None:
    """A number of ours as it stands, or None when it is not ours."""
    row = await work.db.fetchrow(
        "SELECT number, kind, area, grade, state, until, reserved_for FROM number_stock"
        " WHERE number = $1",
        number,
    )
    return store.stock_of(row) if row else None


async def list_stock(
    work: UnitOfWork,
    *,
    state: model.NumberState | None = None,
    part: str = "",
    after: str = "",
    limit: int = 50,
) -> Sequence[model.StockNumber]:
    """Numbers of ours in order: of a state, beginning or ending with these digits."""
    work.actor.require(permissions.STOCK)
    rows = await work.db.fetch(
        "SELECT number, kind, area, grade, state, until, reserved_for FROM number_stock"
        " WHERE ($1::text IS NULL OR state = $1) AND number > $3"
        " AND (starts_with(number, $2) OR right(number, length($2)) = $2)"
        " ORDER BY number LIMIT $4",
        state.value if state else None,
        part,
        after,
        min(limit, 500),
    )
    return [store.stock_of(row) for row in rows]


async def count_stock(work: UnitOfWork) -> Mapping[tuple[model.LineKind, model.NumberState], int]:
    """How many numbers of each kind are where."""
    work.actor.require(permissions.STOCK)
    rows = await work.db.fetch(
        "SELECT kind, state, count(*) AS count FROM number_stock GROUP BY kind, state"
    )
    return {
        (model.LineKind(row["kind"]), model.NumberState(row["state"])): row["count"] for row in rows
    }


async def mobile_lines_of_person(work: UnitOfWork, customer_id: UUID) -> int:
    """Mobile lines not closed that belong to the same person, by identity document."""
    same = await customers.list_customers_of_same_document(work, customer_id)
    count: int = await work.db.fetchval(
        "SELECT count(*) FROM line WHERE customer_id = ANY($1) AND kind = 'mobile'"
        " AND closed_at IS NULL",
        list(same),
    )
    return count
