"""Reading contacts, and the one question every room asks: is this caller the customer?"""

from collections.abc import Sequence
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.contacts import model, permissions, store
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


async def get(work: UnitOfWork, contact_id: UUID) -> model.Contact:
    """The contact. Raises `NotFound`."""
    contact = await store.find(work, contact_id)
    if contact is None:
        raise NotFound("There is no such contact.", contact_id=contact_id)
    return contact


async def find_open_of_actor(work: UnitOfWork) -> model.Contact | None:
    """The contact this member of staff is in, the latest if there are several."""
    row = await work.db.fetchrow(
        f"SELECT {store.CONTACT_COLUMNS} FROM contact WHERE actor_id = $1"
        " AND finished_at IS NULL ORDER BY id DESC LIMIT 1",
        work.actor.id,
    )
    return store.contact_of(row) if row else None


async def list_of_actor(work: UnitOfWork, *, limit: int = 10) -> Sequence[model.Contact]:
    """One's own contacts, the newest first: where a member of staff was last."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.CONTACT_COLUMNS} FROM contact WHERE actor_id = $1"
        " ORDER BY id DESC LIMIT $2",
        work.actor.id,
        min(limit, 100),
    )
    return [store.contact_of(row) for row in rows]


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[model.Contact]:
    """A customer's contacts, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.CONTACT_COLUMNS} FROM contact WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        customer_id,
        min(limit, 500),
        before,
    )
    return [store.contact_of(row) for row in rows]


async def is_verified(work: UnitOfWork, customer_id: UUID) -> bool:
    """Whether what is this customer's own may be shown and done in this act.

    Systems and API clients are not callers; a customer signed in is himself; one who may work
    without the customer (``contacts.waive``) answers for it. Anybody else needs a contact with
    this customer in which the caller was verified.
    """
    match work.actor.kind:
        case ActorKind.SYSTEM | ActorKind.CLIENT:
            return True
        case ActorKind.CUSTOMER:
            return work.actor.id == customer_id
        case ActorKind.STAFF:
            pass
    if work.contact_id is not None:
        contact = await store.find(work, work.contact_id)
        if contact is not None and contact.customer_id == customer_id:
            if contact.is_verified(work.now):
                return True
            if contact.finished_at is None:
                return False
    return work.actor.may(permissions.WAIVE)


async def require_verified(work: UnitOfWork, customer_id: UUID) -> None:
    """Raise `NotVerified`, saying what to do, unless `is_verified`."""
    if await is_verified(work, customer_id):
        return
    if work.contact_id is None:
        raise model.NotVerified(
            "No contact with this customer is open. Begin one and verify the caller first."
        )
    raise model.NotVerified(
        "The caller is not verified. Check the service password, an identity document or a "
        "one-time code, or call back a number on record."
    )


async def standing(work: UnitOfWork, customer_id: UUID, method: model.Method) -> model.Standing:
    """How many wrong tries a method still allows for this customer."""
    return model.standing(await store.recent_tries(work, customer_id, method), now=work.now)


async def has_service_password(work: UnitOfWork, customer_id: UUID) -> bool:
    """Whether the customer has set a service password."""
    return await store.password_hash(work, customer_id) is not None


async def call_back_points(
    work: UnitOfWork, contact: model.Contact
) -> Sequence[customers.ContactPoint]:
    """The numbers on record that may be called back: known long enough before this contact."""
    points = await customers.list_contact_points(work, contact.customer_id)
    return [
        point
        for point in points
        if point.kind is customers.ContactKind.PHONE
        and point.valid_from <= contact.began_at - model.CALL_BACK_AGE
    ]
