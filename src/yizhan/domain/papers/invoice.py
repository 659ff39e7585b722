"""The sheet of an invoice, or of the red one that takes it back."""

from typing import Any
from uuid import UUID

from yizhan.domain import invoices
from yizhan.domain.papers.labels import (
    COMMON,
    INVOICE,
    INVOICE_COLUMNS,
    INVOICE_SAID,
    by_words,
)
from yizhan.domain.papers.model import Letterhead, Sheet, capitals, money
from yizhan.platform.work import UnitOfWork


async def invoice(
    work: UnitOfWork, customer_id: UUID, invoice_id: UUID, *, language: str, head: Letterhead
) -> Sheet:
    """The sheet of one invoice. Raises ``NoSuchInvoice``, ``Forbidden``."""
    one = await invoices.get(work, customer_id, invoice_id)
    said = {name: text[language] for name, text in INVOICE_SAID.items()}
    day = f"{one.issued_at.astimezone(work.zone):%Y-%m-%d}"
    sign = 1 if one.colour == "blue" else -1
    net = one.amount_fen - one.tax_fen
    data: dict[str, Any] = {
        "lang": language,
        "title": said[one.colour],
        "red": one.colour == "red",
        "keywords": [one.printed, one.subject_number],
        "operator": head.operator[language],
        "hotline": COMMON["hotline"][language],
        "footer": f"{one.printed} · {head.operator[language]}",
        "labels": {name: text[language] for name, text in INVOICE.items()}
        | {"columns": [text[language] for text in INVOICE_COLUMNS]},
        "under": said["number"].format(number=one.printed, day=day),
        "buyer": [
            [said["name"], one.title],
            [said["taxpayer"], one.taxpayer or said["person"]],
        ],
        "seller": [
            [said["name"], head.operator[language]],
            [said["taxpayer"], said["unregistered"]],
        ],
        "item": said[one.subject.value],
        "net": money(sign * net),
        "rate": _rate(net, one.tax_fen, said["untaxed"] if one.subject == "payment" else "–"),
        "tax": money(sign * one.tax_fen),
        "amount": money(one.signed),
        "amount_words": capitals(one.signed) if language == "zh" else f"{money(one.signed)} yuan",
        "facts": await _facts(work, one, said, language),
        "seal": said["seal"],
    }
    return Sheet(
        template="invoice", data=data, file_name=f"invoice-{one.printed}.pdf", moment=one.issued_at
    )


def _rate(net: int, tax: int, without: str) -> str:
    """The rate in whole percent, as it stands on invoices."""
    return f"{(200 * tax + net) // (2 * net)}%" if tax and net else without


async def _facts(
    work: UnitOfWork, one: invoices.Invoice, said: dict[str, str], language: str
) -> list[list[str]]:
    rows = [[said[f"about_{one.subject.value}"], one.subject_number]]
    if one.reverses is not None:
        blue = await invoices.get(work, one.customer_id, one.reverses)
        rows += [[said["reverses"], blue.printed], [said["reason"], one.reason]]
    if one.taken_back_by is not None:
        red = await invoices.get(work, one.customer_id, one.taken_back_by)
        rows.append([said["taken_back"], said["void"].format(number=red.printed)])
    return [*rows, [said["by"], by_words(one.actor_name, language)]]
