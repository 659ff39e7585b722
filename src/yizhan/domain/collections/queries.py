"""Reading collections: where an account stands, the board, why a line is stopped."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from yizhan.domain import billing, customers
from yizhan.domain.collections import credit_store, permissions, store
from yizhan.domain.collections.credit import Life
from yizhan.domain.collections.flow import Step
from yizhan.domain.collections.model import Dunning, Rule
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


class LateFees(msgspec.Struct, frozen=True, kw_only=True):
    """The late fees of one bill: days, the most that was overdue, what was charged, in fen."""

    bill_id: UUID
    first_day: date
    last_day: date
    fee_fen: int
    base_fen: int


class LateFee(msgspec.Struct, frozen=True, kw_only=True):
    """The late fee of one bill while the same was overdue: ``permille`` of ``base_fen`` a day."""

    first_day: date
    last_day: date
    days: int
    permille: int
    base_fen: int
    fee_fen: int


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account on the board."""

    dunning: Dunning
    account: customers.Account
    customer_name: str


class StepCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many accounts stand at a step, and what they owe overdue."""

    step: Step
    accounts: int
    overdue_fen: int


async def standing(work: UnitOfWork, account_id: UUID) -> Dunning | None:
    """Where a post-paid account stands; None when it never owed. A customer sees his own."""
    row = await store.find(work.db, account_id)
    if work.actor.kind is ActorKind.CUSTOMER:
        if row is not None and row.customer_id != work.actor.id:
            raise NotFound("There is no such billing account.")
    else:
        work.actor.require(permissions.READ)
    return row


async def credit_of(work: UnitOfWork, account_id: UUID) -> Life | None:
    """How a prepaid account stands; None when nothing was paid or used yet."""
    life = await credit_store.find(work.db, account_id)
    if work.actor.kind is ActorKind.CUSTOMER:
        if life is not None and life.customer_id != work.actor.id:
            raise NotFound("There is no such billing account.")
    else:
        work.actor.require(permissions.READ)
    return life


async def late_fees(work: UnitOfWork, account_id: UUID) -> Sequence[LateFees]:
    """The late fees of an account by bill, newest first."""
    row = await standing(work, account_id)
    if row is None:
        return []
    found = await store.late_fees_between(work.db, row.customer_id, account_id, 24)
    return [
        LateFees(bill_id=bill, first_day=first, last_day=last, fee_fen=fee, base_fen=base)
        for bill, first, last, fee, base in found
    ]


async def late_fee_of(work: UnitOfWork, bill: billing.Bill) -> Sequence[LateFee]:
    """What was charged for paying this bill late, oldest first: as much as was overdue in turn.

    Whoever could read the bill may know; it carries no permission of its own.
    """
    found = await store.late_fee_of(work.db, bill.customer_id, bill.account_id, bill.id)
    return [
        LateFee(
            first_day=first, last_day=last, days=days, permille=permille, base_fen=base, fee_fen=fee
        )
        for first, last, days, permille, base, fee in found
    ]


async def list_rules(work: UnitOfWork) -> Sequence[Rule]:
    """The rules by priority."""
    work.actor.require(permissions.READ)
    return await store.list_rules(work.db)


async def count_steps(work: UnitOfWork) -> Sequence[StepCount]:
    """The board's columns, in the order of the steps."""
    work.actor.require(permissions.READ)
    found = {step: (accounts, fen) for step, accounts, fen in await store.count_steps(work.db)}
    return [
        StepCount(step=step, accounts=found[step][0], overdue_fen=found[step][1])
        for step in Step
        if step in found
    ]


async def list_board(
    work: UnitOfWork, *, step: Step | None = None, held: bool = False, limit: int = 100
) -> Sequence[BoardRow]:
    """Accounts that are dunned: what waits for a person first, then by the next act."""
    work.actor.require(permissions.READ)
    rows = await store.list_board(
        work.db, step=step.value if step else None, held=held, limit=min(limit, 500), now=work.now
    )
    accounts = {
        one.id: one
        for one in await customers.list_accounts_by_id(work, [row.account_id for row in rows])
    }
    found = []
    for row in rows:
        customer = await customers.get(work, row.customer_id)
        found.append(
            BoardRow(dunning=row, account=accounts[row.account_id], customer_name=customer.name)
        )
    return found
