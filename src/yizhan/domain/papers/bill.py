"""The sheet of a bill: the same words and figures as on the pages, ready to be printed."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import segno

from yizhan.domain import billing, customers, payments
from yizhan.domain.papers.labels import (
    BILL,
    BILL_SAID,
    COMMON,
    PAYMENT_COLUMNS,
    RECORD_COLUMNS,
)
from yizhan.domain.papers.model import Letterhead, Sheet, grouped, money, month_words
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork

RECORDS_MAX = 3000
"""Records of a line that are printed; the pages show every one."""
PAYMENTS_MAX = 8
BARS = 6


async def bill(
    work: UnitOfWork,
    customer_id: UUID,
    bill_id: UUID,
    *,
    language: str,
    head: Letterhead,
    itemised: bool = False,
) -> Sheet:
    """The sheet of one bill; *itemised* with every record behind it.

    Raises ``NoSuchBill``, and ``Forbidden`` as reading the bill (and the records) does.
    """
    found = await billing.get_bill(work, customer_id, bill_id)
    said = await billing.explain(work, found, language)
    customer = await customers.get(work, customer_id)
    account = await customers.get_account(work, found.account_id)
    last = found.period_end - timedelta(days=1)
    month = month_words(found.period_start, language)
    title = _say("title", language, month=month)
    data: dict[str, Any] = {
        "lang": language,
        "title": title,
        "keywords": [found.number, account.number],
        "operator": head.operator[language],
        "hotline": COMMON["hotline"][language],
        "footer": f"{found.number} · "
        + COMMON["printed"][language].format(day=f"{work.today:%Y-%m-%d}"),
        "labels": _labels(language),
        "period": _say("period", language, first=found.period_start, last=last),
        "facts": [
            [_say("customer", language), customer.name],
            [_say("account", language), account.number],
            [_say("number", language), found.number],
            [_say("issued", language), f"{found.issued_at.astimezone(work.zone):%Y-%m-%d}"],
            *([[_say("tax", language), money(found.tax_fen)]] if found.tax_fen else []),
        ],
        "total": money(found.total_fen),
        "closing": list(said.closing[1:]),
        "due": _due(found, account, language),
        "against": await _against(work, found, language),
        "bars": await _bars(work, found, language),
        "parts": [_part(one, language) for one in said.parts],
        "minimum": " ".join(_minimum(line, language) for line in _minimums(found)),
        "payments": await _payments(work, found, language),
        "pay": _pay(found, account, head, language),
        "records": await _records(work, found, said, language) if itemised else [],
    }
    return Sheet(template="bill", data=data, file_name=f"bill-{found.number}.pdf", moment=work.now)


def _say(name: str, language: str, **facts: object) -> str:
    return BILL_SAID[name][language].format(**facts)


def _labels(language: str) -> dict[str, Any]:
    return {name: text[language] for name, text in BILL.items()} | {
        "payment_columns": [text[language] for text in PAYMENT_COLUMNS],
        "record_columns": [text[language] for text in RECORD_COLUMNS],
    }


def _due(found: billing.Bill, account: customers.Account, language: str) -> str:
    if found.open_fen:
        name = "overdue" if found.state == "overdue" else "due"
        return _say(name, language, open=money(found.open_fen), due=found.due_date)
    prepaid = account.payment_kind is customers.PaymentKind.PREPAID
    return _say("prepaid" if prepaid else "paid", language)


async def _against(work: UnitOfWork, found: billing.Bill, language: str) -> dict[str, Any] | None:
    previous = await billing.find_previous(work, found)
    if previous is None:
        return None
    compared = await billing.compare(work, found, previous, language)
    more = "+" if compared.difference > 0 else ""
    return {
        "difference": more + money(compared.difference),
        "words": _say(
            "before",
            language,
            month=month_words(previous.period_start, language),
            total=money(previous.total_fen),
        ),
        "changes": [one.words for one in compared.changes],
    }


async def _bars(work: UnitOfWork, found: billing.Bill, language: str) -> list[dict[str, Any]]:
    bills = await billing.list_bills(
        work, found.customer_id, account_id=found.account_id, limit=BARS, before=found.period_end
    )
    return [
        {
            "month": f"{one.period_start.month} 月"
            if language == "zh"
            else f"{one.period_start:%b}",
            "fen": max(0, one.total_fen),
            "yuan": str((one.total_fen + 50) // 100),
            "now": one.id == found.id,
        }
        for one in reversed(bills)
    ]


def _part(one: billing.Part, language: str) -> dict[str, Any]:
    return {
        "name": grouped(one.number) if one.number else _say("account_itself", language),
        "total": money(one.total),
        "steps": [
            {
                "words": step.words,
                "amount": money(step.amount),
                "minimum": step.line is not None and step.line.kind == "minimum",
            }
            for step in one.steps
        ],
    }


def _minimums(found: billing.Bill) -> list[billing.BillLine]:
    return [line for line in found.lines if line.kind == "minimum" and line.amount > 0]


def _minimum(line: billing.BillLine, language: str) -> str:
    return _say(
        "minimum",
        language,
        base=money(int(line.facts.get("base", 0))),
        counted=money(int(line.facts.get("counted", 0))),
        amount=money(line.amount),
    )


async def _payments(work: UnitOfWork, found: billing.Bill, language: str) -> list[list[str]]:
    """What was paid on the account since the period began, the newest first."""
    if not work.actor.may("payments.read"):
        return []
    rows = []
    for one in await payments.list_of_customer(work, found.customer_id, limit=50):
        day = one.at.astimezone(work.zone).date()
        if one.account_id != found.account_id or day < found.period_start:
            continue
        back = one.kind != "payment"
        remark = _say("reversal", language) if back else ""
        remark = remark or (_say("taken_back", language) if one.reversed_by else "")
        amount = money(-one.amount if back else one.amount)
        rows.append([f"{day:%Y-%m-%d}", one.receipt + remark, amount])
    return rows[:PAYMENTS_MAX]


def _pay(
    found: billing.Bill, account: customers.Account, head: Letterhead, language: str
) -> dict[str, str] | None:
    if not found.open_fen or not head.site or account.status != "active":
        return None
    url = f"{head.site}/my/pay?account={account.id}&amount={yuan(found.open_fen)}"
    return {
        "code": code_of(url),
        "alt": _say("pay_alt", language, url=url),
        "amount": _say("pay_amount", language, open=money(found.open_fen)),
        "words": _say("pay_words", language),
    }


def code_of(url: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode("ascii")


async def _records(
    work: UnitOfWork, found: billing.Bill, said: billing.Explanation, language: str
) -> list[dict[str, Any]]:
    lists = []
    for part in said.parts:
        if part.line_id is None:
            continue
        costs = await billing.records(work, found, part.line_id, language, limit=RECORDS_MAX + 1)
        if costs:
            more = len(costs) > RECORDS_MAX
            lists.append(
                {
                    "number": grouped(part.number),
                    "rows": [_record(work, one) for one in costs[:RECORDS_MAX]],
                    "more": _say("more", language, count=RECORDS_MAX) if more else "",
                }
            )
    return lists


def _record(work: UnitOfWork, one: billing.RecordCost) -> list[str]:
    used = one.usage
    at = f"{used.at.astimezone(work.zone):%m-%d %H:%M:%S}" if used else "–"
    peer = grouped(used.peer or used.partner or "") if used else ""
    arithmetic = "; ".join(one.arithmetic)
    return [
        at,
        f"{peer} {one.place}".strip(),
        one.quantity,
        f"{one.rule_words} · {arithmetic}" if arithmetic else one.rule_words,
        one.share,
    ]
