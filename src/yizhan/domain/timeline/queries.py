"""A customer's event log, read as a timeline: newest first, in words, by contact."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from uuid import UUID

from yizhan.domain import (
    advisor,
    billing,
    cases,
    catalog,
    checkout,
    club,
    collections,
    contacts,
    customers,
    invoices,
    knowledge,
    ledger,
    limits,
    messages,
    orders,
    payments,
    privacy,
    provisioning,
    shop,
    staff,
    subscriptions,
    usage,
    vouchers,
)
from yizhan.domain.timeline.model import Contact, Entry, Page, group, sentence
from yizhan.domain.timeline.permissions import READ
from yizhan.domain.timeline.vocabulary import COMMON
from yizhan.kernel.errors import NotFound
from yizhan.kernel.text import Text
from yizhan.platform import events
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork

LIMIT_MAX = 500
_ROOMS: tuple[ModuleType, ...] = (
    advisor,
    billing,
    cases,
    catalog,
    checkout,
    club,
    collections,
    contacts,
    customers,
    invoices,
    knowledge,
    ledger,
    limits,
    messages,
    orders,
    payments,
    privacy,
    provisioning,
    shop,
    staff,
    subscriptions,
    usage,
    vouchers,
)


def _words() -> Mapping[str, Text]:
    return {name: text for room in _ROOMS for name, text in getattr(room, "WORDS", {}).items()}


def _values() -> Mapping[str, Mapping[str, Mapping[str, Text]]]:
    return {
        room.__name__.rsplit(".", 1)[1]: {**COMMON, **getattr(room, "VALUES", {})}
        for room in _ROOMS
    }


WORDS = _words()
VALUES = _values()


async def of_customer(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    limit: int = 50,
    before: UUID | None = None,
    room: str | None = None,
) -> Page:
    """What happened to a customer, newest first; *before* is ``Page.before`` of the page above.

    *room* narrows it to one room's events (``cases``, ``payments`` …). What is shown is the
    customer's own, so the caller must be verified. Raises ``Forbidden`` and ``NotVerified``.
    """
    work.actor.require(READ)
    await contacts.require_verified(work, customer_id)
    limit = max(1, min(limit, LIMIT_MAX))
    found = await events.list_of_customer(
        work.db,
        customer_id,
        limit=limit + 1,
        before=before,
        prefix=f"{room}." if room else None,
    )
    shown = found[:limit]
    names = await _plan_names(work, shown)
    entries = [entry_of(work, recorded, names=names) for recorded in shown]
    heads = await _heads(work, customer_id, entries)
    return Page(groups=group(entries, heads), before=shown[-1].id if len(found) > limit else None)


async def of_contact(work: UnitOfWork, customer_id: UUID, contact_id: UUID) -> Sequence[Entry]:
    """What was done in one contact, oldest first."""
    work.actor.require(READ)
    await contacts.require_verified(work, customer_id)
    found = await events.list_of_contact(work.db, customer_id, contact_id)
    names = await _plan_names(work, found)
    return [entry_of(work, recorded, names=names) for recorded in found]


async def _plan_names(work: UnitOfWork, found: Sequence[Recorded]) -> Mapping[str, Text]:
    """The plans and add-ons the events name by their codes, as people call them."""
    codes = {str(one.payload["plan_id"]) for one in found if one.payload.get("plan_id")}
    names = {}
    for code in codes:
        with suppress(NotFound):
            names[code] = (await catalog.get_offer(work, code)).name
    return names


def entry_of(
    work: UnitOfWork, recorded: Recorded, *, names: Mapping[str, Text] | None = None
) -> Entry:
    """One event of the log as it is read: for live pages that follow the log.

    *names* are words for the codes of plans in its payload.
    """
    values = VALUES
    if names and "plan_id" in recorded.payload:
        room = recorded.name.partition(".")[0]
        values = {**VALUES, room: {**VALUES.get(room, {}), "plan_id": names}}
    return Entry(
        id=recorded.id,
        at=recorded.at,
        name=recorded.name,
        words=sentence(recorded.name, recorded.payload, words=WORDS, values=values, zone=work.zone),
        actor_kind=recorded.actor_kind,
        actor_name=recorded.actor_name,
        channel=recorded.channel,
        contact_id=recorded.contact_id,
        payload=recorded.payload,
    )


async def _heads(
    work: UnitOfWork, customer_id: UUID, entries: Sequence[Entry]
) -> dict[UUID, Contact]:
    wanted = {entry.contact_id for entry in entries if entry.contact_id is not None}
    if not wanted:
        return {}
    known = {c.id: c for c in await contacts.list_of_customer(work, customer_id, limit=100)}
    for contact_id in wanted - known.keys():
        known[contact_id] = await contacts.get(work, contact_id)
    return {contact_id: _head(known[contact_id]) for contact_id in wanted}


def _head(contact: contacts.Contact) -> Contact:
    return Contact(
        id=contact.id,
        channel=contact.channel.value,
        direction=contact.direction.value,
        purpose=contact.purpose,
        begun_at=contact.began_at,
        ended_at=contact.finished_at,
        verified_by=contact.verified_method.value if contact.verified_method else None,
        verified_at=contact.verified_at,
        agent_name=contact.actor_name,
    )
