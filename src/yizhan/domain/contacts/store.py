"""The rows of contacts and of the proofs in them. All SQL that changes them."""

from typing import Any
from uuid import UUID

from yizhan.domain.contacts import model
from yizhan.kernel.errors import NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

CONTACT_COLUMNS = (
    "customer_id, id, channel, direction, purpose, number_dialled, number_from, began_at,"
    " finished_at, disposition, note, actor_id, actor_name, verified_at, verified_method,"
    " verified_by"
)


def contact_of(row: Any) -> model.Contact:
    """A row of `CONTACT_COLUMNS` as a value."""
    values = dict(row)
    values["channel"] = model.Channel(values["channel"])
    values["direction"] = model.Direction(values["direction"])
    for name, kind in (("disposition", model.Disposition), ("verified_method", model.Method)):
        if values[name] is not None:
            values[name] = kind(values[name])
    return model.Contact(**values)


async def find(work: UnitOfWork, contact_id: UUID, *, lock: bool = False) -> model.Contact | None:
    """The contact, or None; with *lock* its row is held until the act ends."""
    row = await work.db.fetchrow(
        f"SELECT {CONTACT_COLUMNS} FROM contact WHERE id = $1" + (" FOR UPDATE" if lock else ""),
        contact_id,
    )
    return contact_of(row) if row else None


async def lock(work: UnitOfWork, contact_id: UUID) -> model.Contact:
    """The contact, its row held. Raises `NotFound`."""
    contact = await find(work, contact_id, lock=True)
    if contact is None:
        raise NotFound("There is no such contact.", contact_id=contact_id)
    return contact


async def add(work: UnitOfWork, contact: model.Contact) -> None:
    """Insert a contact that begins."""
    await work.db.execute(
        "INSERT INTO contact (customer_id, id, channel, direction, purpose, number_dialled,"
        " number_from, began_at, actor_id, actor_name)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        contact.customer_id, contact.id, contact.channel.value, contact.direction.value,
        contact.purpose, contact.number_dialled, contact.number_from, contact.began_at,
        contact.actor_id, contact.actor_name,
    )  # fmt: skip


async def move_to_customer(work: UnitOfWork, contact: model.Contact, customer_id: UUID) -> None:
    """Write the contact under the customer it turned out to be of; a new row, a new shard."""
    await work.db.execute(
        f"WITH gone AS (DELETE FROM contact WHERE customer_id = $1 AND id = $2"
        f" RETURNING {CONTACT_COLUMNS}) INSERT INTO contact ({CONTACT_COLUMNS})"
        " SELECT $3, id, channel, direction, purpose, number_dialled, number_from, began_at,"
        " finished_at, disposition, note, actor_id, actor_name, NULL, NULL, NULL FROM gone",
        contact.customer_id, contact.id, customer_id,
    )  # fmt: skip


async def finish(
    work: UnitOfWork, contact: model.Contact, disposition: model.Disposition, note: str
) -> None:
    """Write the end of a contact."""
    await work.db.execute(
        "UPDATE contact SET finished_at = $3, disposition = $4, note = $5"
        " WHERE customer_id = $1 AND id = $2",
        contact.customer_id, contact.id, work.now, disposition.value, note,
    )  # fmt: skip


async def set_verified(work: UnitOfWork, contact: model.Contact, method: model.Method) -> None:
    """Write that the one in contact is the customer: how, when, by whom it was seen."""
    await work.db.execute(
        "UPDATE contact SET verified_at = $3, verified_method = $4, verified_by = $5"
        " WHERE customer_id = $1 AND id = $2",
        contact.customer_id, contact.id, work.now, method.value, work.actor.name,
    )  # fmt: skip


async def recent_tries(
    work: UnitOfWork, customer_id: UUID, method: model.Method
) -> list[model.Try]:
    """The last tries of a method, newest first, as many as decide the lock."""
    rows = await work.db.fetch(
        "SELECT right_one, at FROM verification_try WHERE customer_id = $1 AND method = $2"
        " ORDER BY at DESC, id DESC LIMIT $3",
        customer_id, method.value, model.TRIES,
    )  # fmt: skip
    return [model.Try(row["right_one"], row["at"]) for row in rows]


async def add_try(
    work: UnitOfWork,
    customer_id: UUID,
    contact_id: UUID | None,
    method: model.Method,
    *,
    right_one: bool,
) -> None:
    """Keep that a proof was tried."""
    await work.db.execute(
        "INSERT INTO verification_try (customer_id, id, contact_id, method, right_one, at,"
        " actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        customer_id, new_id(), contact_id, method.value, right_one, work.now, work.actor.name,
    )  # fmt: skip


async def password_hash(work: UnitOfWork, customer_id: UUID) -> str | None:
    """The hash of the service password, or None when none was set."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "SELECT hash FROM service_password WHERE customer_id = $1", customer_id
    )


async def put_password(
    work: UnitOfWork, customer_id: UUID, hashed: str, *, temporary: bool
) -> None:
    """Write a new service password over the old one."""
    await work.db.execute(
        "INSERT INTO service_password (customer_id, hash, set_at, temporary)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (customer_id) DO UPDATE"
        " SET hash = excluded.hash, set_at = excluded.set_at, temporary = excluded.temporary",
        customer_id, hashed, work.now, temporary,
    )  # fmt: skip
