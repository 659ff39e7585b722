"""What we write when a neighbour tells: the e-bill of a bill that was issued."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.messages import model, service, store
from yizhan.platform import events as log
from yizhan.platform.work import UnitOfWork

_MEDIA = {
    customers.BillMedium.EMAIL: model.Medium.EMAIL,
    customers.BillMedium.SMS: model.Medium.SMS,
}


async def send_bill(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Send the amount of a new bill, where the account's bills go by e-mail or text message.

    Bills whose day of payment is over, as of months gone by that are run again, are not news.
    """
    told = await log.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    bill = told.payload
    if date.fromisoformat(bill["due_date"]) < work.today:
        return
    account = await customers.get_account(work, UUID(bill["account_id"]))
    medium = _MEDIA.get(account.bill_medium)
    if medium is None:
        return
    last_day = date.fromisoformat(bill["period_end"]) - timedelta(days=1)
    await service.send(
        work,
        customer_id=told.customer_id,
        template="bill_ready",
        facts={
            "month": f"{last_day:%Y-%m}",
            "number": bill["number"],
            "total_fen": bill["total_fen"],
            "due_date": bill["due_date"],
            "link": f"{await store.site_url(work)}/my/bills/{bill['bill_id']}",
        },
        channel=medium,
        key=f"bill/{bill['bill_id']}",
    )


REACTIONS = {"billing.bill_issued": (send_bill,)}
