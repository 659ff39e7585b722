"""Proving that the one in contact is the customer. Wrong tries are counted and lock the method."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from yizhan.domain import customers, messages
from yizhan.domain.contacts import events, model, permissions, queries, service, store
from yizhan.kernel import phone
from yizhan.kernel.actor import SYSTEM, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, Refused
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork, Works

_hasher = PasswordHasher()


async def weigh(
    works: Works,
    *,
    method: str,
    evidence: Mapping[str, str],
    customer_id: UUID | None = None,
    contact_id: UUID | None = None,
) -> model.Weighed | None:
    """Do the slow part of a proof before the act: compare a service password, no connection held.

    Whose it is: *customer_id*, or the customer of *contact_id*. It decides and counts nothing;
    `verify` does, and takes the answer only while the same password is kept. None when there is
    nothing slow to do: another method, a locked one, no password, nobody known yet.
    """
    if method != model.Method.SERVICE_PASSWORD:
        return None
    said = model.evidence_text(evidence, "password")
    async with works.read(SYSTEM) as look:
        whose = customer_id
        if whose is None and contact_id is not None:
            contact = await store.find(look, contact_id)
            whose = contact.customer_id if contact is not None else None
        if whose is None or whose == NIL:
            return None
        now = await queries.standing(look, whose, model.Method.SERVICE_PASSWORD)
        hashed = await store.password_hash(look, whose)
    if now.locked_until is not None or hashed is None:
        return None
    right = await asyncio.to_thread(_matches, hashed, said)
    return model.Weighed(customer_id=whose, hash=hashed, right=right)


async def verify(
    work: UnitOfWork,
    contact_id: UUID,
    *,
    method: str,
    evidence: Mapping[str, str],
    weighed: model.Weighed | None = None,
) -> model.Verification:
    """Check a proof of who is in contact; right or wrong, it is kept on the contact.

    *evidence* by method: ``service_password`` {"password"}, ``document`` {"number"} (in full at a
    desk, at least the last four on the telephone), ``one_time_code`` {"code"}, ``call_back``
    {"contact_point_id"} of a number on record that was called back and answered. A wrong proof is
    an answer (``ok`` False), so that it counts; three lock the method for 24 hours.
    *weighed*: what `weigh` found of the same evidence, so that this act need not be slow.
    Raises `Locked`, `ContactOver`, `Invalid`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    contact = await service.lock_open(work, contact_id)
    if contact.customer_id == NIL:
        raise Refused("First say whose contact this is: find the customer and open his record.")
    chosen = _method(method)
    await customers.lock(work, contact.customer_id)
    now = await queries.standing(work, contact.customer_id, chosen)
    if now.locked_until is not None:
        raise model.Locked(
            "Too many wrong tries: this method is locked until {until}. Use another one.",
            until=f"{now.locked_until.astimezone(work.house.zone):%Y-%m-%d %H:%M}",
            locked_until=now.locked_until,
        )
    right = await _is_right(work, contact, chosen, evidence, weighed)
    await store.add_try(work, contact.customer_id, contact.id, chosen, right_one=right)
    after = await queries.standing(work, contact.customer_id, chosen)
    if right:
        await store.set_verified(work, contact, chosen)
        work.record(
            events.CallerVerified(
                customer_id=contact.customer_id, id=contact.id, method=chosen.value
            )
        )
    else:
        work.record(
            events.VerificationFailed(
                customer_id=contact.customer_id,
                id=contact.id,
                method=chosen.value,
                tries_left=after.tries_left,
            )
        )
    return model.Verification(
        ok=right, method=chosen, tries_left=after.tries_left, locked_until=after.locked_until
    )


def _method(said: str) -> model.Method:
    try:
        return model.Method(said)
    except ValueError:
        raise Invalid(
            "“{said}” is not a way to verify a caller: {known}.",
            field="method",
            said=said[:40],
            known=", ".join(model.Method),
        ) from None


async def _is_right(
    work: UnitOfWork,
    contact: model.Contact,
    method: model.Method,
    evidence: Mapping[str, str],
    weighed: model.Weighed | None,
) -> bool:
    match method:
        case model.Method.SERVICE_PASSWORD:
            said = model.evidence_text(evidence, "password")
            return await _password_is(work, contact.customer_id, said, weighed)
        case model.Method.DOCUMENT:
            said = model.evidence_text(evidence, "number")
            fit = await customers.document_matches(work, contact.customer_id, said)
            return fit == "full" or (fit == "last" and contact.channel not in model.AT_DESK)
        case model.Method.ONE_TIME_CODE:
            return await messages.check_code(
                work,
                customer_id=contact.customer_id,
                purpose=_purpose(contact),
                code=model.evidence_text(evidence, "code"),
            )
        case model.Method.CALL_BACK:
            said = model.evidence_text(evidence, "contact_point_id")
            points = await queries.call_back_points(work, contact)
            if all(str(point.id) != said for point in points):
                raise Refused(
                    "Only a number on record for at least {days} days before this contact may be "
                    "called back. Use another method.",
                    days=model.CALL_BACK_AGE.days,
                )
            return True


async def _password_is(
    work: UnitOfWork, customer_id: UUID, said: str, weighed: model.Weighed | None
) -> bool:
    """Whether *said* is the customer's service password; weighed anew only if it was changed."""
    hashed = await store.password_hash(work, customer_id)
    if hashed is None:
        raise Refused(
            "This customer has no service password yet. Use another method, then set one."
        )
    if weighed is not None and (weighed.customer_id, weighed.hash) == (customer_id, hashed):
        return weighed.right
    return await asyncio.to_thread(_matches, hashed, said)


def _matches(hashed: str, said: str) -> bool:
    try:
        return _hasher.verify(hashed, said)
    except (VerificationError, InvalidHashError):
        return False


async def set_service_password(
    work: UnitOfWork, customer_id: UUID, password: str, *, temporary: bool = False
) -> None:
    """Set or change the service password of a verified customer.

    Wrong tries with the old one no longer count. Raises `Invalid` for another form than six
    digits or one easy to guess, `NotVerified`.
    """
    if work.actor.kind is not ActorKind.CUSTOMER:
        work.actor.require(permissions.WRITE)
    elif work.actor.id != customer_id:
        raise Forbidden("A customer sets only his own service password.")
    await queries.require_verified(work, customer_id)
    customer = await customers.lock(work, customer_id)
    model.check_password_form(password, birth_digits=_birth_digits(customer))
    hashed = await asyncio.to_thread(_hasher.hash, password)
    await store.put_password(work, customer_id, hashed, temporary=temporary)
    await store.add_try(
        work, customer_id, work.contact_id, model.Method.SERVICE_PASSWORD, right_one=True
    )
    work.record(events.ServicePasswordSet(customer_id=customer_id, temporary=temporary))


async def reset_service_password(work: UnitOfWork, customer_id: UUID, *, send_to: str) -> None:
    """Give a verified customer a chance password, sent to *send_to*; he is to change it.

    Raises `NotVerified`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    fresh = _chance_password(_birth_digits(await customers.lock(work, customer_id)))
    await set_service_password(work, customer_id, fresh, temporary=True)
    await messages.send(
        work,
        customer_id=customer_id,
        template="temporary_password",
        facts={"password": fresh},
        channel=messages.Medium.SMS,
        address=phone.normalise(send_to),
    )


def _chance_password(birth_digits: str | None) -> str:
    while True:
        drawn = f"{secrets.randbelow(1_000_000):06d}"
        with suppress(Invalid):
            return model.check_password_form(drawn, birth_digits=birth_digits)


def _birth_digits(customer: customers.Customer) -> str | None:
    return f"{customer.birth_date:%Y%m%d}" if customer.birth_date else None


async def send_code(work: UnitOfWork, contact_id: UUID, *, number: str) -> str:
    """Send a one-time code to one of the customer's own numbers; the number, masked.

    Raises `Refused` for a number that is neither a line's nor a contact point's of his, and
    `messages.TooManyCodes`.
    """
    work.actor.require(permissions.WRITE)
    contact = await service.lock_open(work, contact_id)
    if contact.customer_id == NIL:
        raise Refused("First say whose contact this is: find the customer and open his record.")
    to = phone.normalise(number)
    if not await customers.is_own_number(work, contact.customer_id, to):
        raise Refused("{number} is not a number of this customer.", number=phone.mask(to))
    sent_to = await messages.send_code(
        work, customer_id=contact.customer_id, number=to, purpose=_purpose(contact)
    )
    work.record(events.CodeSent(customer_id=contact.customer_id, id=contact.id, sent_to=sent_to))
    return sent_to


def _purpose(contact: model.Contact) -> str:
    """What a code of this contact is good for: this contact."""
    return f"contact/{contact.id}"
