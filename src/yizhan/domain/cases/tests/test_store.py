"""Cases on the real database: what is kept, found, queued, and done by the clock."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from yizhan.domain import cases
from yizhan.domain.cases import service, store
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import CareError, Conflict, Forbidden, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform import events
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works

RIGHTS = frozenset(
    {"cases.open", "cases.work", "cases.read", "customers.search", "customers.write"}
)
CHEN = Actor(kind=ActorKind.STAFF, id=new_id(), name="陈光", channel="phone", permissions=RIGHTS)
LEAD = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="赵力",
    channel="phone",
    permissions=RIGHTS | {"cases.review"},
)


@pytest.fixture
def customer_id() -> UUID:
    return new_id()


async def opened(works: Works, customer_id: UUID, **more: object) -> cases.Case:
    facts: dict[str, object] = {
        "class_code": "complaint.fees.minimum_spend",
        "subject": "108 元最低消费不理解",
    }
    facts.update(more)
    async with works.begin(CHEN) as work:
        return await cases.open_case(work, customer_id=customer_id, **facts)  # type: ignore[arg-type]


async def test_what_is_saved_is_what_is_read(works: Works, customer_id: UUID) -> None:
    case = await opened(works, customer_id, description="客户认为计费有误")
    async with works.read(CHEN) as work:
        assert await cases.get(work, case.id) == case
        assert await cases.get_by_number(work, case.number) == case


async def test_the_seeded_rules_give_a_complaint_about_fees_its_clocks(
    works: Works, customer_id: UUID
) -> None:
    case = await opened(works, customer_id)
    assert [(c.clock.value, c.rule_code, c.limit_seconds) for c in case.clocks] == [
        ("first_contact", "P-first-reply", 48 * 3600),
        ("resolution", "P-double-refund", 15 * 86400),
    ]
    assert case.next_due_at == case.opened_at + timedelta(hours=48)


async def test_every_leaf_class_has_a_resolution_clock_in_both_languages(works: Works) -> None:
    async with works.read(CHEN) as work:
        classes = await cases.list_classes(work)
        book = await store.rule_book(work.db, work.today)
        assert len([c for c in classes if c.kind is cases.Kind.COMPLAINT and c.parent]) >= 69
        for about in classes:
            assert about.name.zh and about.name.en
            rule = book.pick(
                cases.ClockName.RESOLUTION, kind=about.kind.value, class_code=about.code
            )
            assert rule is not None and rule.source.zh and rule.source.en, about.code


async def test_the_same_key_opens_one_case(works: Works, customer_id: UUID) -> None:
    first = await opened(works, customer_id, key="form-1")
    again = await opened(works, customer_id, key="form-1")
    assert first.id == again.id


async def test_a_second_of_the_same_class_within_30_days_is_a_repeat(
    works: Works, customer_id: UUID
) -> None:
    first = await opened(works, customer_id)
    other = await opened(works, customer_id, class_code="complaint.fees.roaming")
    second = await opened(works, customer_id)
    assert (second.repeat_of, second.repeats) == (first.id, 1)
    assert other.repeat_of is None
    async with works.begin(CHEN, now=first.opened_at + timedelta(days=31)) as work:
        assert await cases.list_repeats(work, customer_id, first.class_code) == []


async def test_a_case_opened_by_a_customer_is_sent_to_the_team_of_its_class(
    works: Works, customer_id: UUID
) -> None:
    caller = Actor(
        kind=ActorKind.CUSTOMER,
        id=customer_id,
        channel="website",
        permissions=frozenset({"cases.open", "cases.read"}),
    )
    async with works.begin(caller) as work:
        case = await cases.open_case(
            work, customer_id=customer_id, class_code="fault.voice", subject="打不出电话"
        )
        assert (case.state, case.assigned_team, case.owner_id) == (
            cases.State.TO_TAKE,
            "network",
            None,
        )
        await cases.add_note(work, case.id, "在河西区")
        with pytest.raises(Forbidden):
            await cases.take(work, case.id)
    stranger = Actor(kind=ActorKind.CUSTOMER, id=new_id(), permissions=caller.permissions)
    async with works.read(stranger) as work:
        with pytest.raises(NotFound):
            await cases.get(work, case.id)


async def test_customers_do_not_see_notes_for_ourselves(works: Works, customer_id: UUID) -> None:
    case = await opened(works, customer_id)
    async with works.begin(CHEN) as work:
        await cases.add_note(work, case.id, "疑似误操作")
        await cases.add_note(work, case.id, "我们正在核查", to_customer=True)
    own = Actor(kind=ActorKind.CUSTOMER, id=customer_id, permissions=frozenset({"cases.read"}))
    async with works.read(own) as work:
        assert [n.text for n in (await cases.view(work, case.id)).notes] == ["我们正在核查"]
    async with works.read(CHEN) as work:
        seen = await cases.view(work, case.id)
        assert len(seen.notes) == 2
        first = next(c for c in seen.case.clocks if c.clock is cases.ClockName.FIRST_CONTACT)
        assert first.met is True


async def test_a_complaint_from_opening_to_archive_with_its_history(
    works: Works, customer_id: UUID
) -> None:
    bill_id = new_id()
    case = await opened(
        works,
        customer_id,
        links=[cases.Link(kind=cases.LinkKind.BILL, ref_id=bill_id, label="2004-11")],
    )
    async with works.begin(CHEN) as work:
        await cases.take(work, case.id)
        await cases.answer(work, case.id, text="最低消费 108 元", outcome=cases.Outcome.EXPLAINED)
        with pytest.raises(Forbidden):
            await cases.approve(work, case.id)
    async with works.begin(LEAD) as work:
        await cases.approve(work, case.id)
        await cases.follow_up(work, case.id, result=cases.FollowUp.SATISFIED)
    async with works.read(CHEN) as work:
        seen = await cases.view(work, case.id)
        assert [e.name for e in seen.history] == [
            "cases.opened",
            "cases.linked",
            "cases.taken",
            "cases.answered",
            "cases.approved",
            "cases.followed_up",
            "cases.closed",
        ]
        assert [link.ref_id for link in seen.links] == [bill_id]
        assert seen.possible == [cases.Act.REOPEN]
        assert [c.id for c in await cases.list_linked(work, customer_id, bill_id)] == [case.id]
        jobs = await work.db.fetchval("SELECT count(*) FROM job WHERE kind = 'cases.tick'")
        assert jobs == 0, "a closed case has no clock"


async def test_the_queue_is_by_deadline_and_paged(works: Works, customer_id: UUID) -> None:
    slow = await opened(works, customer_id, class_code="suggestion.service", subject="慢")
    fast = await opened(works, customer_id, class_code="order.plan_change", subject="快")
    middle = await opened(works, customer_id, class_code="complaint.network.dropped", subject="中")
    async with works.begin(CHEN) as work:
        for case in (slow, fast, middle):
            await cases.dispatch(work, case.id, team="quality")
            await cases.take(work, case.id)
    async with works.read(CHEN) as work:
        mine = await cases.list_queue(work, person_id=CHEN.id)
        assert [c.subject for c in mine] == ["快", "中", "慢"]
        first = await cases.list_queue(work, person_id=CHEN.id, limit=1)
        at = first[0].next_due_at
        assert at is not None
        rest = await cases.list_queue(work, person_id=CHEN.id, after=(at, first[0].id))
        assert [c.subject for c in rest] == ["中", "慢"]
        counts = await cases.count_queue(work, person_id=CHEN.id)
        assert (counts.open, counts.overdue, counts.due_today) == (3, 0, 1)
        assert await cases.list_queue(work, team="billing") == []


async def test_the_job_warns_then_escalates_a_case_nobody_answered(
    works: Works, customer_id: UUID
) -> None:
    case = await opened(works, customer_id, class_code="fault.voice", subject="无信号")
    later = Works(works.pool, clock=lambda: case.opened_at + timedelta(hours=25))
    assert await Worker(later, cases.JOBS).drain() == 1
    later = Works(works.pool, clock=lambda: case.opened_at + timedelta(hours=49))
    assert await Worker(later, cases.JOBS).drain() == 1
    async with works.read(CHEN) as work:
        now = await cases.get(work, case.id)
        assert (now.state, now.level) == (cases.State.ESCALATED, 1)
        log = await events.list_of_customer(work.db, customer_id)
        assert [e.name for e in reversed(log)] == [
            "cases.opened",
            "cases.due_soon",
            "cases.overdue",
            "cases.escalated",
        ]


async def test_two_who_take_the_same_case_do_not_both_have_it(
    works: Works, customer_id: UUID
) -> None:
    case = await opened(works, customer_id)

    async def take(actor: Actor) -> bool:
        try:
            async with works.begin(actor) as work:
                await cases.take(work, case.id)
        except CareError:
            return False
        return True

    assert sorted(await asyncio.gather(take(CHEN), take(LEAD))) == [False, True]


async def test_a_stale_copy_is_not_written_over_a_newer_one(
    works: Works, customer_id: UUID
) -> None:
    case = await opened(works, customer_id)
    async with works.begin(CHEN) as work:
        await cases.urge(work, case.id)
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Conflict):
            await store.save(work.db, case)


async def test_a_number_is_thirteen_digits_and_a_slip_is_noticed(
    works: Works, customer_id: UUID
) -> None:
    case = await opened(works, customer_id)
    assert len(case.number) == 13 and case.number.isdigit()
    slip = case.number[:-1] + str((int(case.number[-1]) + 1) % 10)
    async with works.read(CHEN) as work:
        with pytest.raises(Invalid):
            await cases.get_by_number(work, slip)


async def test_is_found_by_its_number(works: Works, customer_id: UUID) -> None:
    case = await opened(works, customer_id)
    async with works.read(CHEN) as work:
        row = await work.db.fetchrow("SELECT * FROM search_key WHERE kind = 'case'")
        assert (row["customer_id"], row["ref_id"]) == (customer_id, case.id)


async def test_a_new_rule_does_not_move_an_earlier_promise(works: Works, customer_id: UUID) -> None:
    before = await opened(works, customer_id, class_code="consultation.bill")
    async with works.begin(SYSTEM) as work:
        await work.db.execute(
            "UPDATE case_rule SET valid_to = $1 WHERE code = 'H-consult'", work.today
        )
        await work.db.execute(
            "INSERT INTO case_rule SELECT code, clock, kind, class_code, 3600, mean_seconds, 600,"
            " pause_cap_seconds, basis, source_zh, source_en, $1, NULL"
            " FROM case_rule WHERE code = 'H-consult'",
            work.today,
        )
    after = await opened(works, customer_id, class_code="consultation.tariff")
    assert after.next_due_at == after.opened_at + timedelta(hours=1)
    async with works.begin(SYSTEM) as work:
        kept = await service.tick(work, before.id)
        assert kept.next_due_at == before.opened_at + timedelta(hours=48)


async def test_refuses_what_is_too_long_or_unknown(works: Works, customer_id: UUID) -> None:
    for wrong, field in (
        ({"subject": "长" * 201}, "subject"),
        ({"subject": " "}, "subject"),
        ({"description": "长" * 4001}, "description"),
        ({"class_code": "complaint.moon"}, "class_code"),
    ):
        with pytest.raises(Invalid) as refused:
            await opened(works, customer_id, **wrong)
        assert refused.value.field == field
