"""Opening balances: what an account has paid ahead or owes on the day it moves to us."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from yizhan.commands._importing.fields import Cells, Column
from yizhan.commands._importing.kinds import KEY, Item, Problem, unknown
from yizhan.commands._importing.rows import Row
from yizhan.domain import customers, ledger
from yizhan.domain.customers import Account, PaymentKind, Tally
from yizhan.domain.ledger import Bucket, Entry, held, house
from yizhan.kernel.errors import CareError, Invalid
from yizhan.platform.work import UnitOfWork

OPENING = house(Bucket.OPENING, "import")
"""The other side of every balance brought: its sum is what came in."""
_BUCKETS = {
    "deposit": Bucket.DEPOSIT,
    "gift": Bucket.GIFT,
    "points": Bucket.POINTS,
}
_OPENING_POINTS = house(Bucket.REWARD, "import")


class _Balance(msgspec.Struct, frozen=True):
    account: str
    bucket: str
    amount: int


class Balances:
    """Balances of accounts brought before."""

    name = "balances"
    about = "opening balances of accounts that were imported before"
    prefixes: tuple[str, ...] = ()
    columns: Mapping[str, Column] = {
        "key": KEY,
        "account": Column("key of the account", required=True),
        "balance": Column("in yuan: above zero paid ahead, below zero owed", required=True),
        "bucket": Column("money (default), deposit, gift, or points (a whole number)"),
    }

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row."""
        bucket = cells.text("bucket") or "money"
        if bucket not in ("money", *_BUCKETS):
            raise Invalid(
                "“{said}” is not among: {known}.",
                field="bucket",
                said=bucket[:40],
                known=", ".join(("money", *_BUCKETS)),
            )
        cells.needed("balance")
        amount = cells.number("balance", 0) if bucket == "points" else cells.yuan("balance")
        if bucket != "money" and amount < 0:
            raise Invalid("Only money can be owed.", field="balance")
        return Item(row, cells.key(), _Balance(cells.key("account"), bucket, amount))

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """Post the balances of accounts that are there, each against the opening account."""
        found = await customers.known_keys(work, "accounts", (one.value.account for one in items))
        accounts = {
            account.id: account
            for account in await customers.list_accounts_by_id(
                work, [known.ref_id for known in found.values()]
            )
        }
        entries: list[Entry] = []
        good: list[tuple[str, Account]] = []
        problems: list[Problem] = []
        for item in items:
            said = item.value
            known = found.get(said.account)
            if known is None:
                problems.append(Problem(item.row, unknown("account", said.account)))
                continue
            account = accounts[known.ref_id]
            if error := _refused(account, said):
                problems.append(Problem(item.row, error))
                continue
            good.append((item.key, account))
            if said.amount:
                entries.append(_entry(account, said, item.key))
            _count(tally, said)
        posted = await ledger.post_many(work, entries)
        assert posted == len(entries), "a new key was posted before"
        await customers.remember_keys(
            work, self.name, [(key, account.customer_id, account.id) for key, account in good]
        )
        return problems


def _refused(account: Account, said: _Balance) -> CareError | None:
    if account.payment_kind is PaymentKind.PREPAID and said.bucket == "money" and said.amount < 0:
        return Invalid(
            "A prepaid account cannot owe: {amount} fen.", field="balance", amount=said.amount
        )
    return None


def _entry(account: Account, said: _Balance, key: str) -> Entry:
    if said.bucket in _BUCKETS:
        bucket = _BUCKETS[said.bucket]
    elif account.payment_kind is PaymentKind.PREPAID:
        bucket = Bucket.PREPAID
    else:
        bucket = Bucket.RECEIVABLE
    mine = held(account.customer_id, account.id, bucket)
    other = _OPENING_POINTS if bucket is Bucket.POINTS else OPENING
    debit, credit = (other, mine) if said.amount > 0 else (mine, other)
    return Entry(
        customer_id=account.customer_id,
        debit=debit,
        credit=credit,
        amount=abs(said.amount),
        kind="opening",
        key=f"import/{key}",
        reference=account.id,
    )


def _count(tally: Tally, said: _Balance) -> None:
    if said.bucket == "points":
        tally.add("points", said.amount)
        return
    tally.add(f"{said.bucket}_paid_ahead_fen", max(said.amount, 0))
    if said.bucket == "money":
        tally.add("money_owed_fen", max(-said.amount, 0))


async def in_ledger(work: UnitOfWork) -> int:
    """Fen that all balances brought so far come to in the ledger: paid ahead less owed."""
    began = datetime(2000, 1, 1, tzinfo=UTC)
    later = work.now + timedelta(days=1)
    return -await ledger.house_amount(work, OPENING, since=began, until=later)


def in_file(tally: Tally) -> int:
    """Fen that the accepted rows come to: paid ahead less owed."""
    paid = sum(sum_ for name, sum_ in tally.totals.items() if name.endswith("_paid_ahead_fen"))
    return paid - tally.totals.get("money_owed_fen", 0)
