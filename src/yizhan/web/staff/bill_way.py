"""How the bills of an account come, as it is chosen at the desk and on the customer's site."""

from uuid import UUID

from yizhan.domain import contacts, customers
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.terms import BILL_MEDIUM

WAYS = {**BILL_MEDIUM, "email_pdf": Text("电子邮件，附账单 PDF", "e-mail, with the bill as PDF")}


def way_of(account: customers.Account) -> str:
    """The way an account's bills come now."""
    medium = account.bill_medium.value
    return "email_pdf" if medium == "email" and account.bill_enclosed else medium


async def choose(work: UnitOfWork, customer_id: UUID, account_id: UUID, way: str) -> None:
    """Have the bills of one of the customer's own accounts come another way.

    The caller must be verified: a bill tells whom one calls. Raises ``NotVerified``, ``NotFound``,
    ``Invalid``.
    """
    await contacts.require_verified(work, customer_id)
    if way not in WAYS:
        raise Invalid("Choose one of the list.", field="way")
    if account_id not in {one.id for one in await customers.list_accounts(work, customer_id)}:
        raise NotFound("There is no such billing account.")
    await customers.change_account(
        work, account_id, bill_medium=way.removesuffix("_pdf"), bill_enclosed=way == "email_pdf"
    )
