"""The timeline on a real log, and the promise that every event of the house can be read."""

import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter

import pytest

from yizhan import domain
from yizhan.domain import cases, contacts, customers, timeline
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.kernel.events import Event
from yizhan.kernel.ids import new_id
from yizhan.platform.work import Works

AGENT = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="王番",
    channel="call_centre",
    permissions=frozenset(
        {"customers.read", "customers.search", "contacts.write", "cases.open", "cases.work"}
    ),
)


def every_event() -> Iterator[type[Event]]:
    for found in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        if found.name.rsplit(".", 1)[1] == "events":
            importlib.import_module(found.name)
    waiting = [Event]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "name" in vars(kind) and kind.__module__.startswith("yizhan.domain."):
            yield kind


@pytest.mark.parametrize("kind", sorted(every_event(), key=lambda e: e.name), ids=lambda e: e.name)
def test_every_event_has_words_that_name_only_what_it_says(kind: type[Event]) -> None:
    words = timeline.WORDS.get(kind.name)
    assert words is not None, f"{kind.name} has no words"
    for language in ("zh", "en"):
        asked = {field for _, field, _, _ in Formatter().parse(words[language]) if field}
        unknown = asked - set(kind.__struct_fields__)
        assert not unknown, f"{kind.name} ({language}) names {unknown}"
    assert words.zh != words.en


async def test_reads_a_contact_with_what_was_done_in_it(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="陈学生")
    async with works.begin(AGENT) as work:
        contact = await contacts.begin(
            work,
            customer_id=customer.id,
            channel=contacts.Channel.CALL_CENTRE,
            direction=contacts.Direction.IN,
            purpose="账单疑问",
        )
    async with works.begin(SYSTEM, contact_id=contact.id) as work:
        case = await cases.open_case(
            work,
            customer_id=customer.id,
            class_code="complaint.fees.minimum_spend",
            subject="最低消费",
        )
    async with works.begin(SYSTEM) as work:
        first = await timeline.of_customer(work, customer.id)
        assert [(g.contact_id, [e.name for e in g.entries]) for g in first.groups] == [
            (contact.id, ["cases.dispatched", "cases.opened", "contacts.contact_began"]),
            (None, ["customers.customer_created"]),
        ]
        head = first.groups[0].contact
        assert head is not None
        assert (head.channel, head.purpose, head.agent_name) == ("call_centre", "账单疑问", "王番")
        said = next(e for e in first.entries if e.name == "cases.opened").words
        assert said.zh == f"新建投诉工单 {case.number}：最低消费有异议 – 最低消费"
        assert said.en == f"Complaint {case.number} opened: Minimum spend is disputed – 最低消费"


async def test_is_paged_without_a_gap_or_a_double(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="陈学生")
        for count in range(7):
            await cases.open_case(
                work, customer_id=customer.id, class_code="praise", subject=f"好 {count}"
            )
    async with works.begin(SYSTEM) as work:
        everything = [e.id for e in (await timeline.of_customer(work, customer.id)).entries]
        paged, before = [], None
        while True:
            page = await timeline.of_customer(work, customer.id, limit=4, before=before)
            paged += [entry.id for entry in page.entries]
            if (before := page.before) is None:
                break
        assert paged == everything
        only = await timeline.of_customer(work, customer.id, room="customers")
        assert [entry.room for entry in only.entries] == ["customers"]


async def test_stays_hidden_until_the_caller_is_verified(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="陈学生")
    async with works.begin(AGENT) as work:
        with pytest.raises(contacts.NotVerified):
            await timeline.of_customer(work, customer.id)
    nobody = Actor(kind=ActorKind.STAFF, id=new_id())
    async with works.begin(nobody) as work:
        with pytest.raises(Forbidden):
            await timeline.of_customer(work, customer.id)


async def test_an_event_nobody_has_words_for_is_shown(works: Works) -> None:
    class Invented(Event, frozen=True, kw_only=True):
        name = "tests.invented"
        amount_fen: int

    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="陈学生")
        work.record(Invented(customer_id=customer.id, amount_fen=150))
    async with works.begin(SYSTEM) as work:
        newest = (await timeline.of_customer(work, customer.id)).entries[0]
        assert newest.words.en == "tests.invented – amount_fen 1.50"
