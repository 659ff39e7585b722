"""Reading invoices, and how much of what was paid may still be invoiced."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from yizhan.domain import billing, payments
from yizhan.domain.invoices import model, permissions, store
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork

NOT_OURS = ("voucher",)
"""Recharge cards are invoiced where they were sold."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice is about: its account, number, what it came to and the tax in it, in fen."""

    customer_id: UUID
    id: UUID
    account_id: UUID
    number: str
    worth: int
    tax: int


def may_read(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer sees his own invoices; anybody else needs the right."""
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id:
        return
    work.actor.require(permissions.READ)


async def thing(
    work: UnitOfWork, customer_id: UUID, subject: model.Subject, subject_id: UUID
) -> Thing:
    """A bill that is paid, or a payment that stands. Raises ``NotPaid``, ``NoInvoice``."""
    if subject is model.Subject.BILL:
        return await _bill(work, customer_id, subject_id)
    return await _payment(work, customer_id, subject_id)


async def _bill(work: UnitOfWork, customer_id: UUID, bill_id: UUID) -> Thing:
    bill = await billing.get_bill(work, customer_id, bill_id)
    if bill.open_fen:
        raise model.NotPaid(
            "Bill {number} is not paid yet: {open} yuan are open. An invoice is issued over what"
            " was paid.",
            number=bill.number,
            open=yuan(bill.open_fen),
        )
    return Thing(
        customer_id=customer_id,
        id=bill.id,
        account_id=bill.account_id,
        number=bill.number,
        worth=max(0, bill.total_fen),
        tax=bill.tax_fen,
    )


async def _payment(work: UnitOfWork, customer_id: UUID, payment_id: UUID) -> Thing:
    one = await payments.get_receipt(work, customer_id, payment_id)
    if one.kind != "payment" or one.reversed_by is not None:
        raise model.NoInvoice("This payment was taken back: there is nothing to invoice.")
    if one.method in NOT_OURS:
        raise model.NoInvoice("A recharge card is invoiced where it was sold. Ask there.")
    return Thing(
        customer_id=customer_id,
        id=one.id,
        account_id=one.account_id,
        number=one.receipt,
        worth=one.amount,
        tax=0,
    )


async def paid(work: UnitOfWork, customer_id: UUID, account_id: UUID) -> int:
    """Fen paid on an account that an invoice may be about: less cards, less what went back."""
    taken = await payments.paid_on(work, customer_id, account_id, without=NOT_OURS)
    return taken - await store.went_back(work, customer_id, account_id)


async def room(work: UnitOfWork, about: Thing) -> model.Room:
    """How much may still be invoiced about a thing."""
    row = await store.invoiced(work, about.customer_id, about.account_id, about.id)
    return model.Room(
        worth=about.worth,
        invoiced=row["about"],
        paid=await paid(work, about.customer_id, about.account_id),
        invoiced_in_all=row["in_all"],
    )


async def get(work: UnitOfWork, customer_id: UUID, invoice_id: UUID) -> model.Invoice:
    """One invoice. Raises ``NoSuchInvoice``."""
    may_read(work, customer_id)
    one = await store.find(work, customer_id, invoice_id)
    if one is None:
        raise model.NoSuchInvoice("There is no such invoice.", invoice_id=invoice_id)
    return one


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[model.Invoice]:
    """A customer's invoices, red ones too, newest first; *before* is the last id already seen."""
    may_read(work, customer_id)
    return await store.list_of_customer(work, customer_id, limit=limit, before=before)


async def last_title(work: UnitOfWork, customer_id: UUID) -> model.Title | None:
    """Whom the last invoice was made out to, to begin the next one with."""
    for one in await list_of_customer(work, customer_id, limit=1):
        return model.Title(kind=one.title_kind, name=one.title, taxpayer=one.taxpayer)
    return None
