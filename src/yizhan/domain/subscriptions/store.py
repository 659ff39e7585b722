"""The rows of lines: written, locked and read by their key. All SQL that changes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.subscriptions import model
from yizhan.domain.subscriptions.flow import Life, State, StopReason
from yizhan.kernel.errors import NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

LINE_COLUMNS = (
    "l.customer_id, l.id, l.kind, n.number, l.account_id, l.payer_customer_id, l.user_party_id,"
    " l.area, l.base_state, l.stop_reasons, l.state, l.state_since, l.opened_at, l.closed_at"
)
LINE_FROM = "line l LEFT JOIN line_number n ON n.line_id = l.id AND n.valid_to IS NULL"
PRODUCT_COLUMNS = (
    "customer_id, id, line_id, kind, plan_id, version, valid_from, valid_to, term_until, order_id"
)


def line_of(row: Any) -> model.Line:
    """A row of `LINE_COLUMNS` as a value."""
    values = dict(row)
    values["kind"] = model.LineKind(values["kind"])
    values["base_state"] = State(values["base_state"])
    values["state"] = State(values["state"])
    values["stop_reasons"] = frozenset(map(StopReason, values["stop_reasons"]))
    return model.Line(**values)


def product_of(row: Any) -> model.Product:
    """A row of `PRODUCT_COLUMNS` as a value."""
    return model.Product(**{**dict(row), "kind": model.ProductKind(row["kind"])})


async def find(work: UnitOfWork, line_id: UUID) -> model.Line | None:
    """The line, or None."""
    row = await work.db.fetchrow(f"SELECT {LINE_COLUMNS} FROM {LINE_FROM} WHERE l.id = $1", line_id)
    return line_of(row) if row else None


async def lock(work: UnitOfWork, line_id: UUID) -> model.Line:
    """The line, its row held until the act ends. Raises `NotFound`."""
    row = await work.db.fetchrow(
        f"SELECT {LINE_COLUMNS} FROM {LINE_FROM} WHERE l.id = $1 FOR UPDATE OF l", line_id
    )
    if row is None:
        raise NotFound("There is no such line.", line_id=line_id)
    return line_of(row)


async def add_line(work: UnitOfWork, line: model.Line) -> None:
    """Insert a line and the first stretch of its states."""
    await work.db.execute(
        "INSERT INTO line (customer_id, id, kind, account_id, payer_customer_id, user_party_id,"
        " area, base_state, stop_reasons, state, state_since, opened_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        line.customer_id, line.id, line.kind.value, line.account_id, line.payer_customer_id,
        line.user_party_id, line.area, line.base_state.value, _texts(line.stop_reasons),
        line.state.value, line.state_since, line.opened_at,
    )  # fmt: skip
    await _begin_state(work, line.customer_id, line.id, line.life)


async def write_life(work: UnitOfWork, line: model.Line, life: Life) -> None:
    """Put a line into its next state, ending the stretch before."""
    closed = life.base is State.CLOSED
    await work.db.execute(
        "UPDATE line SET base_state = $3, stop_reasons = $4, state = $5, state_since = $6,"
        " closed_at = $7 WHERE customer_id = $1 AND id = $2",
        line.customer_id, line.id, life.base.value, _texts(life.reasons), life.state.value,
        work.now, work.now if closed else None,
    )  # fmt: skip
    await work.db.execute(
        "UPDATE line_state SET valid_to = greatest($3, valid_from)"
        " WHERE customer_id = $1 AND line_id = $2 AND valid_to IS NULL",
        line.customer_id,
        line.id,
        work.now,
    )
    await _begin_state(work, line.customer_id, line.id, life)


async def _begin_state(work: UnitOfWork, customer_id: UUID, line_id: UUID, life: Life) -> None:
    await work.db.execute(
        "INSERT INTO line_state (customer_id, id, line_id, state, reasons, valid_from)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        customer_id, new_id(), line_id, life.state.value, _texts(life.reasons), work.now,
    )  # fmt: skip


def _texts(reasons: frozenset[StopReason]) -> list[str]:
    return sorted(reason.value for reason in reasons)


async def set_payer(work: UnitOfWork, line: model.Line, account_id: UUID, payer: UUID) -> None:
    """Write another paying account."""
    await work.db.execute(
        "UPDATE line SET account_id = $3, payer_customer_id = $4"
        " WHERE customer_id = $1 AND id = $2",
        line.customer_id, line.id, account_id, payer,
    )  # fmt: skip


async def set_user(work: UnitOfWork, line: model.Line, party_id: UUID | None) -> None:
    """Write another user."""
    await work.db.execute(
        "UPDATE line SET user_party_id = $3 WHERE customer_id = $1 AND id = $2",
        line.customer_id, line.id, party_id,
    )  # fmt: skip


async def lock_stock(work: UnitOfWork, number: str) -> model.StockNumber | None:
    """A number of ours, its row held, or None when it is not in stock."""
    row = await work.db.fetchrow(
        "SELECT number, kind, area, grade, state, until, reserved_for FROM number_stock"
        " WHERE number = $1 FOR UPDATE",
        number,
    )
    return stock_of(row) if row else None


def stock_of(row: Any) -> model.StockNumber:
    """A row of ``number_stock`` as a value."""
    values = dict(row)
    values["kind"] = model.LineKind(values["kind"])
    values["state"] = model.NumberState(values["state"])
    return model.StockNumber(**values)


async def put_stock(
    work: UnitOfWork,
    numbers: Sequence[str],
    *,
    kind: model.LineKind,
    area: str,
    grade: str = "plain",
    state: model.NumberState = model.NumberState.FREE,
) -> int:
    """Add numbers that are not in stock yet; how many were added."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "WITH added AS (INSERT INTO number_stock (number, kind, area, grade, state)"
        " SELECT number, $2, $3, $4, $5 FROM unnest($1::text[]) AS number"
        " ON CONFLICT (number) DO NOTHING RETURNING 1) SELECT count(*) FROM added",
        list(numbers), kind.value, area, grade, state.value,
    )  # fmt: skip


async def set_stock(
    work: UnitOfWork,
    number: str,
    state: model.NumberState,
    *,
    until: datetime | None = None,
    reserved_for: UUID | None = None,
) -> None:
    """Write where a number is."""
    await work.db.execute(
        "UPDATE number_stock SET state = $2, until = $3, reserved_for = $4 WHERE number = $1",
        number, state.value, until, reserved_for,
    )  # fmt: skip


async def recycle(work: UnitOfWork, *, limit: int) -> int:
    """Free what has cooled down and reservations that ran out; how many."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "WITH due AS (SELECT number FROM number_stock WHERE until <= $1"
        " ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED), freed AS ("
        " UPDATE number_stock s SET state = 'free', until = NULL, reserved_for = NULL"
        " FROM due WHERE s.number = due.number RETURNING 1) SELECT count(*) FROM freed",
        work.now,
        limit,
    )


async def give_number(work: UnitOfWork, line: model.Line, number: str) -> None:
    """A line holds *number* from now on."""
    await work.db.execute(
        "INSERT INTO line_number (customer_id, id, line_id, number, valid_from)"
        " VALUES ($1, $2, $3, $4, $5)",
        line.customer_id, new_id(), line.id, number, work.now,
    )  # fmt: skip


async def take_number(work: UnitOfWork, line: model.Line) -> None:
    """A line holds its number no more; one held for no time at all leaves no trace."""
    await work.db.execute(
        "DELETE FROM line_number WHERE customer_id = $1 AND line_id = $2"
        " AND valid_to IS NULL AND valid_from >= $3",
        line.customer_id, line.id, work.now,
    )  # fmt: skip
    await work.db.execute(
        "UPDATE line_number SET valid_to = $3"
        " WHERE customer_id = $1 AND line_id = $2 AND valid_to IS NULL",
        line.customer_id, line.id, work.now,
    )  # fmt: skip


async def add_product(work: UnitOfWork, product: model.Product) -> None:
    """Insert a product."""
    await work.db.execute(
        f"INSERT INTO line_product ({PRODUCT_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        product.customer_id, product.id, product.line_id, product.kind.value, product.plan_id,
        product.version, product.valid_from, product.valid_to, product.term_until,
        product.order_id,
    )  # fmt: skip


async def products_ending_after(
    work: UnitOfWork, line: model.Line, moment: datetime
) -> list[model.Product]:
    """A line's products that are in force at or after *moment*, oldest first."""
    rows = await work.db.fetch(
        f"SELECT {PRODUCT_COLUMNS} FROM line_product WHERE customer_id = $1 AND line_id = $2"
        " AND (valid_to IS NULL OR valid_to > $3) ORDER BY valid_from, id LIMIT 500",
        line.customer_id, line.id, moment,
    )  # fmt: skip
    return [product_of(row) for row in rows]


async def find_product(work: UnitOfWork, product_id: UUID) -> model.Product | None:
    """The product, or None."""
    row = await work.db.fetchrow(
        f"SELECT {PRODUCT_COLUMNS} FROM line_product WHERE id = $1", product_id
    )
    return product_of(row) if row else None


async def find_plan_ending_at(
    work: UnitOfWork, line: model.Line, moment: datetime
) -> model.Product | None:
    """The plan that gave way to another at *moment*."""
    row = await work.db.fetchrow(
        f"SELECT {PRODUCT_COLUMNS} FROM line_product WHERE customer_id = $1 AND line_id = $2"
        " AND kind = 'plan' AND valid_to = $3",
        line.customer_id, line.id, moment,
    )  # fmt: skip
    return product_of(row) if row else None


async def end_product(work: UnitOfWork, product: model.Product, valid_to: datetime | None) -> None:
    """Write when a product ends; None: until further notice."""
    await work.db.execute(
        "UPDATE line_product SET valid_to = $3 WHERE customer_id = $1 AND id = $2",
        product.customer_id, product.id, valid_to,
    )  # fmt: skip


async def delete_product(work: UnitOfWork, product: model.Product) -> None:
    """Take back a product that never was in force. The log keeps that it was planned."""
    await work.db.execute(
        "DELETE FROM line_product WHERE customer_id = $1 AND id = $2",
        product.customer_id,
        product.id,
    )


async def replace_family_numbers(
    work: UnitOfWork, line: model.Line, numbers: Sequence[str], start: datetime
) -> None:
    """From *start* the line has exactly these, by rank; what is unchanged stays untouched."""
    ranks = list(range(1, len(numbers) + 1))
    await work.db.execute(
        "DELETE FROM family_number WHERE customer_id = $1 AND line_id = $2 AND valid_from >= $3",
        line.customer_id, line.id, start,
    )  # fmt: skip
    await work.db.execute(
        "UPDATE family_number f SET valid_to = $3 WHERE customer_id = $1 AND line_id = $2"
        " AND (valid_to IS NULL OR valid_to > $3) AND NOT EXISTS ("
        "  SELECT 1 FROM unnest($4::int[], $5::text[]) AS new (rank, number)"
        "   WHERE new.rank = f.rank AND new.number = f.number)",
        line.customer_id, line.id, start, ranks, list(numbers),
    )  # fmt: skip
    await work.db.execute(
        "UPDATE family_number SET valid_to = NULL WHERE customer_id = $1 AND line_id = $2"
        " AND valid_to > $3",
        line.customer_id, line.id, start,
    )  # fmt: skip
    await work.db.execute(
        "INSERT INTO family_number (customer_id, id, line_id, rank, number, valid_from)"
        " SELECT $1, new.id, $2, new.rank, new.number, $3"
        " FROM unnest($4::uuid[], $5::int[], $6::text[]) AS new (id, rank, number)"
        " WHERE NOT EXISTS (SELECT 1 FROM family_number f WHERE f.customer_id = $1"
        " AND f.line_id = $2 AND f.rank = new.rank AND f.valid_to IS NULL)",
        line.customer_id, line.id, start, [new_id() for _ in numbers], ranks, list(numbers),
    )  # fmt: skip


async def end_family_numbers(work: UnitOfWork, line: model.Line, end: datetime) -> None:
    """The line has no family numbers from *end* on."""
    await replace_family_numbers(work, line, [], end)


async def switch_feature(work: UnitOfWork, line: model.Line, feature: str, *, on: bool) -> bool:
    """Switch a capability; False when it was so already."""
    if on:
        status = await work.db.execute(
            "INSERT INTO line_feature (customer_id, id, line_id, feature, valid_from)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (line_id, feature) WHERE valid_to IS NULL DO NOTHING",
            line.customer_id, new_id(), line.id, feature, work.now,
        )  # fmt: skip
        return bool(status == "INSERT 0 1")
    gone = await work.db.execute(
        "DELETE FROM line_feature WHERE customer_id = $1 AND line_id = $2 AND feature = $3"
        " AND valid_to IS NULL AND valid_from >= $4",
        line.customer_id, line.id, feature, work.now,
    )  # fmt: skip
    status = await work.db.execute(
        "UPDATE line_feature SET valid_to = $4 WHERE customer_id = $1 AND line_id = $2"
        " AND feature = $3 AND valid_to IS NULL",
        line.customer_id, line.id, feature, work.now,
    )  # fmt: skip
    return bool(status == "UPDATE 1" or gone == "DELETE 1")


async def end_features(work: UnitOfWork, line: model.Line) -> None:
    """Switch everything off."""
    await work.db.execute(
        "DELETE FROM line_feature WHERE customer_id = $1 AND line_id = $2"
        " AND valid_to IS NULL AND valid_from >= $3",
        line.customer_id, line.id, work.now,
    )  # fmt: skip
    await work.db.execute(
        "UPDATE line_feature SET valid_to = $3 WHERE customer_id = $1 AND line_id = $2"
        " AND valid_to IS NULL",
        line.customer_id, line.id, work.now,
    )  # fmt: skip
