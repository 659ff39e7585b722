"""Terms, legal holds, and forgetting a customer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yizhan.domain import cases, contacts, customers, ledger, subscriptions, usage
from yizhan.domain.privacy import permissions, store
from yizhan.domain.privacy.events import (
    CustomerErased,
    ErasureAsked,
    ErasureTakenBack,
    HoldLifted,
    HoldPlaced,
)
from yizhan.domain.privacy.model import AGAIN, MONTHS_MAX, Erasure, Hold, cutoff, due_at
from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.keeping import Aged, Ended
from yizhan.platform.work import UnitOfWork

AGED: Sequence[Aged] = (*customers.AGED, *contacts.AGED, *usage.AGED)
ENDED: Sequence[Ended] = (*usage.ENDED, *cases.ENDED, *contacts.ENDED, *customers.ENDED)
MONEY_ROOMS = ["billing", "ledger", "payments", "privacy"]
"""Events of these say amounts and numbers of receipts; books are kept, and they name nobody."""

NIGHTLY = "privacy.nightly"
LET_GO = "privacy.let_go"
ERASE = "privacy.erase"
BATCH = 5_000
EVERY = timedelta(days=1)


async def set_term(work: UnitOfWork, name: str, months: int) -> None:
    """Keep something for so many months. Raises ``NotFound``, ``Invalid`` below the law's floor."""
    work.actor.require(permissions.MANAGE)
    one = aged(name)
    if not one.least <= months <= MONTHS_MAX:
        raise Invalid(
            "“{name}” must be kept between {least} and {most} months.",
            name=one.title,
            least=one.least,
            most=MONTHS_MAX,
            field="months",
        )
    await store.set_term(work.db, name, months, at=work.now, by=work.actor.name)


def aged(name: str) -> Aged:
    """What is kept under this name. Raises ``NotFound``."""
    one = next((one for one in AGED if one.name == name), None)
    if one is None:
        raise NotFound("Nothing is kept under the name “{name}”.", name=name[:80])
    return one


async def ask_for_all(work: UnitOfWork) -> None:
    """Have the workers let go of everything whose term is over."""
    own = await store.terms(work.db)
    for one in AGED:
        before = cutoff(work.now, own.get(one.name, one.months), work.zone)
        run_id = new_id()
        await store.add_run(work.db, run_id, one.name, before, work.now)
        args = {"run_id": run_id, "name": one.name, "before": before}
        await work.later(LET_GO, args, key=one.name)


async def let_go(work: UnitOfWork, run_id: UUID, name: str, before: datetime) -> int:
    """Let go of one batch and ask for the next; the rows that went. Raises ``NotFound``."""
    one = aged(name)
    gone = await one.let_go(work.db, before, await store.held(work.db), BATCH)
    await store.count_run(work.db, run_id, gone, done_at=None if gone else work.now)
    if gone:
        args = {"run_id": run_id, "name": name, "before": before}
        await work.later(LET_GO, args, key=f"{name}:{work.now.isoformat()}")
    return gone


async def nightly(work: UnitOfWork) -> None:
    """Look at every term and set the clock again."""
    await ask_for_all(work)
    await work.later(NIGHTLY, {}, run_at=work.now + EVERY, key="nightly")


async def place_hold(
    work: UnitOfWork, customer_id: UUID, *, authority: str, reference: str, reason: str = ""
) -> Hold:
    """Let nothing of a customer go, by order of an authority. Raises ``NotFound``, ``Invalid``."""
    work.actor.require(permissions.MANAGE)
    await customers.get(work, customer_id)
    if not authority.strip() or not reference.strip():
        raise Invalid("Say which authority asks for it, and under which reference.")
    hold = Hold(
        id=new_id(),
        customer_id=customer_id,
        authority=authority.strip()[:200],
        reference=reference.strip()[:200],
        reason=reason.strip()[:2000],
        placed_at=work.now,
        placed_by=work.actor.name,
        lifted_at=None,
        lifted_by="",
    )
    await store.add_hold(work.db, hold)
    work.record(
        HoldPlaced(
            customer_id=customer_id,
            hold_id=hold.id,
            authority=hold.authority,
            reference=hold.reference,
        )
    )
    return hold


async def lift_hold(work: UnitOfWork, hold_id: UUID) -> None:
    """End a hold. Raises ``NotFound``."""
    work.actor.require(permissions.MANAGE)
    hold = await store.lift_hold(work.db, hold_id, at=work.now, by=work.actor.name)
    if hold is None:
        raise NotFound("There is no such hold, or it was lifted already.")
    work.record(HoldLifted(customer_id=hold.customer_id, hold_id=hold.id, reference=hold.reference))


async def ask_for_erasure(work: UnitOfWork, customer_id: UUID) -> Erasure:
    """Have a customer forgotten as soon as the law lets us; can be taken back until then.

    Raises ``NotFound``; ``Refused`` with what stands against it; ``Conflict`` when one waits.
    """
    work.actor.require(permissions.MANAGE)
    await customers.get(work, customer_id)
    if reason := await obstacle(work, customer_id):
        raise Refused(reason)
    lines = await subscriptions.list_lines(work, customer_id, closed=True, limit=1000)
    one = Erasure(
        id=new_id(),
        customer_id=customer_id,
        asked_at=work.now,
        asked_by=work.actor.name,
        due_at=due_at(work.now, [line.closed_at for line in lines if line.closed_at]),
        state="waiting",
        put_off="",
        done_at=None,
        rows={},
    )
    if not await store.add_erasure(work.db, one):
        raise Conflict("This customer is to be forgotten already.")
    await work.later(
        ERASE,
        {"erasure_id": one.id, "customer_id": customer_id},
        run_at=one.due_at,
        key=str(one.id),
    )
    work.record(ErasureAsked(customer_id=customer_id, erasure_id=one.id, due_at=one.due_at))
    return one


async def take_back(work: UnitOfWork, erasure_id: UUID) -> None:
    """Do not forget the customer after all. Raises ``NotFound``, ``Conflict``."""
    work.actor.require(permissions.MANAGE)
    one = await store.lock_erasure(work.db, erasure_id)
    if one is None:
        raise NotFound("There is no such request.")
    if one.state != "waiting":
        raise Conflict("This request was done or taken back already.")
    await store.end_erasure(work.db, one.id, "taken_back", at=work.now, rows={})
    await work.cancel_later(ERASE, str(one.id))
    work.record(ErasureTakenBack(customer_id=one.customer_id, erasure_id=one.id))


async def erase(work: UnitOfWork, erasure_id: UUID) -> bool:
    """Forget a customer whose time has come; put off when something stands against it."""
    one = await store.lock_erasure(work.db, erasure_id)
    if one is None or one.state != "waiting":
        return False
    if reason := await obstacle(work, one.customer_id):
        until = work.now + AGAIN
        await store.put_off(work.db, one.id, reason, until=until)
        args = {"erasure_id": one.id, "customer_id": one.customer_id}
        await work.later(ERASE, args, run_at=until, key=f"{one.id}:{until.isoformat()}")
        return False
    gone = {each.name: await each.let_go(work.db, one.customer_id) for each in ENDED}
    gone["events"] = await store.blank_events(work.db, one.customer_id, MONEY_ROOMS)
    await store.end_erasure(work.db, one.id, "done", at=work.now, rows=gone)
    work.record(
        CustomerErased(customer_id=one.customer_id, erasure_id=one.id, rows=sum(gone.values()))
    )
    return True


async def obstacle(work: UnitOfWork, customer_id: UUID) -> str:
    """What stands against forgetting a customer, as a sentence; empty when nothing does."""
    if customer_id in await store.held(work.db):
        return "An authority ordered to keep everything of this customer."
    if await subscriptions.list_lines(work, customer_id, limit=1):
        return "The customer still has a line. Close it first."
    if any(await _open_balances(work, customer_id)):
        return "An account is not at zero. Settle it first."
    if await cases.list_of_customer(work, customer_id, open_only=True, limit=1):
        return "A case is still open. Close it first."
    return ""


async def _open_balances(work: UnitOfWork, customer_id: UUID) -> list[int]:
    return [
        balance.amount
        for account in await customers.list_accounts(work, customer_id)
        for balance in (await ledger.balances_of(work, customer_id, account.id)).values()
        if balance.bucket in (ledger.Bucket.RECEIVABLE, ledger.Bucket.PREPAID)
    ]
