"""The rows of customers: written, locked and read by their key. All SQL that changes them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from yizhan.domain.customers import model
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

CUSTOMER_COLUMNS = (
    "c.id, c.number, c.party_id, p.kind, p.name, p.gender, p.birth_date, c.tier, c.segment,"
    " c.language, c.status, c.since"
)
CUSTOMER_FROM = "customer c JOIN party p ON p.customer_id = c.id AND p.id = c.party_id"
ACCOUNT_COLUMNS = (
    "customer_id, id, number, name, payment_kind, cycle_day, currency, bill_medium,"
    " credit_limit_fen, status, opened_at, closed_at, bill_enclosed"
)
DOCUMENT_COLUMNS = (
    "customer_id, id, party_id, kind, number_masked, valid_until, original_seen, created_at"
)
CONTACT_POINT_COLUMNS = "customer_id, id, party_id, kind, value, preferred, valid_from, valid_to"


def customer_of(row: Any) -> model.Customer:
    """A row of `CUSTOMER_COLUMNS` as a value."""
    return model.Customer(
        id=row["id"],
        number=row["number"],
        party_id=row["party_id"],
        kind=model.PartyKind(row["kind"]),
        name=row["name"],
        gender=row["gender"],
        birth_date=row["birth_date"],
        tier=model.Tier(row["tier"]),
        segment=model.Segment(row["segment"]),
        language=row["language"],
        status=model.Status(row["status"]),
        since=row["since"],
    )


def account_of(row: Any) -> model.Account:
    """A row of `ACCOUNT_COLUMNS` as a value."""
    values = dict(row)
    values["payment_kind"] = model.PaymentKind(values["payment_kind"])
    values["bill_medium"] = model.BillMedium(values["bill_medium"])
    return model.Account(**values)


async def find(work: UnitOfWork, customer_id: UUID) -> model.Customer | None:
    """The customer, or None."""
    row = await work.db.fetchrow(
        f"SELECT {CUSTOMER_COLUMNS} FROM {CUSTOMER_FROM} WHERE c.id = $1", customer_id
    )
    return customer_of(row) if row else None


async def lock(work: UnitOfWork, customer_id: UUID) -> model.Customer:
    """The customer, his row held until the act ends. Raises `NotFound`."""
    row = await work.db.fetchrow(
        f"SELECT {CUSTOMER_COLUMNS} FROM {CUSTOMER_FROM} WHERE c.id = $1 FOR UPDATE OF c",
        customer_id,
    )
    if row is None:
        raise NotFound("There is no such customer.", customer_id=customer_id)
    return customer_of(row)


async def next_number(work: UnitOfWork, sequence: str, letter: str) -> str:
    """The next human-readable number: a letter and at least seven digits."""
    return f"{letter}{await work.db.fetchval('SELECT nextval($1::text::regclass)', sequence)}"


async def add_party(work: UnitOfWork, party: model.Party) -> None:
    """Insert a party."""
    await work.db.execute(
        "INSERT INTO party (customer_id, id, kind, role, name, gender, birth_date, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        party.customer_id, party.id, party.kind.value, party.role.value, party.name,
        party.gender, party.birth_date, work.now,
    )  # fmt: skip


async def add_customer(work: UnitOfWork, customer: model.Customer) -> None:
    """Insert the customer's own row; the party goes in by `add_party`."""
    await work.db.execute(
        "INSERT INTO customer (id, number, party_id, tier, segment, language, status, since,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        customer.id, customer.number, customer.party_id, customer.tier.value,
        customer.segment.value, customer.language, customer.status.value, customer.since, work.now,
    )  # fmt: skip


async def update_customer(work: UnitOfWork, customer: model.Customer) -> None:
    """Write what may change of a customer, party included."""
    await work.db.execute(
        "UPDATE customer SET tier = $2, segment = $3, language = $4, status = $5 WHERE id = $1",
        customer.id, customer.tier.value, customer.segment.value, customer.language,
        customer.status.value,
    )  # fmt: skip
    await work.db.execute(
        "UPDATE party SET name = $3, gender = $4, birth_date = $5"
        " WHERE customer_id = $1 AND id = $2",
        customer.id, customer.party_id, customer.name, customer.gender, customer.birth_date,
    )  # fmt: skip


async def add_account(work: UnitOfWork, account: model.Account) -> None:
    """Insert an account."""
    await work.db.execute(
        f"INSERT INTO account ({ACCOUNT_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        account.customer_id, account.id, account.number, account.name,
        account.payment_kind.value, account.cycle_day, account.currency,
        account.bill_medium.value, account.credit_limit_fen, account.status,
        account.opened_at, account.closed_at, account.bill_enclosed,
    )  # fmt: skip


async def find_account(
    work: UnitOfWork, account_id: UUID, *, lock: bool = False
) -> model.Account | None:
    """The account, or None; with *lock* its row is held until the act ends."""
    row = await work.db.fetchrow(
        f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE id = $1" + (" FOR UPDATE" if lock else ""),
        account_id,
    )
    return account_of(row) if row else None


async def update_account(work: UnitOfWork, account: model.Account) -> None:
    """Write what may change of an account."""
    await work.db.execute(
        "UPDATE account SET name = $3, cycle_day = $4, bill_medium = $5, credit_limit_fen = $6,"
        " status = $7, closed_at = $8, bill_enclosed = $9 WHERE customer_id = $1 AND id = $2",
        account.customer_id, account.id, account.name, account.cycle_day,
        account.bill_medium.value, account.credit_limit_fen, account.status, account.closed_at,
        account.bill_enclosed,
    )  # fmt: skip


async def add_contact_point(work: UnitOfWork, point: model.ContactPoint) -> None:
    """Insert a contact point."""
    await work.db.execute(
        f"INSERT INTO contact_point ({CONTACT_POINT_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        point.customer_id, point.id, point.party_id, point.kind.value, point.value,
        point.preferred, point.valid_from, point.valid_to,
    )  # fmt: skip


async def end_contact_point(work: UnitOfWork, customer_id: UUID, point_id: UUID) -> str | None:
    """Close a contact point; its kind, or None if there was no open one."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "UPDATE contact_point SET valid_to = $3"
        " WHERE customer_id = $1 AND id = $2 AND valid_to IS NULL RETURNING kind",
        customer_id, point_id, work.now,
    )  # fmt: skip


async def add_document(
    work: UnitOfWork, document: model.Document, *, cipher: bytes, fingerprint: bytes
) -> None:
    """Insert a document: its number sealed, its fingerprint for lookup."""
    await work.db.execute(
        "INSERT INTO identity_document (customer_id, id, party_id, kind, number_cipher,"
        " number_hash, number_masked, valid_until, original_seen, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        document.customer_id, document.id, document.party_id, document.kind.value, cipher,
        fingerprint, document.number_masked, document.valid_until, document.original_seen,
        document.created_at,
    )  # fmt: skip


async def sealed_documents(
    work: UnitOfWork, customer_id: UUID, document_id: UUID | None = None
) -> Sequence[tuple[UUID, bytes, str]]:
    """``(id, cipher, masked)`` of the customer's own documents in force."""
    rows = await work.db.fetch(
        "SELECT id, number_cipher, number_masked FROM identity_document"
        " WHERE customer_id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR id = $2)"
        " ORDER BY id LIMIT 20",
        customer_id,
        document_id,
    )
    return [(row["id"], row["number_cipher"], row["number_masked"]) for row in rows]


async def add_consent(
    work: UnitOfWork, customer_id: UUID, consent_id: UUID, consent: model.Consent
) -> None:
    """Append the customer's word on a purpose."""
    await work.db.execute(
        "INSERT INTO consent (customer_id, id, purpose, granted, origin, at, contact_id,"
        " actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        customer_id, consent_id, consent.purpose, consent.granted, consent.origin, consent.at,
        work.contact_id, work.actor.name,
    )  # fmt: skip


async def put_attribute(work: UnitOfWork, customer_id: UUID, attribute: model.Attribute) -> None:
    """Write an attribute over what was known before."""
    await work.db.execute(
        "INSERT INTO customer_attribute (customer_id, name, value, origin, purpose, at,"
        " contact_id) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (customer_id, name) DO UPDATE SET value = excluded.value,"
        " origin = excluded.origin, purpose = excluded.purpose, at = excluded.at,"
        " contact_id = excluded.contact_id",
        customer_id, attribute.name, attribute.value, attribute.origin.value,
        attribute.purpose, attribute.at, work.contact_id,
    )  # fmt: skip


async def delete_attributes_of_purpose(
    work: UnitOfWork, customer_id: UUID, purpose: str
) -> list[str]:
    """Forget what is known under one purpose; the names that went."""
    rows = await work.db.fetch(
        "DELETE FROM customer_attribute WHERE customer_id = $1 AND purpose = $2 RETURNING name",
        customer_id,
        purpose,
    )
    return sorted(row["name"] for row in rows)


async def put_search_key(
    work: UnitOfWork, *, customer_id: UUID, kind: str, key: str, label: str, ref_id: UUID
) -> None:
    """Write a normalised key; the same again changes only its label."""
    await work.db.execute(
        "INSERT INTO search_key (customer_id, kind, key, label, ref_id)"
        " VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (customer_id, kind, ref_id, key) DO UPDATE SET label = excluded.label",
        customer_id, kind, key, label, ref_id,
    )  # fmt: skip


async def drop_search_keys(
    work: UnitOfWork, *, customer_id: UUID, kind: str, ref_id: UUID, key: str | None
) -> None:
    """Take away the keys of one thing, or one of them."""
    await work.db.execute(
        "DELETE FROM search_key WHERE customer_id = $1 AND kind = $2 AND ref_id = $3"
        " AND ($4::text IS NULL OR key = $4)",
        customer_id, kind, ref_id, key,
    )  # fmt: skip


async def add_read(work: UnitOfWork, customer_id: UUID, read_id: UUID, what: str) -> None:
    """Keep that this actor looked."""
    actor = work.actor
    await work.db.execute(
        "INSERT INTO read_audit (customer_id, id, at, what, actor_kind, actor_id, actor_name,"
        " channel, contact_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        customer_id, read_id, work.now, what, actor.kind.value, actor.id, actor.name,
        actor.channel, work.contact_id,
    )  # fmt: skip
