"""Reading the ledger: balances, transfers, sums of the house."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from yizhan.domain.ledger import store
from yizhan.domain.ledger.model import (
    ASSETS,
    Balance,
    Bucket,
    Holder,
    Movement,
    Transfer,
    held,
)
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork


async def balances_of(
    work: UnitOfWork, customer_id: UUID, account_id: UUID
) -> Mapping[Bucket, Balance]:
    """What a billing account holds, by bucket; a bucket never used reads zero."""
    rows = await work.db.fetch(
        "SELECT bucket, debits_posted, credits_posted, debits_pending, credits_pending"
        " FROM ledger_account WHERE customer_id = $1 AND account_id = $2",
        customer_id,
        account_id,
    )
    found = {bucket: Balance(bucket=bucket) for bucket in (Bucket.RECEIVABLE, Bucket.PREPAID)}
    return found | {one.bucket: one for one in map(store.balance_of_row, rows)}


async def balance_of(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, bucket: Bucket = Bucket.RECEIVABLE
) -> Balance:
    """One bucket of a billing account; zero if it was never used."""
    row = await work.db.fetchrow(
        "SELECT bucket, debits_posted, credits_posted, debits_pending, credits_pending"
        " FROM ledger_account WHERE customer_id = $1 AND id = $2",
        customer_id,
        held(customer_id, account_id, bucket).id,
    )
    return store.balance_of_row(row) if row else Balance(bucket=bucket)


async def balances_by_name(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, bucket: Bucket
) -> Mapping[str, Balance]:
    """The accounts of one bucket that are told apart by name, such as points by their last day."""
    rows = await work.db.fetch(
        "SELECT name, bucket, debits_posted, credits_posted, debits_pending, credits_pending"
        " FROM ledger_account WHERE customer_id = $1 AND account_id = $2 AND bucket = $3",
        customer_id,
        account_id,
        bucket.value,
    )
    return {row["name"]: store.balance_of_row(row) for row in rows}


async def balances_of_many(
    work: UnitOfWork, accounts: Collection[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, Bucket], Balance]:
    """What billing accounts, each as (customer, account), hold, by account and bucket."""
    rows = await work.db.fetch(
        "SELECT account_id, bucket, debits_posted, credits_posted, debits_pending,"
        " credits_pending FROM ledger_account WHERE (customer_id, account_id) IN"
        " (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
        [customer_id for customer_id, _ in accounts],
        [account_id for _, account_id in accounts],
    )
    return {(row["account_id"], Bucket(row["bucket"])): store.balance_of_row(row) for row in rows}


async def list_transfers(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Transfer]:
    """A customer's transfers, newest first."""
    rows = await work.db.fetch(
        f"SELECT {store.COLUMNS} FROM ledger_transfer WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [store.transfer_of(row) for row in rows]


async def list_earnings(
    work: UnitOfWork,
    customer_id: UUID,
    account_id: UUID,
    bucket: Bucket,
    *,
    without: Collection[str],
    limit: int = 1000,
) -> Sequence[Movement]:
    """What the house earned straight from one bucket of a billing account, newest first, but for
    transfers of the kinds *without*."""
    rows = await work.db.fetch(
        "SELECT t.at, t.kind, t.reference, t.amount AS debited FROM ledger_transfer t"
        " JOIN ledger_account a ON a.customer_id = $5 AND a.id = t.credit_account"
        " WHERE t.customer_id = $1 AND t.debit_account = $2 AND t.state = 'posted'"
        " AND t.kind <> ALL ($3::text[]) AND a.bucket = 'revenue'"
        " ORDER BY t.at DESC, t.id DESC LIMIT $4",
        customer_id,
        held(customer_id, account_id, bucket).id,
        list(without),
        limit,
        NIL,
    )
    return [Movement(**dict(row)) for row in rows]


async def list_movements(
    work: UnitOfWork,
    customer_id: UUID,
    account_id: UUID,
    bucket: Bucket,
    *,
    since: datetime,
    limit: int = 5000,
) -> Sequence[Movement]:
    """What moved one bucket of a billing account from *since* on, oldest first."""
    rows = await work.db.fetch(
        "SELECT at, kind, reference, CASE WHEN debit_account = $2 THEN amount ELSE -amount END"
        " AS debited FROM ledger_transfer WHERE customer_id = $1 AND at >= $3"
        " AND state = 'posted' AND $2 IN (debit_account, credit_account)"
        " ORDER BY at, id LIMIT $4",
        customer_id,
        held(customer_id, account_id, bucket).id,
        since,
        limit,
    )
    return [Movement(**dict(row)) for row in rows]


async def house_amount(
    work: UnitOfWork, holder: Holder, *, since: datetime, until: datetime
) -> int:
    """What an account of the house gained in ``[since, until)``, with the sign people expect."""
    assert holder.is_house
    net = await work.db.fetchval(
        "SELECT coalesce(sum(CASE WHEN credit_account = $1 THEN amount ELSE -amount END), 0)"
        " FROM ledger_transfer WHERE at >= $2 AND at < $3 AND state = 'posted'"
        " AND (credit_account = $1 OR debit_account = $1)",
        holder.id,
        since,
        until,
    )
    return -int(net) if holder.bucket in ASSETS else int(net)
