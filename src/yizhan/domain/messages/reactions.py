"""What we write when a neighbour tells: the e-bill of a bill that was issued."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.messages import model, service, store
from yizhan.platform import events as log
from yizhan.platform.jobs import Together
from yizhan.platform.work import UnitOfWork

_MEDIA = {
    customers.BillMedium.EMAIL: model.Medium.EMAIL,
    customers.BillMedium.SMS: model.Medium.SMS,
}


async def send_bill(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Send the amount of a new bill, where the account's bills go by e-mail or text message.

    Bills whose day of payment is over, as of months gone by that are run again, are not news.
    """
    await send_bills(work, [args])


async def send_bills(work: UnitOfWork, jobs: Sequence[Mapping[str, Any]]) -> None:
    """The same for many bills; most accounts want nothing sent, and are passed over together."""
    told = [
        one
        for one in await log.get_told(work.db, jobs)
        if date.fromisoformat(one.payload["due_date"]) >= work.today
    ]
    if not told:
        return
    found = await customers.list_accounts_by_id(
        work, [UUID(one.payload["account_id"]) for one in told]
    )
    media = {str(one.id): _MEDIA[one.bill_medium] for one in found if one.bill_medium in _MEDIA}
    site = await store.site_url(work)
    for one in told:
        if medium := media.get(one.payload["account_id"]):
            await _send(work, one.customer_id, one.payload, medium, site)


async def _send(
    work: UnitOfWork, customer_id: UUID, bill: Mapping[str, Any], medium: model.Medium, site: str
) -> None:
    last_day = date.fromisoformat(bill["period_end"]) - timedelta(days=1)
    await service.send(
        work,
        customer_id=customer_id,
        template="bill_ready",
        facts={
            "month": f"{last_day:%Y-%m}",
            "number": bill["number"],
            "total_fen": bill["total_fen"],
            "due_date": bill["due_date"],
            "link": f"{site}/my/bills/{bill['bill_id']}",
        },
        channel=medium,
        key=f"bill/{bill['bill_id']}",
        enclosed=f"bill/{bill['bill_id']}",
    )


REACTIONS = {"billing.bill_issued": (send_bill,)}

TOGETHER: dict[str, Together] = {"messages.send_bill": send_bills}
