"""Points go back with the payment that earned them.

The rule: a bill that is open again because a payment was reversed loses the points it gave. They
are taken from what the customer has, those that end first first. What he has spent already is not
asked for in money, nor is the reward taken away: it is owed in points, and points earned later pay
it before they can be spent. Paid again, the bill gives its points again.
"""

from uuid import UUID

from yizhan.domain import billing, customers, ledger
from yizhan.domain.club import permissions, store
from yizhan.domain.club.events import PointsTakenBack
from yizhan.domain.club.model import draw
from yizhan.domain.ledger import Entry
from yizhan.platform.work import UnitOfWork

BILLS = 200


async def payment_reversed(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, payment_id: UUID
) -> int:
    """Take back what the account's bills that are open again gave; how many points. Once."""
    work.actor.require(permissions.MANAGE)
    await customers.lock(work, customer_id)
    bills = await billing.list_bills(work, customer_id, limit=BILLS)
    again = [one.id for one in bills if one.account_id == account_id and one.open_fen > 0]
    points, count = await store.take_back_earned(work, customer_id, again, payment_id=payment_id)
    if not count:
        return 0
    await store.owe(work.db, customer_id, points)
    owed = await pay_owed(work, customer_id)
    work.record(
        PointsTakenBack(customer_id=customer_id, points=points, bills=count, owed_points=owed)
    )
    return points


async def pay_owed(work: UnitOfWork, customer_id: UUID) -> int:
    """Take what is owed from the points there are; what is owed still. The customer is held."""
    owed, done = await store.owed(work.db, customer_id)
    if not owed:
        return 0
    lots = await store.lots_of(work, customer_id)
    have = {day: left for day, left in lots.items() if day > work.today}
    taken = draw(have, min(owed, sum(have.values())))
    if not taken:
        return owed
    await ledger.transfer(
        work,
        *(
            Entry(
                customer_id=customer_id,
                debit=store.lot(customer_id, day),
                credit=store.POINTS,
                amount=part,
                kind="points_taken_back",
                key=f"points:back:{customer_id}:{done}:{day}",
            )
            for day, part in taken
        ),
    )
    paid = sum(part for _, part in taken)
    await store.pay_owed(work.db, customer_id, paid)
    return owed - paid
