"""The town's recent past, acted on the days it happened: bills, payments, cases."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from yizhan.demo.cast import Member
from yizhan.domain import billing, cases, payments, staff
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.period import add_months
from yizhan.platform.work import Works

BATCH = 200
"""Accounts in one transaction of a bill run; in a large town most are only passed over."""
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


async def bill_months(works: Works, months: Sequence[date], told: Callable[[int], None]) -> int:
    """Each month's bills on the second day of the next, the oldest first; how many."""
    made = 0
    for done, month in enumerate(months, start=1):
        outcome = await billing.run(on(works, add_months(month, 1), 2), SYSTEM, month, batch=BATCH)
        made += outcome.billed
        told(done)
    return made


async def pay(works: Works, by: Actor, members: Sequence[Member], *, seed: int) -> int:
    """Every bill is paid some days after it came, but for what a few owe; how many payments.

    An eighth have not paid the newest bill yet, a twentieth are a month behind.
    """
    async with works.read(SYSTEM) as work:
        yesterday = work.today - timedelta(days=1)
        bills = await work.db.fetch(
            "SELECT account_id, period_end, total_fen - settled_fen AS fen,"
            " row_number() OVER (PARTITION BY account_id ORDER BY period_start DESC) AS age"
            " FROM bill WHERE origin <> 'import' AND total_fen > settled_fen ORDER BY id"
        )
    scenes = {member.customer.accounts[0].id for member in members if member.scene}
    taken: dict[tuple[date, int], list[tuple[UUID, int, str]]] = defaultdict(list)
    for row in bills:
        account, end = row["account_id"], row["period_end"]
        habits = random.Random(f"{seed}:pay:{account.int & 0xFFFFFFFF}")
        behind = habits.choices((0, 1, 2), (66, 10, 4))[0]
        if row["age"] <= behind and account not in scenes:
            continue
        chance = random.Random(f"{seed}:pay:{account.int & 0xFFFFFFFF}:{end}")
        day = max(end, min(yesterday, end + timedelta(days=chance.randint(4, 16))))
        paid = (account, min(row["fen"], 5_000_000), f"demo-{account}-{end}")
        taken[day, chance.randint(9, 18)].append(paid)
    for (day, hour), payers in sorted(taken.items()):
        async with on(works, day, hour).begin(by) as work:
            for account, amount, key in payers:
                await payments.take_cash(work, account_id=account, amount=amount, key=key)
    return sum(map(len, taken.values()))


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
