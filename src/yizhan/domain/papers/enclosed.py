"""What a letter encloses, made when the letter is handed over."""

from uuid import UUID

from yizhan.domain import billing, customers
from yizhan.domain.papers.bill import bill
from yizhan.domain.papers.invoice import invoice
from yizhan.domain.papers.model import Letterhead, Sheet
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


async def enclosed(
    work: UnitOfWork, customer_id: UUID, what: str, *, language: str, head: Letterhead
) -> Sheet | None:
    """The sheet named by ``bill/ID`` or ``invoice/ID``.

    None where the customer wants no bill enclosed, or the thing is no longer kept: the letter goes
    without it.
    """
    kind, _, ref = what.partition("/")
    try:
        if kind == "invoice":
            return await invoice(work, customer_id, UUID(ref), language=language, head=head)
        found = await billing.get_bill(work, customer_id, UUID(ref))
        account = await customers.get_account(work, found.account_id)
        if not account.bill_enclosed:
            return None
        return await bill(work, customer_id, found.id, language=language, head=head)
    except NotFound:
        return None
