"""Between the outbox and the wires: what is due is leased, and what the wire said is written."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from yizhan.domain import customers
from yizhan.domain.messages import events, model, store
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

LEASE = timedelta(minutes=2)
"""Longer than any wire may take over one message."""


async def claim(
    work: UnitOfWork, media: Sequence[str], *, limit: int = 10
) -> Sequence[model.Message]:
    """Lease what is due on these media; what is of no use any more ends here instead.

    Whoever is killed with a leased message leaves it to the next one when the lease is over.
    """
    ready = []
    for message in await store.claim(work, media, lease=LEASE, limit=limit):
        if message.expires_at <= work.now:
            await _fail(work, message, model.Reason.EXPIRED, message.detail)
        elif message.kind == model.MARKETING and not await customers.has_consent(
            work, message.customer_id, model.MARKETING
        ):
            await _suppress(work, message, model.Reason.NO_CONSENT)
        else:
            ready.append(message)
    return ready


async def settle(work: UnitOfWork, message: model.Message, outcome: model.Outcome) -> bool:
    """Write what the wire said of a claimed message; False when it is another's by now."""
    if not await store.hold_claimed(work, message):
        return False
    await store.add_reply(work, message, outcome.kind, outcome.text)
    match outcome.kind:
        case "taken":
            await store.set_state(
                work,
                message,
                model.State.SENT,
                detail=outcome.text,
                wire_id=outcome.wire_id or None,
            )
            work.record(
                events.MessageSent(
                    customer_id=message.customer_id,
                    message_id=message.id,
                    template=message.template,
                    medium=message.channel.value,
                )
            )
        case "refused":
            await _fail(work, message, model.Reason.REFUSED, outcome.text)
            await _other_way(work, message)
        case "later":
            await _set_back(work, message, outcome.text)
    return True


async def receipt(work: UnitOfWork, *, wire_id: str, arrived: bool, text: str) -> bool:
    """The wire tells, later, what became of a message it took; False when it is not ours.

    Told twice it counts once; a message that bounced does not arrive afterwards.
    """
    message = await store.find_by_wire(work, wire_id)
    if message is None:
        return False
    if message.state not in (model.State.SENT, model.State.DELIVERED):
        return True
    if arrived and message.state is model.State.DELIVERED:
        return True
    await store.add_reply(work, message, "arrived" if arrived else "bounced", text)
    if arrived:
        await store.set_state(work, message, model.State.DELIVERED, detail=text)
        work.record(
            events.MessageDelivered(
                customer_id=message.customer_id,
                message_id=message.id,
                template=message.template,
                medium=message.channel.value,
            )
        )
    else:
        await _fail(work, message, model.Reason.BOUNCED, text)
        await _other_way(work, message)
    return True


async def _set_back(work: UnitOfWork, message: model.Message, why: str) -> None:
    again = work.now + model.back_off(message.attempts, urgent=message.urgent)
    if message.attempts >= model.ATTEMPTS_MAX or again >= message.expires_at:
        await _fail(work, message, model.Reason.EXPIRED, why)
        await _other_way(work, message)
        return
    wake = None
    if not message.urgent:
        wake = model.wake_at(again, await store.policy(work), work.zone)
    state = model.State.DEFERRED if wake else model.State.QUEUED
    await store.set_back(work, message, state, wake or again, why)


async def _fail(
    work: UnitOfWork, message: model.Message, reason: model.Reason, detail: str
) -> None:
    await store.set_state(work, message, model.State.FAILED, reason=reason, detail=detail)
    work.record(
        events.MessageFailed(
            customer_id=message.customer_id,
            message_id=message.id,
            template=message.template,
            medium=message.channel.value,
            why=reason.value,
        )
    )


async def _suppress(work: UnitOfWork, message: model.Message, reason: model.Reason) -> None:
    await store.set_state(work, message, model.State.SUPPRESSED, reason=reason)
    work.record(
        events.MessageSuppressed(
            customer_id=message.customer_id,
            message_id=message.id,
            template=message.template,
            why=reason.value,
        )
    )


async def _other_way(work: UnitOfWork, message: model.Message) -> None:
    """Where one channel ends, the next one of the template's order takes the words on."""
    using = await store.find_template(work, message.template, message.version)
    if using is None or message.customer_id == NIL or message.secret:
        return
    left = using.channels[using.channels.index(message.channel) + 1 :]
    reach = await customers.reach(work, message.customer_id)
    way = model.pick(left, emails=reach.emails, phones=reach.phones) if reach else None
    if way is None or message.expires_at <= work.now:
        return
    other = msgspec.structs.replace(
        message, id=new_id(), channel=way[0], address=way[1], key=None, detail="", attempts=0,
        state=model.State.QUEUED, reason=None, created_at=work.now, send_at=work.now,
        sent_at=None, delivered_at=None, wire_id=None, resend_of=message.id,
    )  # fmt: skip
    await store.add(work, other)
    work.record(
        events.MessageQueued(
            customer_id=other.customer_id,
            message_id=other.id,
            template=other.template,
            medium=other.channel.value,
        )
    )
