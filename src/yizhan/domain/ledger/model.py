"""Accounts, transfers and what may be done to them: decisions only, nothing is read or written.

After TigerBeetle: an account counts debits and credits, posted and pending, and never forgets; a
transfer names both its sides, so money can move and never appear.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Self
from uuid import UUID, uuid5

import msgspec

from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL

_SPACE = UUID("6c656467-6572-5000-8000-79697a68616e")
AMOUNT_MAX = 10**15
"""More than the house will ever move at once, in the smallest unit. Keeps sums inside 64 bits."""


class Bucket(StrEnum):
    """What an account holds."""

    RECEIVABLE = "receivable"
    """What a customer owes us; paid ahead it turns round."""
    PREPAID = "prepaid"
    DEPOSIT = "deposit"
    GIFT = "gift"
    POINTS = "points"

    CASH = "cash"
    """In a till on a day."""
    BANK = "bank"
    REVENUE = "revenue"
    """Earned, per kind of charge."""
    TAX = "tax"
    WRITE_OFF = "write_off"
    """Given away or given up, per reason."""
    SUSPENSE = "suspense"
    """On its way between two customers or not yet explained."""
    OPENING = "opening"
    """The other side of balances brought from another system."""
    REWARD = "reward"
    """The other side of points."""
    VOUCHER = "voucher"
    """Sold on cards and not yet used, per batch: owed to whoever holds them."""


OF_CUSTOMERS = frozenset(
    {Bucket.RECEIVABLE, Bucket.PREPAID, Bucket.DEPOSIT, Bucket.GIFT, Bucket.POINTS}
)
ASSETS = frozenset({Bucket.RECEIVABLE, Bucket.CASH, Bucket.BANK, Bucket.WRITE_OFF})
"""Buckets that grow with debits; all others grow with credits."""
COVERED = frozenset({Bucket.PREPAID, Bucket.DEPOSIT, Bucket.GIFT, Bucket.POINTS})
"""Buckets from which no more can be taken than was put in."""
_UNITS = {Bucket.POINTS: "POINT", Bucket.REWARD: "POINT"}


class State(StrEnum):
    """The life of a transfer: posted at once, or pending and then one of the two others."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"


class Insufficient(Refused):
    """There is less in the account than is to be taken."""

    code = "ledger.insufficient"


class AlreadySettled(Refused):
    """A pending transfer is posted or voided once."""

    code = "ledger.already_settled"


class Expired(Refused):
    """A pending transfer was not posted in time."""

    code = "ledger.expired"


class KeyReused(Conflict):
    """The same idempotency key came with something else."""

    code = "ledger.key_reused"


class NoSuchTransfer(NotFound):
    """There is no such transfer for this customer."""

    code = "ledger.no_such_transfer"


@lru_cache(maxsize=4096)
def _id_of(account_id: UUID, bucket: Bucket, name: str) -> UUID:
    return uuid5(_SPACE, f"{account_id}/{bucket.value}/{name}")


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Which account of the ledger: its id follows from what it is, so nobody has to look it up."""

    customer_id: UUID
    account_id: UUID | None
    bucket: Bucket
    name: str = ""

    @property
    def id(self) -> UUID:
        """The account's id, the same in every process."""
        return _id_of(self.account_id or NIL, self.bucket, self.name)

    @property
    def unit(self) -> str:
        """What is counted: fen of CNY, or points."""
        return _UNITS.get(self.bucket, "CNY")

    @property
    def is_house(self) -> bool:
        """Whether this account is ours rather than a customer's."""
        return self.account_id is None

    @property
    def may_overdraw(self) -> bool:
        """Whether more may be taken than is there."""
        return self.bucket not in COVERED


def held(customer_id: UUID, account_id: UUID, bucket: Bucket) -> Holder:
    """The account of the ledger for one bucket of a customer's billing account."""
    assert bucket in OF_CUSTOMERS, bucket
    return Holder(customer_id=customer_id, account_id=account_id, bucket=bucket)


def house(bucket: Bucket, name: str = "") -> Holder:
    """An account of the house: ``house(Bucket.REVENUE, "usage")``."""
    assert bucket not in OF_CUSTOMERS, bucket
    return Holder(customer_id=NIL, account_id=None, bucket=bucket, name=name)


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What one account of the ledger holds, in fen or points."""

    bucket: Bucket
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    @property
    def amount(self) -> int:
        """Posted, with the sign people expect: owed for a receivable, owned for the others."""
        net = self.credits_posted - self.debits_posted
        return -net if self.bucket in ASSETS else net

    @property
    def reserved(self) -> int:
        """Held by pending transfers that would take from this account."""
        return self.debits_pending

    @property
    def available(self) -> int:
        """What may still be taken: posted credits less everything taken or held."""
        return self.credits_posted - self.debits_posted - self.debits_pending


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What one transfer did to one bucket: ``debited`` fen, negative when it was credited."""

    at: datetime
    kind: str
    reference: UUID | None
    debited: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to be made: *amount* from the ``debit`` to the ``credit`` side.

    ``key`` makes it happen once for this customer, however often it is asked for.
    """

    customer_id: UUID
    debit: Holder
    credit: Holder
    amount: int
    kind: str
    key: str
    reference: UUID | None = None

    def check(self) -> Self:
        """Raise ``Invalid`` for what no ledger may hold."""
        if not 0 < self.amount <= AMOUNT_MAX:
            raise Invalid(
                "An amount moved must be more than 0, not {amount}.",
                field="amount",
                amount=self.amount,
            )
        if not self.key or len(self.key) > 200:
            raise Invalid("A transfer needs a key of 1 to 200 characters.", field="key")
        assert self.debit.unit == self.credit.unit, "fen and points do not mix"
        assert self.debit.id != self.credit.id, "money moves between two accounts"
        for side in (self.debit, self.credit):
            assert side.is_house or side.customer_id == self.customer_id, (
                "two customers meet through the suspense account"
            )
        return self


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger."""

    customer_id: UUID
    id: UUID
    at: datetime
    kind: str
    state: State
    debit_account: UUID
    credit_account: UUID
    amount: int
    key: str
    reserved: int | None = None
    expires_at: datetime | None = None
    settled_at: datetime | None = None
    reference: UUID | None = None

    def repeats(self, entry: Entry) -> bool:
        """Whether *entry* asks for what this row already did."""
        return (self.debit_account, self.credit_account, self.kind) == (
            entry.debit.id,
            entry.credit.id,
            entry.kind,
        ) and (self.amount if self.reserved is None else self.reserved) == entry.amount

    def posting(self, amount: int | None, *, now: datetime) -> int:
        """How much to post now; the whole when *amount* is empty.

        Raises ``AlreadySettled``, ``Expired``, or ``Invalid`` for more than is held.
        """
        self._still_pending()
        if self.expires_at is not None and now >= self.expires_at:
            raise Expired(
                "The reservation ran out at {expires_at}. Reserve again.",
                expires_at=self.expires_at,
            )
        taken = self.amount if amount is None else amount
        if not 0 < taken <= self.amount:
            raise Invalid(
                "Of the {held} fen held, {amount} cannot be posted.",
                field="amount",
                held=self.amount,
                amount=taken,
            )
        return taken

    def voiding(self) -> int:
        """How much becomes free again. Raises ``AlreadySettled``."""
        self._still_pending()
        return self.amount

    def _still_pending(self) -> None:
        if self.state is not State.PENDING:
            raise AlreadySettled("This reservation was already {state}.", state=self.state.value)
