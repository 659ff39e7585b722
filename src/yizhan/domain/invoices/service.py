"""Issuing invoices over money that was paid, and taking them back when it goes, or was wrong."""

from uuid import UUID

import msgspec

from yizhan.domain import contacts, customers, messages
from yizhan.domain.invoices import model, permissions, queries, store
from yizhan.domain.invoices.events import InvoiceIssued, InvoiceTakenBack
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

REASON_MAX = 200


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants an invoice about: a bill or a payment, to whom, how much of it.

    Without ``amount_fen`` over all that is left.
    """

    customer_id: UUID
    subject: model.Subject
    subject_id: UUID
    title_kind: str
    title: str
    taxpayer: str = ""
    amount_fen: int | None = None


async def issue(work: UnitOfWork, wish: Wish, *, key: str) -> model.Invoice:
    """Issue an invoice, once for its *key*.

    Raises ``NotPaid``, ``TooMuch``, ``NoInvoice``, ``KeyReused``, ``Invalid`` naming the field.
    """
    await may_issue(work, wish.customer_id)
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    title = model.checked_title(wish.title_kind, wish.title, wish.taxpayer)
    about = await queries.thing(work, wish.customer_id, wish.subject, wish.subject_id)
    await store.hold_account(work, about.account_id)
    if known := await store.find_by_key(work, wish.customer_id, key):
        return _known(known, wish, title, key)
    amount = model.checked_amount(wish.amount_fen, await queries.room(work, about))
    year = work.today.year
    one = model.Invoice(
        customer_id=wish.customer_id,
        id=new_id(),
        account_id=about.account_id,
        colour="blue",
        year=year,
        number=await store.next_number(work, year),
        issued_at=work.now,
        subject=wish.subject,
        subject_id=wish.subject_id,
        subject_number=about.number,
        title_kind=title.kind,
        title=title.name,
        taxpayer=title.taxpayer,
        amount_fen=amount,
        tax_fen=model.tax_share(amount, about.worth, about.tax),
        reverses=None,
        reason="",
        key=key,
        actor_name=work.actor.name,
    )
    await store.add(work, one)
    work.record(
        InvoiceIssued(
            customer_id=one.customer_id,
            invoice_id=one.id,
            account_id=one.account_id,
            number=one.printed,
            amount_fen=amount,
            subject=one.subject.value,
            subject_number=one.subject_number,
        )
    )
    await _send(work, one)
    return one


async def may_issue(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer asks for his own; anybody else needs the right, and a verified caller."""
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id:
        return
    work.actor.require(permissions.ISSUE)
    await contacts.require_verified(work, customer_id)


def _known(one: model.Invoice, wish: Wish, title: model.Title, key: str) -> model.Invoice:
    wished = {
        "subject": wish.subject,
        "subject_id": wish.subject_id,
        "title": title.name,
        "taxpayer": title.taxpayer,
        "amount_fen": wish.amount_fen,
    }
    if not model.same_wish(one, wished):
        raise model.KeyReused("The key “{key}” already asked for another invoice.", key=key)
    return one


async def _send(work: UnitOfWork, one: model.Invoice) -> None:
    """The invoice by e-mail, where we have an address."""
    reach = await customers.reach(work, one.customer_id)
    if reach is None or not reach.emails:
        return
    await messages.send(
        work,
        customer_id=one.customer_id,
        template="invoice_issued",
        facts={"number": one.printed, "amount_fen": one.amount_fen},
        channel="email",
        key=f"invoice/{one.id}",
        enclosed=f"invoice/{one.id}",
    )


async def void(
    work: UnitOfWork, customer_id: UUID, invoice_id: UUID, *, reason: str
) -> model.Invoice:
    """Take an invoice back by a red one, so that a right one can be issued.

    Raises ``NoSuchInvoice``, ``AlreadyTakenBack``.
    """
    work.actor.require(permissions.VOID)
    await contacts.require_verified(work, customer_id)
    why = reason.strip()
    if not 1 <= len(why) <= REASON_MAX:
        raise Invalid("Say why, in 1 to {maximum} characters.", field="reason", maximum=REASON_MAX)
    one = await queries.get(work, customer_id, invoice_id)
    await store.hold_account(work, one.account_id)
    one = await queries.get(work, customer_id, invoice_id)
    if one.colour != "blue":
        raise model.AlreadyTakenBack("A red invoice cannot be taken back. Issue a new one.")
    if one.taken_back_by is not None:
        raise model.AlreadyTakenBack("Invoice {number} was taken back.", number=one.printed)
    return await take_back(work, one, why)


async def take_back(work: UnitOfWork, one: model.Invoice, reason: str) -> model.Invoice:
    """Write the red invoice of a blue one. The account is held."""
    year = work.today.year
    red = msgspec.structs.replace(
        one,
        id=new_id(),
        colour="red",
        year=year,
        number=await store.next_number(work, year),
        issued_at=work.now,
        reverses=one.id,
        reason=reason,
        key=f"red/{one.id}",
        actor_name=work.actor.name,
        taken_back_by=None,
    )
    await store.add(work, red)
    work.record(
        InvoiceTakenBack(
            customer_id=red.customer_id,
            invoice_id=red.id,
            account_id=red.account_id,
            number=red.printed,
            taken_back=one.printed,
            amount_fen=red.amount_fen,
            reason=reason,
        )
    )
    return red


async def follow_money(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, *, about: UUID | None, reason: str
) -> list[model.Invoice]:
    """Money went back: take back what was invoiced over it, so that no more is than was paid."""
    await store.hold_account(work, account_id)
    paid = await queries.paid(work, customer_id, account_id)
    standing = await store.standing(work, customer_id, account_id)
    return [
        await take_back(work, one, reason)
        for one in model.to_take_back(standing, paid=paid, about=about)
    ]
