"""The town's recent past, acted on the days it happened: bills, payments, cases."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from yizhan.demo.cast import Member
from yizhan.demo.crew import Crew
from yizhan.domain import billing, cases, club, payments, staff, vouchers
from yizhan.domain.customers import PaymentKind
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.period import add_months
from yizhan.platform.work import Works

BATCH = 200
"""Accounts in one transaction of a bill run; in a large town most are only passed over."""
BILL_HOUR = 2
CARD_FEN, CARD_FEN_LEAST, FIRST_CARD_FEN = 1_000, 3_000, 10_000
"""Prepaid credit is bought in whole tens of yuan, at least 30.00; the first time for 100.00."""
CONCERNS = (
    (
        "complaint.fees.long_distance",
        "上月长途费偏高",
        "客户认为上个月的长途费算错了，要求核对。",
        "已逐条核对详单，计费无误；建议长途先拨 17911。",
    ),
    (
        "fault.voice",
        "地下车库没有信号",
        "小区地下车库通话经常中断，只在晚上出现。",
        "室内分布系统已调整，复测正常。",
    ),
    (
        "consultation.bill",
        "咨询最低消费",
        "想知道最低消费包括哪些项目。",
        "已说明最低消费只计通话费，不含代收费。",
    ),
    (
        "praise.person",
        "表扬客服代表",
        "客服代表讲解资费很耐心，帮他省了长途费。",
        "已转告本人，谢谢您的鼓励。",
    ),
)
VOUCHERS = 100
OPEN_DAYS = 2
"""Cases older than this have been answered."""


def on(works: Works, day: date, hour: int) -> Works:
    """The same house, its clock standing at *hour* of *day*."""
    moment = datetime.combine(day, time(hour), tzinfo=works.zone)
    return Works(works.pool, clock=lambda: moment, listeners=works.listeners, zone=works.zone)


def at_work(user: staff.User, role: str, *, channel: str) -> Actor:
    """A member of staff in that role, as who did something on a day of the past."""
    rights = next(one for one in staff.ROLES if one.name == role).permissions
    return Actor(
        kind=ActorKind.STAFF, id=user.id, name=user.name, channel=channel, permissions=rights
    )


async def bills_and_payments(
    works: Works,
    crew: Crew,
    by: Actor,
    members: Sequence[Member],
    months: Sequence[date],
    *,
    seed: int,
    told: Callable[[int], None],
) -> int:
    """Each month's bills on the second day of the next, then what is paid of them; how many bills.

    The oldest first, as it happened: what a receipt says is left, and what a bill takes from
    prepaid credit, is true of its day.
    """
    async with works.read(SYSTEM) as work:
        habits = Habits(members, seed, len(months), yesterday=work.today - timedelta(days=1))
    await _take(works, crew, by, habits.first_recharges(months[0]))
    made = 0
    for place, month in enumerate(months):
        made += await _bill(works, crew, month, news=place == len(months) - 1)
        async with works.read(SYSTEM) as work:
            bills = await work.db.fetch(
                "SELECT account_id, period_end, total_fen, settled_fen FROM bill"
                " WHERE origin <> 'import' AND period_start = $1 ORDER BY id",
                month,
            )
        paid = [one for bill in bills if (one := habits.payment(place, bill))]
        await _take(works, crew, by, paid)
        told(place + 1)
    return made


async def _bill(works: Works, crew: Crew, month: date, *, news: bool) -> int:
    """Make the bills of a month together; how many.

    Only the newest are *news* to those who listen: who looks after an account then sees all its
    bills, and nobody is written to about old ones.
    """
    then = on(_told(works, news), add_months(month, 1), BILL_HOUR)
    async with then.begin(SYSTEM) as work:
        run_id = await billing.begin_run(work, month)
    made = await crew.share(_bill_part, lambda _: (month, run_id, news))
    async with then.begin(SYSTEM) as work:
        await billing.end_run(work, run_id)
    return sum(made)


async def _bill_part(
    works: Works, part: tuple[int, int], month: date, run_id: UUID, news: bool
) -> int:
    then = on(_told(works, news), add_months(month, 1), BILL_HOUR)
    outcome = await billing.run(then, SYSTEM, month, part=part, run_id=run_id, batch=BATCH)
    return outcome.billed


def _told(works: Works, news: bool) -> Works:
    """The same house with everybody listening, or nobody."""
    if news:
        return works
    return Works(works.pool, clock=works.clock, zone=works.zone)


class Payment(NamedTuple):
    """Money brought to the counter."""

    day: date
    hour: int
    account_id: UUID
    fen: int
    key: str
    news: bool
    """Whether something is still to be done about it: only for the newest recharge."""


class Habits:
    """When and what people pay: every bill some days after it came, but for what a few owe.

    An eighth have not paid the newest bill yet, a twentieth are a month behind; those of the
    scenes have the newest one open, and time to pay it. Prepaid credit is bought by the card; one
    in twenty has not bought any after the newest bill and is about to run out.
    """

    def __init__(
        self, members: Sequence[Member], seed: int, months: int, *, yesterday: date
    ) -> None:
        self.seed, self.months, self.yesterday = seed, months, yesterday
        self.payers = {
            member.customer.accounts[0].id: (place, member) for place, member in enumerate(members)
        }

    def payment(self, place: int, bill: Mapping[str, Any]) -> Payment | None:
        """What is paid of the bill of the month in this *place*, the oldest being 0."""
        account, end = bill["account_id"], bill["period_end"]
        if account not in self.payers:
            return None  # beyond those with usage: what was brought is settled, the rest is owed
        number, member = self.payers[account]
        name = f"{self.seed}:pay:{number}"
        behind = random.Random(name).choices((0, 1, 2), (66, 10, 4))[0]
        fen = bill["total_fen"] - bill["settled_fen"]
        if member.scene:
            behind = 1
        elif _prepaid(member):
            behind = random.Random(name).choices((0, 1), (95, 5))[0]
            fen = max(CARD_FEN_LEAST, -(-bill["total_fen"] // CARD_FEN) * CARD_FEN)
        chance = random.Random(f"{name}:{end}")
        age = self.months - place
        day = min(self.yesterday, end + timedelta(days=chance.randint(4, 16)))
        if age <= behind or fen <= 0 or day < end:
            return None
        news = _prepaid(member) and age == behind + 1
        fen = min(fen, payments.PAYMENT_FEN_MAX)
        return Payment(day, chance.randint(9, 18), account, fen, f"demo-{account}-{end}", news)

    def first_recharges(self, month: date) -> Iterator[Payment]:
        """Who pays before he talks has paid before the first bill."""
        for account, (number, member) in self.payers.items():
            if not _prepaid(member):
                continue
            chance = random.Random(f"{self.seed}:first:{number}")
            day = max(member.customer.since, month) + timedelta(days=chance.randint(1, 25))
            if day <= self.yesterday:
                key = f"demo-{account}-first"
                yield Payment(day, chance.randint(9, 18), account, FIRST_CARD_FEN, key, False)


def _prepaid(member: Member) -> bool:
    return member.customer.accounts[0].payment_kind is PaymentKind.PREPAID


async def _take(works: Works, crew: Crew, by: Actor, paid: Iterable[Payment]) -> None:
    """Post payments hour by hour as they came; days, which share no till, side by side."""
    days: dict[date, dict[tuple[int, bool], list[Payment]]] = defaultdict(lambda: defaultdict(list))
    for one in paid:
        days[one.day][one.hour, one.news].append(one)
    hands = asyncio.Semaphore(crew.size)

    async def take_day(day: date) -> None:
        async with hands:
            for (hour, news), those in sorted(days[day].items()):
                async with on(_told(works, news), day, hour).begin(by) as work:
                    await payments.take_cash_many(
                        work, [(one.account_id, one.fen, one.key) for one in those]
                    )

    await asyncio.gather(*(take_day(day) for day in sorted(days)))


async def concerns(
    works: Works, customer_ids: Sequence[UUID], *, today: date, agent: Actor, lead: Actor
) -> int:
    """Cases of the last days: old ones answered, yesterday's in hand, some left lying; how many."""
    opened = 0
    for place, customer_id in enumerate(customer_ids):
        code, subject, text, answer = CONCERNS[place % len(CONCERNS)]
        age, hour = 1 + place % 9, 9 + place % 9
        async with on(works, today - timedelta(days=age), hour).begin(SYSTEM) as work:
            case = await cases.open_case(
                work,
                customer_id=customer_id,
                class_code=code,
                subject=subject,
                description=text,
                key=f"demo-{place}",
            )
        if age == 1:
            async with on(works, today - timedelta(days=1), hour + 1).begin(agent) as work:
                await cases.take(work, case.id)
        if age > OPEN_DAYS:
            await _answer(works, case.id, answer, agent, lead, today - timedelta(days=age - 1))
        opened += 1
    return opened


async def _answer(
    works: Works, case_id: UUID, text: str, agent: Actor, lead: Actor, day: date
) -> None:
    """The next day: taken, answered, looked at by a lead where that is the rule, archived."""
    async with on(works, day, 9).begin(agent) as work:
        await cases.take(work, case_id)
        case = await cases.answer(work, case_id, text=text, outcome=cases.Outcome.EXPLAINED)
    if case.review:
        async with on(works, day, 11).begin(lead) as work:
            case = await cases.approve(work, case_id)
    if case.is_open:
        async with on(works, day, 14).begin(agent) as work:
            await cases.close(work, case_id, satisfaction=cases.FollowUp.SATISFIED)


async def look_at_members(works: Works, now: Sequence[UUID]) -> None:
    """The club looks at everybody, as on the first of a month: at some *now*, the rest in turn."""
    async with works.begin(SYSTEM) as work:
        for customer_id in now:
            await club.evaluate(work, customer_id)
        await club.start_run(work)


async def order_vouchers(works: Works, by: Actor, *, today: date) -> None:
    """A batch of cards, which the worker makes."""
    async with works.begin(by) as work:
        await vouchers.order_batch(
            work,
            value_fen=5_000,
            size=VOUCHERS,
            expires_on=add_months(today.replace(day=1), 25),
            note="营业厅首批",
            key="demo",
        )
