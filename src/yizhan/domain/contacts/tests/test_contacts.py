"""Contacts on a real database: who is verified, by what, and what a wrong try costs."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from yizhan.domain import contacts, customers, messages
from yizhan.domain.contacts import Contact
from yizhan.domain.customers import ContactKind, Customer, DocumentKind
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, Refused
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.clock import utc_now
from yizhan.platform.work import UnitOfWork, Works

ID_NUMBER = "11010519491231002X"
PHONE = "02223456789"


@pytest.fixture
async def wang(works: Works) -> Customer:
    async with works.begin(SYSTEM, now=utc_now() - timedelta(days=30)) as work:
        one = await customers.create_customer(work, name="王小明")
        await customers.add_document(
            work, one.id, kind=DocumentKind.RESIDENT_ID, number=ID_NUMBER, original_seen=True
        )
        await customers.add_contact_point(work, one.id, kind=ContactKind.PHONE, value=PHONE)
        await contacts.set_service_password(work, one.id, "271828")
    return one


async def call(
    works: Works, agent: Actor, customer_id: UUID | None, channel: str = "call_centre"
) -> Contact:
    async with works.begin(agent) as work:
        return await contacts.begin(work, customer_id=customer_id, channel=channel)


async def prove(
    works: Works,
    agent: Actor,
    contact: Contact,
    method: str,
    *,
    now: datetime | None = None,
    **evidence: str,
) -> contacts.Verification:
    async with works.begin(agent, contact_id=contact.id, now=now) as work:
        return await contacts.verify(work, contact.id, method=method, evidence=evidence)


async def verified(works: Works, actor: Actor, contact: Contact, customer_id: UUID) -> bool:
    async with works.read(actor, contact_id=contact.id) as work:
        return await contacts.is_verified(work, customer_id)


async def test_a_caller_is_unverified_until_a_method_says_otherwise(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    assert not await verified(works, agent, contact, wang.id)
    async with works.read(agent, contact_id=contact.id) as work:
        with pytest.raises(contacts.NotVerified, match="service password"):
            await contacts.require_verified(work, wang.id)
    assert (await prove(works, agent, contact, "service_password", password="271828")).ok
    assert await verified(works, agent, contact, wang.id)
    async with works.read(agent) as work:
        kept = await contacts.get(work, contact.id)
    assert kept.verified_method is contacts.Method.SERVICE_PASSWORD
    assert kept.verified_at is not None
    assert kept.verified_by == "li"


async def test_without_a_contact_the_agent_is_told_to_begin_one(
    works: Works, agent: Actor, wang: Customer
) -> None:
    async with works.read(agent) as work:
        with pytest.raises(contacts.NotVerified, match="Begin one"):
            await contacts.require_verified(work, wang.id)


async def test_a_proof_counts_for_one_customer_and_one_contact(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    await prove(works, agent, contact, "service_password", password="271828")
    async with works.begin(SYSTEM) as work:
        other = await customers.create_customer(work, name="李四")
    assert not await verified(works, agent, contact, other.id)
    later = await call(works, agent, wang.id)
    assert not await verified(works, agent, later, wang.id)
    async with works.begin(agent) as work:
        await contacts.finish(work, contact.id, disposition="answered", note="explained")
    assert not await verified(works, agent, contact, wang.id)


async def test_a_contact_left_open_does_not_stay_verified(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    await prove(works, agent, contact, "service_password", password="271828")
    async with works.begin(
        agent, contact_id=contact.id, now=utc_now() + timedelta(hours=5)
    ) as work:
        assert not await contacts.is_verified(work, wang.id)


async def test_the_third_wrong_password_locks_for_a_day_and_is_remembered(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    left = [
        (await prove(works, agent, contact, "service_password", password="000001")).tries_left
        for _ in range(3)
    ]
    assert left == [2, 1, 0]
    another = await call(works, agent, wang.id)
    with pytest.raises(contacts.Locked, match="until"):
        await prove(works, agent, another, "service_password", password="271828")
    # Another method is not locked by it.
    assert (await prove(works, agent, another, "document", number="002X")).ok
    tomorrow = utc_now() + timedelta(hours=25)
    assert (
        await prove(works, agent, another, "service_password", now=tomorrow, password="271828")
    ).ok


@pytest.mark.parametrize(
    ("channel", "number", "ok"),
    [
        ("call_centre", "002X", True),
        ("call_centre", ID_NUMBER, True),
        ("call_centre", "0021", False),
        ("shop", "002X", False),  # at the desk the whole document lies there
        ("shop", ID_NUMBER, True),
    ],
)
async def test_a_document_is_checked_in_full_where_it_can_be_seen(
    works: Works, agent: Actor, wang: Customer, channel: str, number: str, ok: bool
) -> None:
    contact = await call(works, agent, wang.id, channel)
    assert (await prove(works, agent, contact, "document", number=number)).ok is ok


async def sent_code(work: UnitOfWork, customer_id: UUID) -> str:
    [message] = [one for one in await messages.list_outbox(work) if one.customer_id == customer_id]
    assert message.text is not None
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]


async def test_a_one_time_code_is_delivered_used_once_and_never_in_an_event(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    async with works.begin(agent) as work:
        assert await contacts.send_code(work, contact.id, number=PHONE) == "022****6789"
    async with works.begin(SYSTEM) as work:
        code = await sent_code(work, wang.id)
        events = await work.db.fetch("SELECT payload::text FROM event")
        stored = await work.db.fetchval("SELECT hash FROM message_code")
    assert all(code not in row["payload"] for row in events)
    assert code not in stored
    assert (await prove(works, agent, contact, "one_time_code", code=code)).ok
    with pytest.raises(Refused, match="No code is in force"):
        await prove(works, agent, contact, "one_time_code", code=code)


async def test_a_code_runs_out_and_its_text_is_forgotten(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    async with works.begin(agent) as work:
        await contacts.send_code(work, contact.id, number=PHONE)
    later = utc_now() + timedelta(minutes=6)
    with pytest.raises(Refused, match="No code is in force"):
        await prove(works, agent, contact, "one_time_code", now=later, code="123123")
    async with works.begin(SYSTEM, now=later) as work:
        await messages.JOBS["messages.forget"](work, {})
        assert await work.db.fetchval("SELECT text FROM message") is None


async def test_a_code_goes_to_the_customers_own_numbers_only(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    async with works.begin(agent) as work:
        with pytest.raises(Refused, match="not a number of this customer"):
            await contacts.send_code(work, contact.id, number="13911112222")


async def test_a_number_given_today_is_not_called_back(
    works: Works, agent: Actor, wang: Customer
) -> None:
    async with works.begin(SYSTEM) as work:
        fresh = await customers.add_contact_point(
            work, wang.id, kind=ContactKind.PHONE, value="13911112222"
        )
    contact = await call(works, agent, wang.id)
    async with works.begin(agent) as work:
        [old] = await contacts.call_back_points(work, contact)
    with pytest.raises(Refused, match="called back"):
        await prove(works, agent, contact, "call_back", contact_point_id=str(fresh.id))
    assert (await prove(works, agent, contact, "call_back", contact_point_id=str(old.id))).ok


async def test_an_unknown_caller_is_found_later_and_still_has_to_prove_it(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, None)
    assert contact.customer_id == NIL
    with pytest.raises(Refused, match="whose contact"):
        await prove(works, agent, contact, "service_password", password="271828")
    async with works.begin(agent) as work:
        await contacts.identify(work, contact.id, wang.id)
    assert not await verified(works, agent, contact, wang.id)
    async with works.read(agent) as work:
        assert [one.id for one in await contacts.list_of_customer(work, wang.id)] == [contact.id]


async def test_a_finished_contact_takes_nothing_more(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    async with works.begin(agent) as work:
        with pytest.raises(Invalid, match="not a way"):
            await contacts.finish(work, contact.id, disposition="bored")
        await contacts.finish(work, contact.id, disposition="answered", note=" told the price ")
    with pytest.raises(contacts.ContactOver):
        await prove(works, agent, contact, "service_password", password="271828")
    async with works.read(agent) as work:
        assert (await contacts.get(work, contact.id)).note == "told the price"


async def test_who_is_no_caller_needs_no_proof(works: Works, agent: Actor, wang: Customer) -> None:
    client = Actor(kind=ActorKind.CLIENT, id=new_id())
    himself = Actor(kind=ActorKind.CUSTOMER, id=wang.id)
    stranger = Actor(kind=ActorKind.CUSTOMER, id=new_id())
    back_office = Actor(kind=ActorKind.STAFF, permissions=frozenset({"contacts.waive"}))
    answers = []
    for actor in (SYSTEM, client, himself, stranger, back_office, agent):
        async with works.read(actor) as work:
            answers.append(await contacts.is_verified(work, wang.id))
    assert answers == [True, True, True, False, True, False]


async def test_with_the_customer_on_the_line_also_the_back_office_asks_for_proof(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    back_office = Actor(kind=ActorKind.STAFF, permissions=frozenset({"contacts.waive"}))
    assert not await verified(works, back_office, contact, wang.id)


async def test_a_new_service_password_needs_a_verified_customer(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    async with works.begin(agent, contact_id=contact.id) as work:
        with pytest.raises(contacts.NotVerified):
            await contacts.set_service_password(work, wang.id, "314159")
    await prove(works, agent, contact, "document", number=ID_NUMBER)
    async with works.begin(agent, contact_id=contact.id) as work:
        await contacts.set_service_password(work, wang.id, "314159")
        stored = await work.db.fetchval("SELECT hash FROM service_password")
    assert stored.startswith("$argon2id$")
    assert (await prove(works, agent, contact, "service_password", password="314159")).ok


async def test_a_reset_lifts_the_lock_and_sends_a_chance_password(
    works: Works, agent: Actor, wang: Customer
) -> None:
    contact = await call(works, agent, wang.id)
    for _ in range(3):
        await prove(works, agent, contact, "service_password", password="000001")
    await prove(works, agent, contact, "document", number=ID_NUMBER)
    async with works.begin(agent, contact_id=contact.id) as work:
        await contacts.reset_service_password(work, wang.id, send_to=PHONE)
    async with works.begin(SYSTEM) as work:
        fresh = await sent_code(work, wang.id)
    assert (await prove(works, agent, contact, "service_password", password=fresh)).ok


async def test_an_agent_cannot_read_the_codes_himself(
    works: Works, agent: Actor, wang: Customer
) -> None:
    async with works.read(agent) as work:
        with pytest.raises(Forbidden):
            await messages.list_outbox(work)


async def test_one_finds_the_contacts_one_was_in_newest_first(
    works: Works, agent: Actor, wang: Customer
) -> None:
    first = await call(works, agent, wang.id)
    second = await call(works, agent, None, channel="shop")
    other = Actor(
        kind=ActorKind.STAFF, id=new_id(), name="wang", permissions=frozenset({"customers.read"})
    )
    async with works.read(agent) as work:
        assert [one.id for one in await contacts.list_of_actor(work)] == [second.id, first.id]
        assert len(await contacts.list_of_actor(work, limit=1)) == 1
    async with works.read(other) as work:
        assert await contacts.list_of_actor(work) == []
