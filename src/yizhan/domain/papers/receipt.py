"""The sheet of a receipt, of a payment or of its reversal."""

from typing import Any
from uuid import UUID

from yizhan.domain import customers, payments
from yizhan.domain.papers.labels import COMMON, METHODS, RECEIPT, RECEIPT_SAID, by_words
from yizhan.domain.papers.model import Letterhead, Sheet, capitals, money
from yizhan.platform.work import UnitOfWork


async def receipt(
    work: UnitOfWork, customer_id: UUID, payment_id: UUID, *, language: str, head: Letterhead
) -> Sheet:
    """The sheet of one receipt. Raises ``NoSuchPayment``, ``Forbidden``."""
    one = await payments.get_receipt(work, customer_id, payment_id)
    customer = await customers.get(work, customer_id)
    account = await customers.get_account(work, one.account_id)
    said = {name: text[language] for name, text in RECEIPT_SAID.items()}
    signed = one.amount if one.kind == "payment" else -one.amount
    method = METHODS.get(one.method, METHODS["provider"])
    rows = [
        [said["at"], f"{one.at.astimezone(work.zone):%Y-%m-%d %H:%M:%S}"],
        [said["customer"], customer.name],
        [said["account"], account.number],
        [said["method"], method[language]],
        [said["owed"] if one.balance_after < 0 else said["left"], money(abs(one.balance_after))],
        [said["by"], by_words(one.actor_name, language)],
        *([[said["reason"], one.reason]] if one.reason else []),
    ]
    data: dict[str, Any] = {
        "lang": language,
        "title": said[one.kind],
        "keywords": [one.receipt, account.number],
        "operator": head.operator[language],
        "hotline": COMMON["hotline"][language],
        "footer": COMMON["printed"][language].format(day=f"{work.today:%Y-%m-%d}"),
        "labels": {name: text[language] for name, text in RECEIPT.items()},
        "under": f"{said['number']} {one.receipt}",
        "amount": money(signed),
        "amount_words": capitals(signed) if language == "zh" else "",
        "facts": rows,
        "note": said["taken_back"] if one.reversed_by else "",
    }
    return Sheet(
        template="receipt", data=data, file_name=f"receipt-{one.receipt}.pdf", moment=work.now
    )
