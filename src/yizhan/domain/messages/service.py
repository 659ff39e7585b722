"""Putting a message into the outbox, and sending one again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import customers
from yizhan.domain.messages import events, model, permissions, store
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

FORGET = "messages.forget"


async def send(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    template: str,
    facts: Mapping[str, Any],
    channel: str | None = None,
    key: str | None = None,
    address: str | None = None,
    language: str | None = None,
    enclosed: str = "",
) -> model.Message:
    """Tell a customer something, by a template, after this act commits.

    *facts* fill the template: names ending in ``_fen`` are integers of fen, those in ``_at``
    moments; a ``Text`` is said in the customer's language. More than it uses does no harm. Without
    *channel* the template's order decides; without *address* the customer's own is taken. The same
    *key* for the same customer again is the message there is, and nothing is sent. A message that
    must not go (no consent, too often, nowhere to go) is kept, suppressed, with its reason; it is
    no error. In the quiet hours it is deferred unless urgent.

    *enclosed* names a paper that goes with it as PDF, where it goes by e-mail.

    The room that calls has asked for the right to its own act. Raises `UnknownTemplate`, `Invalid`
    for a fact that is missing, `NotFound`.
    """
    if key is not None and (known := await store.find_by_key(work, customer_id, key)):
        return known
    using = await get_template(work, template)
    reach = await _reach(work, customer_id)
    tongue = "en" if (language or reach.language).startswith("en") else "zh"
    said = model.fill(using, facts, language=tongue, zone=work.zone)
    medium, place = _where(using, reach, channel, address)
    reason = None if place else model.Reason.NO_ADDRESS
    reason = reason or await _why_not(work, customer_id, using)
    wake = None
    if reason is None and not using.urgent:
        wake = model.wake_at(work.now, await store.policy(work), work.zone)
    message = _made(
        work, customer_id, using, said, medium=medium, place=place, language=tongue,
        key=key, reason=reason, wake=wake, enclosed=enclosed,
    )  # fmt: skip
    return await _put(work, message)


async def send_again(work: UnitOfWork, message_id: UUID) -> model.Message:
    """Send a message once more, as a new one with the same words, at once.

    A forgotten or secret one cannot be repeated, nor one the customer is not to get. Raises
    `Refused`, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.SEND)
    message = await store.find(work, message_id, lock=True)
    if message is None:
        raise NotFound("There is no such message.", message_id=message_id)
    if message.secret or message.text is None:
        raise Refused("A code or password is not sent twice. Send a new one.")
    if message.state in (model.State.QUEUED, model.State.DEFERRED):
        raise Refused("This message is still waiting to be sent.")
    using = await get_template(work, message.template)
    reach = await _reach(work, message.customer_id)
    again = message.address
    if message.reason in (model.Reason.NO_ADDRESS, model.Reason.BOUNCED, model.Reason.REFUSED):
        found = model.pick((message.channel,), emails=reach.emails, phones=reach.phones)
        again = found[1] if found else ""
    if not again:
        raise Refused("There is no number or address to send this to. Record one first.")
    if message.kind == model.MARKETING and not await customers.has_consent(
        work, message.customer_id, model.MARKETING
    ):
        raise Refused("This customer does not want offers. It is not sent.")
    return await _put(
        work,
        msgspec.structs.replace(
            message, id=new_id(), address=again, key=None, state=model.State.QUEUED, reason=None,
            detail="", attempts=0, created_at=work.now, send_at=work.now,
            expires_at=work.now + using.lifetime, sent_at=None, delivered_at=None, wire_id=None,
            resend_of=message.id, actor_name=work.actor.name,
        ),
    )  # fmt: skip


async def set_site(work: UnitOfWork, url: str) -> None:
    """Say where the customers' site is reached, for links in messages."""
    work.actor.require(permissions.MANAGE)
    await store.put_site_url(work, url)


async def get_template(work: UnitOfWork, name: str) -> model.Template:
    """The template in force. Raises `UnknownTemplate`."""
    found = await store.find_template(work, name)
    if found is None:
        raise model.UnknownTemplate("There is no template “{name}”.", name=name[:60])
    return found


async def _reach(work: UnitOfWork, customer_id: UUID) -> customers.Reach:
    if customer_id == NIL:
        return customers.Reach(language="zh", emails=(), phones=())
    reach = await customers.reach(work, customer_id)
    if reach is None:
        raise NotFound("There is no such customer.", customer_id=customer_id)
    return reach


def _where(
    using: model.Template, reach: customers.Reach, channel: str | None, address: str | None
) -> tuple[model.Medium, str]:
    """What carries it and where to; an empty address when there is none."""
    order = using.channels
    if channel is not None:
        order = (customers.choice(model.Medium, channel, field="channel"),)
        if order[0] not in using.channels:
            raise Invalid(
                "The template “{template}” is not worded for {channel}.",
                field="channel",
                template=using.name,
                channel=channel,
            )
    if address:
        fit = model.Medium.EMAIL if "@" in address else model.Medium.SMS
        return (fit if fit in order else order[0]), address
    return model.pick(order, emails=reach.emails, phones=reach.phones) or (order[0], "")


async def _why_not(
    work: UnitOfWork, customer_id: UUID, using: model.Template
) -> model.Reason | None:
    if using.kind == model.MARKETING and not await customers.has_consent(
        work, customer_id, model.MARKETING
    ):
        return model.Reason.NO_CONSENT
    if using.limit_count:
        await store.hold_customer(work, customer_id, using.name)
        since = work.now - model.hours(using.limit_hours)
        if await store.count_since(work, customer_id, using.name, since) >= using.limit_count:
            return model.Reason.TOO_OFTEN
    return None


def _made(
    work: UnitOfWork,
    customer_id: UUID,
    using: model.Template,
    said: model.Said,
    *,
    medium: model.Medium,
    place: str,
    language: str,
    key: str | None,
    reason: model.Reason | None,
    wake: datetime | None,
    enclosed: str,
) -> model.Message:
    state = model.State.DEFERRED if wake else model.State.QUEUED
    start = wake or work.now
    return model.Message(
        customer_id=customer_id,
        id=new_id(),
        template=using.name,
        version=using.version,
        kind=using.kind,
        channel=medium,
        address=place,
        language=language,
        subject=said.subject,
        text=said.text,
        urgent=using.urgent,
        secret=using.secret,
        key=key,
        state=model.State.SUPPRESSED if reason else state,
        reason=reason,
        detail="",
        attempts=0,
        created_at=work.now,
        send_at=start,
        expires_at=start + using.lifetime,
        sent_at=None,
        delivered_at=None,
        wire_id=None,
        resend_of=None,
        actor_name=work.actor.name,
        enclosed=enclosed,
    )


async def _put(work: UnitOfWork, message: model.Message) -> model.Message:
    if not await store.add(work, message):
        assert message.key is not None
        known = await store.find_by_key(work, message.customer_id, message.key)
        assert known is not None
        return known
    if message.secret:
        await work.later(FORGET, {}, run_at=message.expires_at, key=str(message.id))
    if message.reason is not None:
        work.record(
            events.MessageSuppressed(
                customer_id=message.customer_id,
                message_id=message.id,
                template=message.template,
                why=message.reason.value,
            )
        )
    else:
        work.record(
            events.MessageQueued(
                customer_id=message.customer_id,
                message_id=message.id,
                template=message.template,
                medium=message.channel.value,
            )
        )
    return message
