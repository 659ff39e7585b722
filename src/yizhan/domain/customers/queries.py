"""Reading customers: one, many, found by whatever was said. Lists have limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.customers import model, permissions, store
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork


def may_read(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer reads his own record; anybody else needs the permission."""
    actor = work.actor
    if actor.kind is ActorKind.CUSTOMER and actor.id == customer_id:
        return
    actor.require(permissions.READ)


async def find(work: UnitOfWork, customer_id: UUID) -> model.Customer | None:
    """The customer, or None."""
    may_read(work, customer_id)
    return await store.find(work, customer_id)


async def get(work: UnitOfWork, customer_id: UUID) -> model.Customer:
    """The customer. Raises `NotFound`, `Forbidden`."""
    customer = await find(work, customer_id)
    if customer is None:
        raise NotFound("There is no such customer.", customer_id=customer_id)
    return customer


async def get_by_number(work: UnitOfWork, number: str) -> model.Customer:
    """The customer of this customer number. Raises `NotFound`, `Forbidden`."""
    work.actor.require(permissions.READ)
    row = await work.db.fetchrow(
        f"SELECT {store.CUSTOMER_COLUMNS} FROM {store.CUSTOMER_FROM} WHERE c.number = $1",
        number.strip().upper(),
    )
    if row is None:
        raise NotFound("There is no customer {number}.", number=number[:40])
    return store.customer_of(row)


async def list_customers(
    work: UnitOfWork,
    *,
    status: model.Status | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> Sequence[model.Customer]:
    """Customers in the order they were made; *after* is the id of the last one seen."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.CUSTOMER_COLUMNS} FROM {store.CUSTOMER_FROM}"
        " WHERE ($1::uuid IS NULL OR c.id > $1) AND ($2::text IS NULL OR c.status = $2)"
        " ORDER BY c.id LIMIT $3",
        after,
        status.value if status else None,
        min(limit, 1000),
    )
    return [store.customer_of(row) for row in rows]


async def count_customers(work: UnitOfWork) -> int:
    """How many customers there are, as the statistics know it when they are many."""
    estimate = await work.db.fetchval(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = 'customer'::regclass"
    )
    if estimate > 100_000:
        return int(estimate)
    return int(await work.db.fetchval("SELECT count(*) FROM customer"))


async def get_party(work: UnitOfWork, customer_id: UUID, party_id: UUID) -> model.Party:
    """A party of this customer. Raises `NotFound`, `Forbidden`."""
    may_read(work, customer_id)
    row = await work.db.fetchrow(
        "SELECT customer_id, id, kind, role, name, gender, birth_date FROM party"
        " WHERE customer_id = $1 AND id = $2",
        customer_id,
        party_id,
    )
    if row is None:
        raise NotFound("There is no such party.", party_id=party_id)
    return _party_of(row)


async def list_parties(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[model.Party]:
    """The customer and those who belong to him."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT customer_id, id, kind, role, name, gender, birth_date FROM party"
        " WHERE customer_id = $1 ORDER BY id LIMIT $2",
        customer_id,
        limit,
    )
    return [_party_of(row) for row in rows]


def _party_of(row: Any) -> model.Party:
    values = dict(row)
    values["kind"] = model.PartyKind(values["kind"])
    values["role"] = model.PartyRole(values["role"])
    return model.Party(**values)


async def find_account(work: UnitOfWork, account_id: UUID) -> model.Account | None:
    """The account, or None. No permission: it holds terms, no personal data."""
    return await store.find_account(work, account_id)


async def get_account(work: UnitOfWork, account_id: UUID) -> model.Account:
    """The account. Raises `NotFound`."""
    account = await store.find_account(work, account_id)
    if account is None:
        raise NotFound("There is no such billing account.", account_id=account_id)
    return account


async def get_account_by_number(work: UnitOfWork, number: str) -> model.Account:
    """The account of this account number. Raises `NotFound`."""
    row = await work.db.fetchrow(
        f"SELECT {store.ACCOUNT_COLUMNS} FROM account WHERE number = $1", number.strip().upper()
    )
    if row is None:
        raise NotFound("There is no billing account {number}.", number=number[:40])
    return store.account_of(row)


async def list_accounts(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[model.Account]:
    """A customer's accounts, oldest first."""
    rows = await work.db.fetch(
        f"SELECT {store.ACCOUNT_COLUMNS} FROM account WHERE customer_id = $1 ORDER BY id LIMIT $2",
        customer_id,
        limit,
    )
    return [store.account_of(row) for row in rows]


async def list_accounts_by_id(
    work: UnitOfWork, account_ids: Sequence[UUID]
) -> Sequence[model.Account]:
    """These accounts, in no order; those that are not there are left out."""
    rows = await work.db.fetch(
        f"SELECT {store.ACCOUNT_COLUMNS} FROM account WHERE id = ANY($1)", list(account_ids)
    )
    return [store.account_of(row) for row in rows]


async def list_accounts_of_cycle(
    work: UnitOfWork,
    cycle_day: int,
    *,
    opened_before: datetime,
    closed_after: datetime,
    after: UUID = NIL,
    part: tuple[int, int] = (0, 1),
    limit: int = 100,
) -> Sequence[model.Account]:
    """Accounts billed on one day of the month, by id from *after* on.

    *part* is ``(k, n)``: the k-th of n shares of all accounts, for several who work side by side.
    """
    rows = await work.db.fetch(
        f"SELECT {store.ACCOUNT_COLUMNS} FROM account WHERE id > $1 AND cycle_day = $2"
        " AND opened_at < $3 AND (closed_at IS NULL OR closed_at > $4)"
        " AND (get_byte(uuid_send(id), 14) * 256 + get_byte(uuid_send(id), 15)) % $5 = $6"
        " ORDER BY id LIMIT $7",
        after,
        cycle_day,
        opened_before,
        closed_after,
        part[1],
        part[0],
        limit,
    )
    return [store.account_of(row) for row in rows]


async def count_accounts_of_cycle(
    work: UnitOfWork, cycle_day: int, *, opened_before: datetime, closed_after: datetime
) -> int:
    """How many there are of them."""
    return int(
        await work.db.fetchval(
            "SELECT count(*) FROM account WHERE cycle_day = $1 AND opened_at < $2"
            " AND (closed_at IS NULL OR closed_at > $3)",
            cycle_day,
            opened_before,
            closed_after,
        )
    )


async def list_cycle_days(work: UnitOfWork) -> Sequence[int]:
    """The days of the month on which there are accounts to bill."""
    rows = await work.db.fetch(
        "SELECT day FROM generate_series(1, 28) AS day"
        " WHERE EXISTS (SELECT FROM account WHERE cycle_day = day) ORDER BY day"
    )
    return [row["day"] for row in rows]


async def list_contact_points(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[model.ContactPoint]:
    """The ways in use to reach a customer, preferred ones first."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {store.CONTACT_POINT_COLUMNS} FROM contact_point WHERE customer_id = $1"
        " AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)"
        " ORDER BY preferred DESC, id LIMIT $2",
        customer_id,
        limit,
        work.now,
    )
    return [
        model.ContactPoint(**{**dict(row), "kind": model.ContactKind(row["kind"])}) for row in rows
    ]


async def list_documents(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 20
) -> Sequence[model.Document]:
    """A customer's identity documents in force, masked."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {store.DOCUMENT_COLUMNS} FROM identity_document"
        " WHERE customer_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $2",
        customer_id,
        limit,
    )
    return [
        model.Document(**{**dict(row), "kind": model.DocumentKind(row["kind"])}) for row in rows
    ]


async def list_customers_of_same_document(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[UUID]:
    """Customer ids known by one of this customer's own documents, himself included."""
    rows = await work.db.fetch(
        "SELECT DISTINCT other.customer_id FROM identity_document mine"
        " JOIN identity_document other ON other.number_hash = mine.number_hash"
        " AND other.ended_at IS NULL"
        " JOIN customer c ON c.id = mine.customer_id AND c.party_id = mine.party_id"
        " WHERE mine.customer_id = $1 AND mine.ended_at IS NULL LIMIT $2",
        customer_id,
        limit,
    )
    return [row["customer_id"] for row in rows] or [customer_id]


async def list_consents(work: UnitOfWork, customer_id: UUID) -> Sequence[model.Consent]:
    """The customer's last word on each purpose he was asked about."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT DISTINCT ON (purpose) purpose, granted, origin, at FROM consent"
        " WHERE customer_id = $1 ORDER BY purpose, at DESC, id DESC LIMIT 100",
        customer_id,
    )
    return [model.Consent(**dict(row)) for row in rows]


async def has_consent(work: UnitOfWork, customer_id: UUID, purpose: str) -> bool:
    """Whether the customer agreed to *purpose* and did not take it back."""
    granted = await work.db.fetchval(
        "SELECT granted FROM consent WHERE customer_id = $1 AND purpose = $2"
        " ORDER BY at DESC, id DESC LIMIT 1",
        customer_id,
        purpose,
    )
    return bool(granted)


async def list_attributes(work: UnitOfWork, customer_id: UUID) -> Sequence[model.Attribute]:
    """What is known of a customer, by name."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT name, value, origin, purpose, at FROM customer_attribute"
        " WHERE customer_id = $1 ORDER BY name LIMIT 200",
        customer_id,
    )
    return [model.Attribute(**{**dict(row), "origin": model.Origin(row["origin"])}) for row in rows]


async def list_reads(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 100, before: UUID | None = None
) -> Sequence[dict[str, Any]]:
    """Who looked at this customer's personal data, newest first; needs ``audit.read``."""
    work.actor.require(permissions.READ_AUDIT)
    rows = await work.db.fetch(
        "SELECT id, at, what, actor_kind, actor_id, actor_name, channel, contact_id"
        " FROM read_audit WHERE customer_id = $1 AND ($3::uuid IS NULL OR id < $3)"
        " ORDER BY id DESC LIMIT $2",
        customer_id,
        min(limit, 1000),
        before,
    )
    return [dict(row) for row in rows]
