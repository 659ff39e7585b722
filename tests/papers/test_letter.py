"""A bill and an invoice as a real mail server gets them: with their PDF, where it is wanted."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from yizhan import main
from yizhan.channels.email import Letters, MailServer
from yizhan.channels.email.tests.peer import Peer, serving
from yizhan.channels.outbox import carry_due
from yizhan.domain import customers, messages
from yizhan.domain.billing.tests.town import JANUARY, Person, Town
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.platform import db
from yizhan.settings import Settings

NOON = datetime(2026, 2, 1, 4, tzinfo=UTC)


@pytest.fixture
async def town(pool: db.Pool) -> Town:
    town = Town(pool)
    await town.publish("2004/zhuoyue.yaml", "2004/addon_caller_id.yaml",
                       "2004/addon_content_month.yaml")  # fmt: skip
    return town


async def billed(town: Town) -> Person:
    """Somebody with an address and a bill."""
    who = await town.person("zhuoyue")
    async with town.works.begin(SYSTEM) as work:
        await customers.add_contact_point(
            work,
            who.account.customer_id,
            kind=customers.ContactKind.EMAIL,
            value="zhang@example.com",
        )
    await town.use(who, JANUARY, 30, every=timedelta(hours=4))
    await town.bill(JANUARY)
    return who


async def write(town: Town, who: Person, enclosed: str) -> None:
    town.now = NOON
    async with town.works.begin(SYSTEM) as work:
        await messages.send(
            work,
            customer_id=who.account.customer_id,
            template="bill_ready",
            facts={
                "month": "2026-01",
                "number": "1",
                "total_fen": 10800,
                "due_date": "2026-02-28",
                "link": "https://my.example.com/my/bills/1",
            },
            channel="email",
            key=enclosed,
            enclosed=enclosed,
        )


async def carried(town: Town) -> Peer:
    """What the mail server has when the outbox was carried."""
    peer = Peer()
    with serving(peer) as port:
        server = MailServer(
            host="127.0.0.1",
            port=port,
            security="none",
            sender="care@yizhan.example",
            sender_name=Text("一站通信", "Yizhan Telecom"),
        )
        chosen = Settings(public_url="https://my.example.com")
        wire = Letters(server, main.enclosing(town.works, chosen))
        assert await carry_due(town.works, {messages.Medium.EMAIL: wire}) == 1
    return peer


async def test_the_letter_of_a_bill_encloses_it(town: Town) -> None:
    who = await billed(town)
    bill = await town.bill_of(who, JANUARY)
    await write(town, who, f"bill/{bill.id}")
    (letter,) = (await carried(town)).letters
    (file,) = letter.iter_attachments()
    assert file.get_filename() == f"bill-202601-{who.account.number}.pdf"
    assert file.get_content_type() == "application/pdf"
    text = "".join(PdfReader(io.BytesIO(file.get_content())).pages[0].extract_text().split())
    assert "2026年1月账单" in text and "108.00" in text
    assert "2026-01" in letter["Subject"]


async def test_who_wants_no_paper_gets_the_letter_alone(town: Town) -> None:
    who = await billed(town)
    bill = await town.bill_of(who, JANUARY)
    async with town.works.begin(SYSTEM) as work:
        await customers.change_account(work, who.account.id, bill_enclosed=False)
    await write(town, who, f"bill/{bill.id}")
    (letter,) = (await carried(town)).letters
    assert list(letter.iter_attachments()) == [] and "108.00" in letter.get_content()


async def test_what_is_no_longer_kept_holds_no_letter_back(town: Town) -> None:
    who = await billed(town)
    await write(town, who, f"invoice/{who.account.id}")
    (letter,) = (await carried(town)).letters
    assert list(letter.iter_attachments()) == []
