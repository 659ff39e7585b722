"""Whose money a number is: the account a card is put on."""

from uuid import UUID

import msgspec

from yizhan.domain import customers, subscriptions
from yizhan.kernel import phone
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The account a number is paid from."""

    customer_id: UUID
    account_id: UUID
    number: str


async def find_target(work: UnitOfWork, number: str) -> Target:
    """Who is credited when *number* (of a line, or of a billing account) is recharged.

    Raises ``NotFound``, and ``Invalid`` for what is no number.
    """
    text = number.strip()
    if text and not text[0].isdigit() and text[0] != "+":
        account = await customers.get_account_by_number(work, text)
        return Target(customer_id=account.customer_id, account_id=account.id, number=account.number)
    wanted = phone.normalise(text)
    line = await subscriptions.find_line_by_number(work, wanted)
    if line is None:
        raise NotFound("No line of ours has the number {number}.", number=wanted, field="number")
    return Target(customer_id=line.payer_customer_id, account_id=line.account_id, number=wanted)
