"""What can be done in a contact: begin it, say whose it is, write it up, finish it."""

from uuid import UUID

import msgspec

from yizhan.domain import customers
from yizhan.domain.contacts import events, model, permissions, store
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork


async def begin(
    work: UnitOfWork,
    *,
    customer_id: UUID | None,
    channel: str,
    direction: str = "in",
    purpose: str = "",
    number_dialled: str | None = None,
    number_from: str | None = None,
) -> model.Contact:
    """A contact begins. *customer_id* None: it is not known yet who it is.

    The caller is unverified until `verify` says otherwise. Raises `Invalid`, `Forbidden`,
    `NotFound`.
    """
    work.actor.require(permissions.WRITE)
    via = customers.choice(model.Channel, channel, field="channel")
    way = customers.choice(model.Direction, direction, field="direction")
    if customer_id is not None and await customers.find(work, customer_id) is None:
        raise Invalid("There is no such customer.", field="customer_id")
    contact = model.Contact(
        customer_id=customer_id or NIL,
        id=new_id(),
        channel=via,
        direction=way,
        purpose=purpose.strip()[:200],
        number_dialled=number_dialled,
        number_from=number_from,
        began_at=work.now,
        finished_at=None,
        disposition=None,
        note="",
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        verified_at=None,
        verified_method=None,
        verified_by=None,
    )
    await store.add(work, contact)
    work.contact_id = contact.id
    work.record(
        events.ContactBegan(
            customer_id=contact.customer_id,
            id=contact.id,
            via=via.value,
            direction=way.value,
            purpose=contact.purpose,
            number_dialled=number_dialled or "",
        )
    )
    return contact


async def identify(work: UnitOfWork, contact_id: UUID, customer_id: UUID) -> model.Contact:
    """Say whose contact this is. Going from one customer to another takes the proof back.

    Raises `ContactOver`, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    contact = await lock_open(work, contact_id)
    if contact.customer_id == customer_id:
        return contact
    await customers.get(work, customer_id)
    await store.move_to_customer(work, contact, customer_id)
    work.record(events.ContactIdentified(customer_id=customer_id, id=contact_id))
    return msgspec.structs.replace(
        contact, customer_id=customer_id, verified_at=None, verified_method=None, verified_by=None
    )


async def finish(
    work: UnitOfWork, contact_id: UUID, *, disposition: str, note: str = ""
) -> model.Contact:
    """The contact ends; with it ends the verification. Raises `ContactOver`, `Invalid`."""
    work.actor.require(permissions.WRITE)
    contact = await lock_open(work, contact_id)
    try:
        outcome = model.Disposition(disposition)
    except ValueError:
        raise Invalid(
            "“{said}” is not a way for a contact to end: {known}.",
            field="disposition",
            said=disposition[:40],
            known=", ".join(model.Disposition),
        ) from None
    text = model.clean_note(note)
    await store.finish(work, contact, outcome, text)
    work.record(
        events.ContactFinished(
            customer_id=contact.customer_id,
            id=contact.id,
            via=contact.channel.value,
            disposition=outcome.value,
            note=text,
            seconds=int((work.now - contact.began_at).total_seconds()),
        )
    )
    return msgspec.structs.replace(contact, finished_at=work.now, disposition=outcome, note=text)


async def lock_open(work: UnitOfWork, contact_id: UUID) -> model.Contact:
    """The contact, held; a finished one is refused. Raises `ContactOver`, `NotFound`."""
    contact = await store.lock(work, contact_id)
    if contact.finished_at is not None:
        raise model.ContactOver("This contact is finished. Begin a new one.")
    return contact
