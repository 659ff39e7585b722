"""Invoices on the database: never too much, never twice, no gap, taken back with the money."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from yizhan.domain import billing, customers, invoices, messages, payments
from yizhan.domain.invoices.reactions import REACTIONS
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works

CODE = "91110000802100433B"


def person(*rights: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=new_id(),
        name="周洁",
        channel="shop",
        permissions=frozenset(rights or {"*"}),
    )


CLERK, LEAD = person(), person()


class Buyer(msgspec.Struct):
    """A customer with an account, two bills, and payments of his."""

    works: Works
    customer_id: UUID
    account_id: UUID
    bills: list[UUID]

    async def pay(self, amount: int) -> payments.Receipt:
        async with self.works.begin(CLERK) as work:
            return await payments.take_cash(
                work, account_id=self.account_id, amount=amount, key=str(new_id())
            )

    async def ask(
        self,
        subject: str,
        subject_id: UUID,
        *,
        amount: int | None = None,
        key: str = "",
        by: Actor = CLERK,
        company: bool = False,
    ) -> invoices.Invoice:
        async with self.works.begin(by) as work:
            return await invoices.issue(work, self.wish(subject, subject_id, amount, company),
                                        key=key or str(new_id()))  # fmt: skip

    def wish(
        self, subject: str, subject_id: UUID, amount: int | None = None, company: bool = False
    ) -> invoices.Wish:
        return invoices.Wish(
            customer_id=self.customer_id,
            subject=invoices.Subject(subject),
            subject_id=subject_id,
            title_kind="company" if company else "personal",
            title="天津某某公司" if company else "王明",
            taxpayer=CODE if company else "",
            amount_fen=amount,
        )

    async def all(self) -> list[invoices.Invoice]:
        async with self.works.read(LEAD) as work:
            return list(await invoices.list_of_customer(work, self.customer_id))

    async def react(self, name: str, payload: Mapping[str, Any]) -> None:
        """What the worker does when a neighbour tells."""
        async with self.works.begin(SYSTEM) as work:
            event_id = new_id()
            await work.db.execute(
                "INSERT INTO event (id, customer_id, at, name, actor_kind, actor_name, channel,"
                " payload) VALUES ($1, $2, $3, $4, 'system', '', '', $5)",
                event_id, self.customer_id, work.now, name, dict(payload),
            )  # fmt: skip
            for reaction in REACTIONS[name]:
                args = {"event_id": str(event_id), "customer_id": str(self.customer_id)}
                await reaction(work, args)


@pytest.fixture
async def buyer(works: Works) -> AsyncIterator[Buyer]:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="王明")
        account = await customers.open_account(work, customer.id)
        first = work.today.replace(day=1)
        months = [first.replace(year=first.year - 2), first.replace(year=first.year - 1)]
        await billing.load_headers(
            work,
            [(customer.id, account.id, account.number, 1, one, 100_00, work.now) for one in months],
        )
    yield Buyer(
        works, customer.id, account.id, [billing.bill_id_of(account.id, one) for one in months]
    )
    async with works.read(SYSTEM) as work:
        for one in invoices.INVARIANTS:
            assert await breaches(work.db, one) == [], one.name


async def test_an_invoice_over_a_payment(buyer: Buyer) -> None:
    paid = await buyer.pay(100_00)
    one = await buyer.ask("payment", paid.id, company=True, key="first")
    assert (one.amount_fen, one.number, one.taxpayer) == (100_00, 1, CODE)
    assert one.printed == f"{one.year}-00000001" and one.subject_number == paid.receipt
    again = await buyer.ask("payment", paid.id, company=True, key="first")
    assert again.id == one.id, "the same wish twice is one invoice"
    with pytest.raises(invoices.KeyReused):
        await buyer.ask("payment", paid.id, key="first")
    with pytest.raises(invoices.TooMuch):
        await buyer.ask("payment", paid.id)
    async with buyer.works.read(LEAD) as work:
        names = await work.db.fetch("SELECT name, payload FROM event WHERE name ~ '^invoices'")
    assert [row["name"] for row in names] == ["invoices.invoice_issued"]
    assert "公司" not in str(names[0]["payload"]) and CODE not in str(names[0]["payload"])


async def test_the_same_money_is_not_invoiced_as_bill_and_as_payment(buyer: Buyer) -> None:
    paid = await buyer.pay(100_00)
    await buyer.ask("payment", paid.id, amount=60_00)
    one = await buyer.ask("bill", buyer.bills[0])
    assert one.amount_fen == 40_00, "only what no invoice was issued over is left"
    for subject, about in (("bill", buyer.bills[0]), ("payment", paid.id)):
        with pytest.raises(invoices.TooMuch):
            await buyer.ask(subject, about, amount=1)
    more = await buyer.pay(50_00)
    assert (await buyer.ask("payment", more.id)).amount_fen == 50_00


async def test_what_is_not_paid_is_not_invoiced(buyer: Buyer, works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        from yizhan.domain import ledger

        await ledger.transfer(
            work,
            ledger.Entry(
                customer_id=buyer.customer_id,
                debit=ledger.held(buyer.customer_id, buyer.account_id, ledger.Bucket.RECEIVABLE),
                credit=ledger.house(ledger.Bucket.REVENUE, "usage"),
                amount=200_00,
                kind="bill",
                key="two bills",
            ),
        )
    with pytest.raises(invoices.NotPaid):
        await buyer.ask("bill", buyer.bills[0])
    await buyer.pay(100_00)
    assert (await buyer.ask("bill", buyer.bills[0])).amount_fen == 100_00
    with pytest.raises(invoices.NotPaid):
        await buyer.ask("bill", buyer.bills[1])


async def test_paid_with_a_card_is_invoiced_where_the_card_was_sold(buyer: Buyer) -> None:
    paid = await buyer.pay(30_00)
    async with buyer.works.begin(SYSTEM) as work:
        await work.db.execute("UPDATE payment SET method = 'voucher' WHERE id = $1", paid.id)
    with pytest.raises(invoices.NoInvoice):
        await buyer.ask("payment", paid.id)


async def test_a_reversed_payment_takes_its_invoice_back(buyer: Buyer) -> None:
    first, second = await buyer.pay(100_00), await buyer.pay(50_00)
    over_second = await buyer.ask("payment", second.id)
    over_first = await buyer.ask("payment", first.id)
    async with buyer.works.begin(LEAD) as work:
        await payments.reverse(work, buyer.customer_id, first.id, reason="wrong account")
    told = {"account_id": str(buyer.account_id), "reverses": str(first.id)}
    await buyer.react("payments.payment_reversed", told)
    await buyer.react("payments.payment_reversed", told)
    red, *blue = await buyer.all()
    assert (red.colour, red.reverses, red.signed) == ("red", over_first.id, -100_00)
    assert {one.id: one.taken_back_by for one in blue} == {
        over_first.id: red.id,
        over_second.id: None,
    }
    with pytest.raises(invoices.NoInvoice):
        await buyer.ask("payment", first.id)


async def test_a_refund_takes_invoices_back_and_a_failed_one_gives_room_again(
    buyer: Buyer,
) -> None:
    paid = await buyer.pay(100_00)
    await buyer.ask("payment", paid.id, amount=70_00)
    refund = {
        "refund_id": str(new_id()),
        "account_id": str(buyer.account_id),
        "amount_fen": 30_00,
    }
    await buyer.react("checkout.refund_sent", refund)
    assert [one.colour for one in await buyer.all()] == ["blue"], "70 of the 70 that are left"
    with pytest.raises(invoices.TooMuch):
        await buyer.ask("payment", paid.id, amount=1)
    await buyer.react("checkout.refund_failed", {"refund_id": refund["refund_id"]})
    assert (await buyer.ask("payment", paid.id)).amount_fen == 30_00
    await buyer.react(
        "checkout.payment_taken_back",
        {"intent_id": str(new_id()), "account_id": str(buyer.account_id), "amount_fen": 100_00},
    )
    assert sum(one.signed for one in await buyer.all()) == 0


async def test_a_wrong_title_is_taken_back_once_and_issued_anew(buyer: Buyer) -> None:
    paid = await buyer.pay(100_00)
    one = await buyer.ask("payment", paid.id)
    async with buyer.works.begin(person("invoices.issue", "invoices.read")) as work:
        with pytest.raises(Forbidden):
            await invoices.void(work, buyer.customer_id, one.id, reason="title")
    async with buyer.works.begin(LEAD) as work:
        red = await invoices.void(work, buyer.customer_id, one.id, reason="wrong title")
    for wrong in (one.id, red.id):
        with pytest.raises(invoices.AlreadyTakenBack):
            async with buyer.works.begin(LEAD) as work:
                await invoices.void(work, buyer.customer_id, wrong, reason="again")
    anew = await buyer.ask("payment", paid.id, company=True)
    assert [each.number for each in await buyer.all()] == [3, 2, 1] and anew.amount_fen == 100_00


async def test_numbers_have_no_gap_and_money_is_shared_out_once(buyer: Buyer) -> None:
    """Many at once over the same money: one wins, and the refused take no number."""
    paid = await buyer.pay(100_00)
    wishes = (buyer.ask("payment", paid.id, amount=30_00) for _ in range(8))
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    issued = [one for one in outcomes if isinstance(one, invoices.Invoice)]
    assert len(issued) == 3
    assert all(isinstance(one, invoices.TooMuch) for one in outcomes if one not in issued)
    assert sorted(one.number for one in await buyer.all()) == [1, 2, 3]


async def test_a_customer_gets_his_own_and_sees_no_other(buyer: Buyer) -> None:
    me = Actor(
        kind=ActorKind.CUSTOMER,
        id=buyer.customer_id,
        name="王明",
        channel="website",
        permissions=frozenset({"payments.read"}),
    )
    paid = await buyer.pay(100_00)
    one = await buyer.ask("payment", paid.id, by=me)
    other = msgspec.structs.replace(me, id=new_id())
    with pytest.raises(Forbidden):
        await buyer.ask("bill", buyer.bills[0], by=other)
    async with buyer.works.read(other) as work:
        with pytest.raises(Forbidden):
            await invoices.get(work, buyer.customer_id, one.id)
        with pytest.raises(invoices.NoSuchInvoice):
            await invoices.get(work, other.id or NIL, one.id)


async def test_it_goes_by_mail_where_there_is_an_address(buyer: Buyer) -> None:
    async with buyer.works.begin(SYSTEM) as work:
        customer = await customers.get(work, buyer.customer_id)
        await customers.add_contact_point(
            work, customer.id, kind=customers.ContactKind.EMAIL, value="wang@example.com"
        )
    one = await buyer.ask("payment", (await buyer.pay(100_00)).id)
    async with buyer.works.read(LEAD) as work:
        (letter,) = await messages.list_of_customer(work, buyer.customer_id)
    assert letter.enclosed == f"invoice/{one.id}" and one.printed in letter.subject


async def test_an_invoice_is_never_rewritten(buyer: Buyer) -> None:
    await buyer.ask("payment", (await buyer.pay(100_00)).id)
    for sql in ("UPDATE invoice SET amount_fen = 1", "DELETE FROM invoice"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with buyer.works.begin(SYSTEM) as work:
                await work.db.execute(sql)
