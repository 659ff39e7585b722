"""Telling a customer how much of a cap, an allowance or his credit is used: each step once."""

from typing import Any
from uuid import UUID

from yizhan.domain import messages
from yizhan.domain.billing import Current
from yizhan.domain.customers import Account
from yizhan.domain.limits import events, store
from yizhan.domain.limits.model import (
    ALLOWANCE_STEPS,
    CAP_STEPS,
    MB,
    Cap,
    CapKind,
    Rule,
    Watch,
    amount_words,
    due_steps,
    percent_of,
    unit_words,
)
from yizhan.domain.limits.words import KIND, THEN
from yizhan.domain.rating import BucketLeft
from yizhan.domain.subscriptions import Line
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

FULL = 100


async def tell_cap(
    work: UnitOfWork, line: Line, cap: Cap, used: int, current: Current, told: set[int]
) -> None:
    """Say at 50, 80 and 100 % how much of a customer's own cap is used."""
    subject, start = f"cap:{cap.id}", current.period_start
    steps = due_steps(used, cap.amount, CAP_STEPS, told)
    if not steps or not await store.add_notices(
        work, line.customer_id, line.id, subject, start, steps, used=used, amount=cap.amount
    ):
        return
    step, number = steps[-1], line.number or ""
    said: dict[str, Any] = {
        "customer_id": line.customer_id,
        "line_id": line.id,
        "number": number,
        "percent": step,
    }
    if cap.kind is CapKind.SPEND:
        work.record(events.SpendCapTold(**said, used_fen=used, cap_fen=cap.amount))
    else:
        work.record(events.DataCapTold(**said, used_mb=used // MB, cap_mb=cap.amount // MB))
    stops = cap.stops_in(start)
    await messages.send(
        work,
        customer_id=line.customer_id,
        template="cap_reached" if step == FULL else "cap_notice",
        facts={
            "number": number,
            "what": KIND[cap.kind.value],
            "percent": percent_of(used, cap.amount),
            "used": amount_words(cap.kind, used),
            "cap": amount_words(cap.kind, cap.amount),
            "then": THEN[cap.kind.value if stops else "tell"],
        },
        key=f"{subject}:{start}:{step}",
    )


async def tell_allowance(
    work: UnitOfWork,
    line: Line,
    left: BucketLeft,
    name: Text,
    current: Current,
    told: set[int],
) -> None:
    """Say at 80 and 100 % how much of what the plan includes is used."""
    size = left.size + left.carried_in
    used = size - left.left
    subject = f"allowance:{left.allowance}"
    of_id = current.account_id if left.shared else line.id
    steps = due_steps(used, size, ALLOWANCE_STEPS, told)
    if not steps or not await store.add_notices(
        work, line.customer_id, of_id, subject, current.period_start, steps, used=used, amount=size
    ):
        return
    step, number = steps[-1], line.number or ""
    work.record(
        events.AllowanceTold(
            customer_id=line.customer_id,
            line_id=line.id,
            number=number,
            percent=step,
            allowance=left.allowance,
        )
    )
    await messages.send(
        work,
        customer_id=line.customer_id,
        template="allowance_used_up" if step == FULL else "allowance_notice",
        facts={
            "number": number,
            "allowance": name,
            "percent": percent_of(used, size),
            "used": unit_words(left.unit, used),
            "size": unit_words(left.unit, size),
        },
        key=f"{subject}:{of_id}:{current.period_start}:{step}",
    )


async def tell_credit(
    work: UnitOfWork, account: Account, watch: Watch, rule: Rule, *, exempt: bool, told: set[int]
) -> None:
    """Warn near the credit limit, and say what follows over it."""
    steps = [rule.warn_percent] if watch.credit_fen and watch.percent >= rule.warn_percent else []
    if watch.over:
        steps = [rule.warn_percent, FULL]
    steps = [one for one in steps if one > max(told, default=0)]
    subject = credit_subject(watch)
    if not steps or not await store.add_notices(
        work, account.customer_id, account.id, subject, watch.period_start, steps,
        used=watch.used_fen, amount=watch.credit_fen,
    ):  # fmt: skip
        return
    over = steps[-1] == FULL
    facts: dict[str, object] = {
        "number": account.number,
        "used_fen": watch.used_fen,
        "credit_fen": watch.credit_fen,
        "percent": watch.percent,
        "then": THEN["exempt" if exempt else "credit"],
    }
    _record_credit(work, account.customer_id, watch, over=over, exempt=exempt)
    await messages.send(
        work,
        customer_id=account.customer_id,
        template="credit_exceeded" if over else "credit_warning",
        facts=facts,
        key=f"{subject}:{account.id}:{watch.period_start}:{steps[-1]}",
    )


def _record_credit(
    work: UnitOfWork, customer_id: UUID, watch: Watch, *, over: bool, exempt: bool
) -> None:
    if over:
        work.record(
            events.CreditExceeded(
                customer_id=customer_id,
                account_id=watch.account_id,
                used_fen=watch.used_fen,
                credit_fen=watch.credit_fen,
                exempt=exempt,
            )
        )
        return
    work.record(
        events.CreditWarned(
            customer_id=customer_id,
            account_id=watch.account_id,
            percent=watch.percent,
            used_fen=watch.used_fen,
            credit_fen=watch.credit_fen,
        )
    )


def credit_subject(watch: Watch) -> str:
    """What notices of credit are kept under: who came under his limit again is told anew."""
    return f"credit:{watch.round}"
