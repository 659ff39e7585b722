"""Terms and holds on real tables; a customer forgotten, and what stands against it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain import cases, contacts, customers, ledger, privacy, subscriptions
from yizhan.domain.privacy import model, service
from yizhan.domain.subscriptions import Line, LineKind, State
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 22, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBER, OTHER = "13000000001", "13000000002"


async def person(works: Works, name: str = "王小明") -> customers.Customer:
    async with works.begin(SYSTEM, now=NOW - timedelta(days=900)) as work:
        one = await customers.create_customer(work, name=name)
        await customers.open_account(work, one.id, name=name)
        await customers.add_document(
            work,
            one.id,
            kind=customers.DocumentKind.PASSPORT,
            number="E12345678",
            original_seen=True,
        )
        await customers.add_contact_point(
            work, one.id, kind=customers.ContactKind.EMAIL, value="wang@example.com"
        )
        await contacts.set_service_password(work, one.id, "246813")
    return one


async def line(works: Works, one: customers.Customer, number: str = NUMBER) -> Line:
    async with works.begin(SYSTEM, now=NOW - timedelta(days=800)) as work:
        (account,) = await customers.list_accounts(work, one.id)
        await subscriptions.add_numbers(work, LineKind.MOBILE, [number], area="022")
        return await subscriptions.create_line(
            work,
            customer_id=one.id,
            kind=LineKind.MOBILE,
            number=number,
            account_id=account.id,
            area="022",
        )


async def close(works: Works, one: Line, at: datetime) -> None:
    async with works.begin(SYSTEM, now=at) as work:
        await subscriptions.change_state(work, one.id, State.CLOSING)
        await subscriptions.change_state(work, one.id, State.CLOSED)


async def records(works: Works, customer_id: UUID, days: Sequence[date]) -> None:
    """Usage as intake files it, without what it would cost to rate it."""
    async with works.begin(SYSTEM) as work:
        for day in days:
            await work.db.execute("SELECT usage_partition($1)", day.replace(day=1))
            await work.db.execute(
                "INSERT INTO usage (customer_id, id, started_at, line_id, quantity, intake_id,"
                " received_at, class_id, record_key) VALUES ($1, $2, $3, $4, 60, $5, $3, 1, 'k')",
                customer_id,
                new_id(),
                datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                new_id(),
                new_id(),
            )


async def run_due(works: Works) -> None:
    """Do every job that is due at the works' hour."""
    await Worker(works, privacy.JOBS).drain()


def at(works: Works, moment: datetime) -> Works:
    """The same house at another hour."""
    return Works(works.pool, clock=lambda: moment)


async def left(works: Works, customer_id: UUID) -> list[date]:
    rows = await works.pool.fetch(
        "SELECT started_at FROM usage WHERE customer_id = $1 ORDER BY 1", customer_id
    )
    return [row["started_at"].date() for row in rows]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 1200))
def test_a_term_counts_whole_months(day: date, months: int) -> None:
    first = model.months_before(day, months)
    assert first.day == 1
    assert (day.year - first.year) * 12 + day.month - first.month == months


def test_of_a_term_of_five_months_june_is_let_go_in_december() -> None:
    last = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # still November in Tianjin
    assert model.cutoff(last, 5, SHANGHAI) == datetime(2026, 6, 1, tzinfo=SHANGHAI)
    next_day = last + timedelta(minutes=2)
    assert model.cutoff(next_day, 5, SHANGHAI) == datetime(2026, 7, 1, tzinfo=SHANGHAI)


def test_documents_are_kept_two_years_after_the_last_line() -> None:
    assert model.due_at(NOW, []) == NOW + model.GRACE
    old = datetime(2020, 2, 29, tzinfo=UTC)
    assert model.due_at(NOW, [old]) == NOW + model.GRACE
    assert model.due_at(old, [old]) == datetime(2022, 3, 1, tzinfo=UTC)
    assert model.due_at(NOW, [old, NOW]) == NOW.replace(year=2028)


async def test_old_usage_goes_by_the_month_and_spares_who_is_held(works: Works) -> None:
    one, held = await person(works), await person(works, "赵")
    days = [date(2026, 4, 10), date(2026, 5, 10), date(2026, 6, 10), date(2026, 11, 1)]
    await records(works, one.id, days)
    await records(works, held.id, [days[1]])
    async with works.begin(SYSTEM, now=DECEMBER) as work:
        await privacy.set_term(work, "usage.records", 5)
        hold = await privacy.place_hold(work, held.id, authority="Court", reference="2026-17")
    async with at(works, DECEMBER).begin(SYSTEM) as work:
        await privacy.ask_for_all(work)
    await run_due(at(works, DECEMBER))
    assert await left(works, one.id) == days[2:]
    assert await left(works, held.id) == [days[1]]
    assert await works.pool.fetchval("SELECT to_regclass('usage_2026_04')") is None
    assert await works.pool.fetchval("SELECT to_regclass('usage_2026_05')") is not None
    async with works.begin(SYSTEM, now=DECEMBER) as work:
        term = next(t for t in await privacy.list_terms(work) if t.name == "usage.records")
        assert (term.months, term.shipped, term.last_rows) == (5, 24, 2)
        await privacy.lift_hold(work, hold.id)
    async with at(works, DECEMBER).begin(SYSTEM) as work:
        await privacy.ask_for_all(work)
    await run_due(at(works, DECEMBER))
    assert await left(works, held.id) == []
    assert await works.pool.fetchval("SELECT to_regclass('usage_2026_05')") is None


async def test_who_looked_is_kept_three_years_and_goes_in_batches(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    one = await person(works)
    for moment in [*[NOW - timedelta(days=1200)] * 5, NOW]:
        await works.pool.execute(
            "INSERT INTO read_audit (customer_id, id, at, what, actor_kind, actor_name, channel)"
            " VALUES ($1, $2, $3, 'bills', 'staff', 'li', 'desk')",
            one.id,
            new_id(),
            moment,
        )
    async with at(works, NOW).begin(SYSTEM) as work:
        await privacy.ask_for_all(work)
    await run_due(at(works, NOW))
    assert await works.pool.fetchval("SELECT count(*) FROM read_audit") == 1
    run = await works.pool.fetchrow(
        "SELECT rows, finished_at FROM keeping_run WHERE name = 'customers.read_audit'"
    )
    assert run["rows"] == 5 and run["finished_at"] is not None


async def test_no_term_goes_below_the_floor_of_the_law(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid, match="between 5 and 1200"):
            await privacy.set_term(work, "usage.records", 4)
        with pytest.raises(NotFound):
            await privacy.set_term(work, "usage.nothing", 40)


async def test_a_customer_is_forgotten_two_years_after_the_last_line(works: Works) -> None:
    one = await person(works)
    had = await line(works, one)
    ended = NOW - timedelta(days=30)
    await close(works, had, ended)
    async with at(works, NOW).begin(SYSTEM) as work:
        request = await privacy.ask_for_erasure(work, one.id)
        with pytest.raises(Conflict):
            await privacy.ask_for_erasure(work, one.id)
    assert request.due_at == ended.replace(year=ended.year + 2)
    await run_due(at(works, request.due_at - timedelta(hours=1)))
    async with works.begin(SYSTEM) as work:
        assert (await customers.get(work, one.id)).name == "王小明"
    await run_due(at(works, request.due_at + timedelta(hours=1)))
    async with works.begin(SYSTEM) as work:
        assert (await customers.get(work, one.id)).name == "—"
        assert await customers.list_contact_points(work, one.id) == []
        assert await customers.list_documents(work, one.id) == []
        assert await customers.search(work, "王小明") == []
        (done,) = await privacy.list_erasures(work, one.id)
    assert done.state == "done" and done.rows["customers.documents"] == 1
    text = await works.pool.fetch(
        "SELECT name, payload::text FROM event WHERE customer_id = $1", one.id
    )
    assert not [row for row in text if "小明" in row["payload"] or NUMBER in row["payload"]]
    assert "privacy.customer_erased" in [row["name"] for row in text]


async def test_what_stands_against_it_is_said_in_words(works: Works) -> None:
    one = await person(works)
    had = await line(works, one)
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Refused, match="still has a line"):
            await privacy.ask_for_erasure(work, one.id)
    await close(works, had, NOW)
    async with works.begin(SYSTEM) as work:
        case = await cases.open_case(
            work, customer_id=one.id, class_code="consultation.bill", subject="x", description="y"
        )
        with pytest.raises(Refused, match="case is still open"):
            await privacy.ask_for_erasure(work, one.id)
    assert case.customer_id == one.id
    await works.pool.execute("UPDATE care_case SET state = 'cancelled'")
    async with works.begin(SYSTEM) as work:
        (account,) = await customers.list_accounts(work, one.id)
        hold = await privacy.place_hold(work, one.id, authority="Court", reference="7")
        with pytest.raises(Refused, match="authority"):
            await privacy.ask_for_erasure(work, one.id)
        await privacy.lift_hold(work, hold.id)
        assert ledger.Bucket.RECEIVABLE in await ledger.balances_of(work, one.id, account.id)
        assert await privacy.obstacle(work, one.id) == ""


async def test_a_hold_that_came_later_puts_it_off(works: Works) -> None:
    one = await person(works)
    async with at(works, NOW).begin(SYSTEM) as work:
        request = await privacy.ask_for_erasure(work, one.id)
        await privacy.place_hold(work, one.id, authority="Court", reference="8")
    await run_due(at(works, request.due_at))
    async with works.begin(SYSTEM) as work:
        (waiting,) = await privacy.list_erasures(work, one.id)
        assert waiting.state == "waiting" and "authority" in waiting.put_off
        assert waiting.due_at == request.due_at + model.AGAIN
        (hold,) = await privacy.list_holds(work, one.id)
        await privacy.lift_hold(work, hold.id)
    await run_due(at(works, waiting.due_at))
    async with works.begin(SYSTEM) as work:
        assert (await privacy.list_erasures(work, one.id))[0].state == "done"


async def test_a_request_taken_back_does_nothing(works: Works) -> None:
    one = await person(works)
    async with at(works, NOW).begin(SYSTEM) as work:
        request = await privacy.ask_for_erasure(work, one.id)
        await privacy.take_back(work, request.id)
    await run_due(at(works, request.due_at))
    async with works.begin(SYSTEM) as work:
        assert (await customers.get(work, one.id)).name == "王小明"
        with pytest.raises(Conflict):
            await privacy.take_back(work, request.id)


async def test_it_takes_the_right(works: Works) -> None:
    one = await person(works)
    clerk = Actor(kind=ActorKind.STAFF, id=new_id(), name="li", channel="desk")
    async with works.begin(clerk) as work:
        for act in (
            privacy.ask_for_erasure(work, one.id),
            privacy.place_hold(work, one.id, authority="a", reference="b"),
            privacy.set_term(work, "usage.records", 9),
            privacy.list_terms(work),
        ):
            with pytest.raises(Forbidden):
                await act
