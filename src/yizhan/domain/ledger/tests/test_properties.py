"""Any sequence of acts leaves the books whole, and equal to a ledger kept with pencil and paper."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yizhan.domain import ledger
from yizhan.domain.ledger import Bucket, Entry, held, house
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.work import UnitOfWork, Works

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "use", "gift", "bill", "reserve", "post", "void", "reverse"]),
        st.integers(min_value=1, max_value=3000),
        st.integers(min_value=0, max_value=8),
    ),
    max_size=25,
)


class Pencil:
    """What the balances should be, counted by hand."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.customer_id, self.account_id = new_id(), new_id()
        self.owned = dict.fromkeys((Bucket.PREPAID, Bucket.GIFT, Bucket.RECEIVABLE), 0)
        self.pending: dict[object, int] = {}
        self.keys: dict[str, tuple[str, int]] = {}

    def holder(self, bucket: Bucket) -> ledger.Holder:
        return held(self.customer_id, self.account_id, bucket)

    async def act(self, act: str, amount: int, n: int) -> None:
        key = f"{act}:{n}"
        try:
            async with self.works.begin(SYSTEM) as work:
                await getattr(self, act)(work, amount, key, n)
        except CareError as error:
            self.expect_refusal(error, act, amount, key)

    def expect_refusal(self, error: CareError, act: str, amount: int, key: str) -> None:
        match error:
            case ledger.KeyReused():
                assert self.keys[key][1] != amount
            case ledger.Insufficient():
                free = self.owned[Bucket.PREPAID] - sum(self.pending.values())
                assert amount > free
            case _:
                raise AssertionError(f"{act}: {error!r}")

    async def move(
        self, work: UnitOfWork, debit: ledger.Holder, credit: ledger.Holder, amount: int, key: str
    ) -> None:
        entry = Entry(
            customer_id=self.customer_id,
            debit=debit,
            credit=credit,
            amount=amount,
            kind=key.split(":")[0],
            key=key,
        )
        await ledger.transfer(work, entry)
        if key not in self.keys:
            self.keys[key] = ("posted", amount)
            for side, sign in ((debit, -1), (credit, 1)):
                if not side.is_house:
                    self.owned[side.bucket] += sign * amount

    async def pay(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        cash = house(Bucket.CASH, "t")
        await self.move(work, cash, self.holder(Bucket.PREPAID), amount, key)

    async def use(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        revenue = house(Bucket.REVENUE, "usage")
        await self.move(work, self.holder(Bucket.PREPAID), revenue, amount, key)

    async def gift(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        await self.move(
            work, house(Bucket.WRITE_OFF, "gift"), self.holder(Bucket.GIFT), amount, key
        )

    async def bill(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        revenue = house(Bucket.REVENUE, "fee")
        await self.move(work, self.holder(Bucket.RECEIVABLE), revenue, amount, key)

    async def reverse(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        """Take a bill back by its mirror image."""
        if (bill := self.keys.get(f"bill:{n}")) is not None:
            revenue = house(Bucket.REVENUE, "fee")
            await self.move(work, revenue, self.holder(Bucket.RECEIVABLE), bill[1], key)

    async def reserve(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        entry = Entry(
            customer_id=self.customer_id,
            debit=self.holder(Bucket.PREPAID),
            credit=house(Bucket.REVENUE, "usage"),
            amount=amount,
            kind="reserve",
            key=key,
        )
        found = await ledger.reserve(work, entry, expires_at=work.now + timedelta(hours=1))
        if key not in self.keys:
            self.keys[key] = ("pending", amount)
            self.pending[found.id] = amount

    async def post(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        if self.pending:
            transfer_id, reserved = list(self.pending.items())[n % len(self.pending)]
            taken = min(amount, reserved)
            await ledger.post(work, self.customer_id, transfer_id, amount=taken)  # type: ignore[arg-type]
            del self.pending[transfer_id]
            self.owned[Bucket.PREPAID] -= taken

    async def void(self, work: UnitOfWork, amount: int, key: str, n: int) -> None:
        if self.pending:
            transfer_id = list(self.pending)[n % len(self.pending)]
            await ledger.void(work, self.customer_id, transfer_id)  # type: ignore[arg-type]
            del self.pending[transfer_id]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
async def test_any_sequence_of_acts_keeps_the_books_whole(
    works: Works, acts: list[tuple[str, int, int]]
) -> None:
    pencil = Pencil(works)
    for act in acts:
        await pencil.act(*act)
    async with works.read(SYSTEM) as work:
        found = await ledger.balances_of(work, pencil.customer_id, pencil.account_id)
        for one in ledger.INVARIANTS:
            assert await breaches(work.db, one) == [], one.name
    for bucket, amount in pencil.owned.items():
        balance = found.get(bucket, ledger.Balance(bucket=bucket))
        assert balance.credits_posted - balance.debits_posted == amount
    assert found[Bucket.PREPAID].reserved == sum(pencil.pending.values())
