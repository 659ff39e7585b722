"""Customers on a real database: kept, found, changed, consented, audited."""

from datetime import date

import asyncpg
import pytest

from yizhan.domain import customers
from yizhan.domain.customers import ContactKind, Customer, DocumentKind, Origin
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork, Works

ID_NUMBER = "11010519491231002X"


async def wang(work: UnitOfWork, name: str = "王小明") -> Customer:
    return await customers.create_customer(work, name=name, birth_date=date(1985, 3, 1))


async def found(work: UnitOfWork, text: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.number) for hit in await customers.search(work, text)]


async def test_a_customer_is_found_by_whatever_he_can_name(works: Works, agent: Actor) -> None:
    async with works.begin(agent) as work:
        one = await wang(work)
        account = await customers.open_account(work, one.id)
        await customers.add_document(
            work, one.id, kind=DocumentKind.RESIDENT_ID, number=ID_NUMBER, original_seen=True
        )
        await customers.add_contact_point(
            work, one.id, kind=ContactKind.PHONE, value="022-2345 6789"
        )
        await customers.put_search_key(
            work, customer_id=one.id, kind="case", key="TS-0001", label="TS-0001", ref_id=new_id()
        )
    async with works.read(agent) as work:
        assert await found(work, one.number.lower()) == [("customer", one.number)]
        assert await found(work, account.number) == [("account", one.number)]
        assert await found(work, "110105 1949 1231 002x") == [("document", one.number)]
        assert await found(work, "02223456") == [("phone", one.number)]
        assert await found(work, "ts0001") == [("case", one.number)]
        assert await found(work, "王小") == [("name", one.number)]
        assert await found(work, "小明") == [("name_part", one.number)]
        assert await found(work, "110105") == []  # a document is found in full only


async def test_a_name_is_found_by_its_middle(works: Works, agent: Actor) -> None:
    async with works.begin(agent) as work:
        shop = await wang(work, "天津市和平区商贸有限公司")
        smith = await wang(work, "John Ronald Smithson")
    async with works.read(agent) as work:
        assert await found(work, "和平区") == [("name_part", shop.number)]
        assert await found(work, "公司") == [("name_part", shop.number)]
        assert await found(work, "smith") == [("name_part", smith.number)]
        assert await found(work, "nald") == [("name", smith.number)]  # inside a word: trigrams


async def test_without_the_extension_names_are_still_found_from_any_word_on(
    works: Works, agent: Actor
) -> None:
    async with works.begin(agent) as work:
        smith = await wang(work, "John Smithson")
        await work.db.execute("DROP INDEX search_key_by_trigram")
    async with works.read(agent) as work:
        assert await found(work, "smith") == [("name_part", smith.number)]
        assert await found(work, "miths") == []


async def test_the_exact_number_comes_first_and_each_customer_once(
    works: Works, agent: Actor
) -> None:
    async with works.begin(agent) as work:
        longer, exact = await wang(work, "甲某"), await wang(work, "乙某")
        for one, number in ((longer, "13000000012"), (exact, "1300000001"), (exact, "1300000013")):
            await customers.put_search_key(
                work, customer_id=one.id, kind="number", key=number, label=number, ref_id=new_id()
            )
    async with works.read(agent) as work:
        hits = await customers.search(work, "1300000001")
    assert [(hit.customer_id, hit.exact) for hit in hits] == [(exact.id, True), (longer.id, False)]


async def test_a_changed_name_is_found_and_the_old_one_is_not(works: Works, agent: Actor) -> None:
    async with works.begin(agent) as work:
        one = await wang(work)
        await customers.change_customer(work, one.id, name="王大明", tier="gold")
    async with works.read(agent) as work:
        assert await found(work, "小明") == []
        assert await found(work, "大明") == [("name_part", one.number)]
        assert (await customers.get(work, one.id)).tier is customers.Tier.GOLD


@pytest.mark.parametrize("text", ["", "王", "#", "#00112233"])
async def test_too_short_a_search_says_what_to_type(works: Works, agent: Actor, text: str) -> None:
    async with works.read(agent) as work:
        with pytest.raises(Invalid, match="at least"):
            await customers.search(work, text)


async def test_what_was_asked_needs_a_consent_and_goes_with_it(works: Works, agent: Actor) -> None:
    async with works.begin(agent) as work:
        one = await wang(work)
        with pytest.raises(customers.NeedsConsent):
            await customers.set_attribute(work, one.id, "student", "true", origin=Origin.ASKED)
        await customers.set_attribute(
            work, one.id, "home_province", "heilongjiang", origin=Origin.DOCUMENT
        )
        await customers.set_consent(work, one.id, "advice", granted=True, origin="call")
        await customers.set_attribute(work, one.id, "student", "true", origin=Origin.ASKED)
    async with works.begin(agent) as work:
        await customers.set_consent(work, one.id, "advice", granted=False, origin="call")
        left = await customers.list_attributes(work, one.id)
        assert [attribute.name for attribute in left] == ["home_province"]
        assert work.recorded[-1].attributes_deleted == ["student"]  # type: ignore[attr-defined]
        assert not await customers.has_consent(work, one.id, "advice")


async def test_the_clear_number_needs_the_right_and_a_reason_and_leaves_a_trace(
    works: Works, agent: Actor
) -> None:
    async with works.begin(agent) as work:
        one = await wang(work)
        document = await customers.add_document(
            work, one.id, kind=DocumentKind.RESIDENT_ID, number=ID_NUMBER, original_seen=True
        )
        assert document.number_masked == "110**************X"
        with pytest.raises(Forbidden):
            await customers.reveal_document(work, one.id, document.id, reason="transfer")
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid, match="why"):
            await customers.reveal_document(work, one.id, document.id, reason=" ")
        seen = await customers.reveal_document(work, one.id, document.id, reason="transfer")
        assert seen == ID_NUMBER
    async with works.read(SYSTEM) as work:
        assert [row["what"] for row in await customers.list_reads(work, one.id)] == ["document"]
        names = await work.db.fetch("SELECT name FROM event WHERE customer_id = $1", one.id)
    assert "customers.document_revealed" in [row["name"] for row in names]


async def test_a_sealed_number_does_not_open_in_another_row(works: Works, agent: Actor) -> None:
    async with works.begin(SYSTEM) as work:
        one = await wang(work)
        documents = [
            await customers.add_document(
                work, one.id, kind=DocumentKind.PASSPORT, number=number, original_seen=True
            )
            for number in ("E11112222", "E33334444")
        ]
        await work.db.execute(
            "UPDATE identity_document SET number_cipher = (SELECT number_cipher FROM"
            " identity_document WHERE id = $1) WHERE id = $2",
            *(document.id for document in documents),
        )
        with pytest.raises(RuntimeError, match="does not open"):
            await customers.reveal_document(work, one.id, documents[1].id, reason="transfer")


@pytest.mark.parametrize(
    ("said", "fit"), [(ID_NUMBER, "full"), ("002x", "last"), ("02X", None), ("0021", None)]
)
async def test_a_document_is_compared_in_full_or_by_its_end(
    works: Works, agent: Actor, said: str, fit: str | None
) -> None:
    async with works.begin(agent) as work:
        one = await wang(work)
        await customers.add_document(
            work, one.id, kind=DocumentKind.RESIDENT_ID, number=ID_NUMBER, original_seen=True
        )
        assert await customers.document_matches(work, one.id, said) == fit


async def test_without_the_right_nothing_is_done(works: Works) -> None:
    stranger = Actor(kind=ActorKind.STAFF, id=new_id(), name="x")
    async with works.begin(SYSTEM) as work:
        one = await wang(work)
    async with works.read(stranger) as work:
        for act in (
            customers.search(work, "王小"),
            customers.get(work, one.id),
            customers.list_documents(work, one.id),
            customers.open_account(work, one.id),
            customers.list_reads(work, one.id),
        ):
            with pytest.raises(Forbidden):
                await act


async def test_a_customer_reads_himself_and_nobody_else(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        one, other = await wang(work), await wang(work, "李四")
    himself = Actor(kind=ActorKind.CUSTOMER, id=one.id, channel="website")
    async with works.read(himself) as work:
        assert (await customers.get(work, one.id)).id == one.id
        with pytest.raises(Forbidden):
            await customers.get(work, other.id)


async def test_a_prospect_becomes_a_customer_with_his_first_account(
    works: Works, agent: Actor
) -> None:
    async with works.begin(agent) as work:
        one = await customers.create_customer(work, name="学生", status=customers.Status.PROSPECT)
        account = await customers.open_account(work, one.id, cycle_day=15)
        assert (await customers.get(work, one.id)).status is customers.Status.ACTIVE
        changed = await customers.change_account(work, account.id, credit_limit_fen=20000)
        assert (changed.credit_limit_fen, changed.cycle_day) == (20000, 15)
        with pytest.raises(Invalid, match="cannot be changed"):
            await customers.change_account(work, account.id, number="A1")
        with pytest.raises(NotFound):
            await customers.get_account(work, new_id())


async def test_a_loaded_customer_is_like_one_made_by_hand(works: Works, agent: Actor) -> None:
    row = customers.NewCustomer(
        id=new_id(),
        name="赵小刚",
        since=date(2020, 1, 1),
        accounts=(customers.NewAccount(id=new_id(), cycle_day=5),),
        documents=(customers.NewDocument(kind=DocumentKind.RESIDENT_ID, number=ID_NUMBER),),
        contacts=((ContactKind.PHONE, "02223456789"),),
        attributes=(("home_province", "hebei", Origin.IMPORT),),
        consents=("advice",),
    )
    async with works.begin(SYSTEM) as work:
        assert await customers.bulk_load(work, [row]) == 1
    async with works.begin(agent) as work:
        for text, kind in (("赵小", "name"), (ID_NUMBER, "document"), ("02223456789", "phone")):
            assert [hit[0] for hit in await found(work, text)] == [kind]
        assert await customers.has_consent(work, row.id, "advice")
        assert await customers.document_matches(work, row.id, ID_NUMBER) == "full"
        [account] = await customers.list_accounts(work, row.id)
        assert account.cycle_day == 5
        names = await work.db.fetch("SELECT name FROM event WHERE customer_id = $1", row.id)
        assert {event["name"] for event in names} == {
            "customers.customer_created",
            "customers.account_opened",
        }
        with pytest.raises(asyncpg.UniqueViolationError):
            await customers.bulk_load(
                _as_system(work), [customers.NewCustomer(id=row.id, name="x", since=row.since)]
            )


def _as_system(work: UnitOfWork) -> UnitOfWork:
    work.actor = SYSTEM
    return work
