"""What is personal: documents, consents, what is known of a customer, and who looked at it."""

from datetime import date
from uuid import UUID

from yizhan.domain.customers import events, model, permissions, queries, store
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

ATTRIBUTE_PURPOSE = "advice"
"""The purpose under which a customer's circumstances are asked for."""


async def set_consent(
    work: UnitOfWork, customer_id: UUID, purpose: str, *, granted: bool, origin: str
) -> model.Consent:
    """Keep the customer's word on a purpose. Withdrawing deletes what was known under it.

    *origin* says how he told us: ``call``, ``counter``, ``website``, ``paper`` … (R29).
    """
    work.actor.require(permissions.WRITE)
    await store.lock(work, customer_id)
    consent = model.Consent(
        purpose=model.clean_word(purpose, field="purpose"),
        granted=granted,
        origin=model.clean_word(origin, field="origin"),
        at=work.now,
    )
    await store.add_consent(work, customer_id, new_id(), consent)
    if granted:
        work.record(events.ConsentGranted(customer_id=customer_id, purpose=purpose, origin=origin))
        return consent
    gone = await store.delete_attributes_of_purpose(work, customer_id, purpose)
    work.record(
        events.ConsentWithdrawn(
            customer_id=customer_id, purpose=purpose, origin=origin, attributes_deleted=gone
        )
    )
    return consent


async def set_attribute(
    work: UnitOfWork,
    customer_id: UUID,
    name: str,
    value: str,
    *,
    origin: model.Origin,
    purpose: str | None = None,
) -> model.Attribute:
    """Keep something about the customer: ``student``, ``home_province``, ``age_band`` …

    What he was asked or what we concluded needs a consent given before, for *purpose* (default
    ``advice``). Raises `NeedsConsent`, `Invalid`, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    await store.lock(work, customer_id)
    if model.needs_consent(origin):
        purpose = purpose or ATTRIBUTE_PURPOSE
        if not await queries.has_consent(work, customer_id, purpose):
            raise model.NeedsConsent(
                "The customer has not agreed that we keep this for “{purpose}”. Ask, record the "
                "consent, then save again.",
                purpose=purpose,
            )
    text = value.strip()
    if not text or len(text) > model.VALUE_LENGTH_MAX:
        raise Invalid("The value is empty or too long.", field="value")
    attribute = model.Attribute(
        name=model.clean_word(name, field="attribute"),
        value=text,
        origin=origin,
        purpose=purpose,
        at=work.now,
    )
    await store.put_attribute(work, customer_id, attribute)
    work.record(events.AttributeSet(customer_id=customer_id, attribute=name, origin=origin.value))
    return attribute


async def add_document(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    kind: model.DocumentKind,
    number: str,
    valid_until: date | None = None,
    original_seen: bool,
    party_id: UUID | None = None,
) -> model.Document:
    """Record an identity document; its number is sealed and shown masked from here on."""
    work.actor.require(permissions.WRITE)
    customer = await store.lock(work, customer_id)
    cleaned = model.clean_document_number(kind, number)
    document = model.Document(
        customer_id=customer_id,
        id=new_id(),
        party_id=party_id or customer.party_id,
        kind=kind,
        number_masked=model.mask_document(cleaned),
        valid_until=valid_until,
        original_seen=original_seen,
        created_at=work.now,
    )
    safe = vault.current()
    fingerprint = safe.fingerprint(cleaned)
    await store.add_document(
        work,
        document,
        cipher=safe.seal(cleaned, bound_to=document.id.bytes),
        fingerprint=fingerprint,
    )
    await store.put_search_key(
        work,
        customer_id=customer_id,
        kind="document",
        key="#" + fingerprint.hex()[:32],
        label=document.number_masked,
        ref_id=document.id,
    )
    work.record(
        events.DocumentAdded(
            customer_id=customer_id,
            document_id=document.id,
            kind=kind.value,
            number_masked=document.number_masked,
            original_seen=original_seen,
        )
    )
    return document


async def reveal_document(
    work: UnitOfWork, customer_id: UUID, document_id: UUID, *, reason: str
) -> str:
    """A document's number in clear, for who may see it and says why; both are kept.

    Raises `Forbidden` without ``documents.read``, `Invalid` without a reason, `NotFound`.
    """
    work.actor.require(permissions.READ_DOCUMENTS)
    said = reason.strip()
    if not 3 <= len(said) <= 200:
        raise Invalid("Say in 3 to 200 characters why you need the number.", field="reason")
    found = await store.sealed_documents(work, customer_id, document_id)
    if not found:
        raise NotFound("There is no such document.", document_id=document_id)
    _, cipher, masked = found[0]
    await record_read(work, customer_id, "document")
    work.record(
        events.DocumentRevealed(
            customer_id=customer_id, document_id=document_id, number_masked=masked, reason=said
        )
    )
    return vault.current().unseal(cipher, bound_to=document_id.bytes)


async def document_matches(work: UnitOfWork, customer_id: UUID, said: str) -> str | None:
    """How *said* fits one of the customer's documents: ``full``, ``last`` or None.

    ``last`` needs at least four final characters. The caller counts wrong tries.
    """
    text = said.strip().upper().replace(" ", "").replace("-", "")
    if len(text) < 4:
        return None
    safe = vault.current()
    for document_id, cipher, _ in await store.sealed_documents(work, customer_id):
        number = safe.unseal(cipher, bound_to=document_id.bytes)
        if text == number:
            return "full"
        if len(text) < len(number) and number.endswith(text):
            return "last"
    return None


async def record_read(work: UnitOfWork, customer_id: UUID, what: str) -> None:
    """Keep that this actor looked at a customer's personal data: one cheap row."""
    await store.add_read(work, customer_id, new_id(), what)
