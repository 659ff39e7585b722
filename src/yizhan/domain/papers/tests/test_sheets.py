"""Sheets of a real bill and a real receipt, typeset and read back as a reader's program does."""

import asyncio
import io
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from yizhan.domain import customers, papers, payments
from yizhan.domain.billing.tests.town import FEBRUARY, HARBIN, JANUARY, Person, Town
from yizhan.domain.papers.bill import code_of
from yizhan.domain.papers.service import SHEETS
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform import db, typeset

HEAD = papers.Letterhead(operator=Text("一站通信", "Yizhan Telecom"), site="https://my.example.com")
NASTY = '李#eval("1+1")#read("/etc/passwd") $x$ \\ @a <b> *c* _d_ [e] // "f"'


@pytest.fixture
async def town(pool: db.Pool) -> Town:
    town = Town(pool)
    await town.publish(
        "2004/zhuoyue.yaml", "2004/addon_caller_id.yaml", "2004/addon_content_month.yaml"
    )
    return town


async def neighbour(town: Town) -> Person:
    """Below the minimum spend in January, above it in February."""
    who = await town.person("zhuoyue")
    await town.use(who, JANUARY, 138, every=timedelta(hours=4))
    await town.use(who, JANUARY, 30, peer=HARBIN, every=timedelta(hours=20))
    await town.bill(JANUARY)
    return who


async def bill_of(
    town: Town, who: Person, language: str, *, itemised: bool = False, by: Actor = SYSTEM
) -> papers.Sheet:
    bill = await town.bill_of(who, JANUARY if town.now.month == 2 else FEBRUARY)
    async with town.works.read(by) as work:
        return await papers.bill(
            work, bill.customer_id, bill.id, language=language, head=HEAD, itemised=itemised
        )


def read(content: bytes) -> tuple[PdfReader, str]:
    found = PdfReader(io.BytesIO(content))
    return found, "\n".join(page.extract_text() for page in found.pages)


async def test_a_bill_says_what_the_page_says(town: Town) -> None:
    who = await neighbour(town)
    sheet = await bill_of(town, who, "zh")
    found, text = read(await papers.drawn(sheet))
    assert found.metadata is not None and found.metadata.title == "2026 年 1 月账单"
    assert found.metadata.author == "一站通信"
    assert found.trailer["/Root"]["/Lang"] == "zh-CN"
    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    width, height = found.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (595, 842)
    flat = "".join(text.split())
    for said in ("张三", who.account.number, "108.00", "费用明细", "扫码缴费", "此前没有账单"):
        assert said in flat, said
    assert "最低消费108.00元；您的费用合计71.40元；补足36.60元" in flat
    assert "什么是最低消费：所选套餐约定每月至少108.00元" in flat
    assert sheet.file_name == f"bill-202601-{who.account.number}.pdf"
    assert f"/my/pay?account={who.account.id}&amount=108.00" in sheet.data["pay"]["alt"]
    again = await papers.drawn(sheet)
    assert again == await papers.drawn(sheet), "the same sheet, the same bytes"


async def test_a_bill_against_the_month_before_with_every_record(town: Town) -> None:
    who = await neighbour(town)
    await town.use(who, FEBRUARY, 138, every=timedelta(hours=4))
    await town.use(who, FEBRUARY, 91, peer=HARBIN, every=timedelta(hours=7))
    await town.bill(FEBRUARY)
    found, text = read(await papers.drawn(await bill_of(town, who, "en", itemised=True)))
    assert found.metadata is not None and found.metadata.title == "Bill of February 2026"
    assert found.trailer["/Root"]["/Lang"] == "en-GB"
    flat = " ".join(text.split())
    assert "January 2026: 108.00 yuan" in flat and "Harbin" in flat
    assert flat.count("02-") >= 229, "every record has its line"
    assert len(found.pages) > 4
    assert f"{len(found.pages)} / {len(found.pages)}" in flat
    assert "Itemised records" not in "".join(read(await papers.drawn(
        await bill_of(town, who, "en")))[1])  # fmt: skip


async def test_what_a_customer_is_called_is_never_code(town: Town) -> None:
    who = await neighbour(town)
    async with town.works.begin(SYSTEM) as work:
        await customers.change_customer(work, who.account.customer_id, name=NASTY)
    _, text = read(await papers.drawn(await bill_of(town, who, "zh")))
    assert "".join(NASTY.split()) in "".join(text.split())
    assert "root:" not in text


def test_templates_fetch_nothing() -> None:
    for template in SHEETS.glob("*.typ"):
        text = template.read_text("utf-8")
        assert "@preview" not in text and "eval(" not in text and "http" not in text, template.name


def test_no_file_outside_its_folder_can_be_read(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "a.typ").write_text('#read("../secret.txt")')
    with pytest.raises(RuntimeError, match="escape the project root"):
        typeset.compiled(folder / "a.typ", {}, datetime.now(UTC))


async def test_the_loop_goes_on_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    the_loop_turned = threading.Event()

    def slow(*_: object) -> bytes:
        assert the_loop_turned.wait(20), "typesetting holds the event loop"
        return b"%PDF"

    monkeypatch.setattr(typeset, "compiled", slow)
    drawing = asyncio.create_task(typeset.pdf(SHEETS / "bill.typ", {}, moment=datetime.now(UTC)))
    await asyncio.sleep(0)
    the_loop_turned.set()
    assert await drawing == b"%PDF"


async def test_a_receipt_and_its_reversal(town: Town) -> None:
    who = await neighbour(town)
    clerk = Actor(
        kind=ActorKind.STAFF, id=new_id(), name="周洁", channel="shop", permissions=frozenset("*")
    )
    async with town.works.begin(clerk) as work:
        paid = await payments.take_cash(work, account_id=who.account.id, amount=108_00, key="a")
    lead = Actor(
        kind=ActorKind.STAFF, id=new_id(), name="李敏", channel="desk", permissions=frozenset("*")
    )
    async with town.works.read(lead) as work:
        sheet = await papers.receipt(work, paid.customer_id, paid.id, language="zh", head=HEAD)
    flat = "".join(read(await papers.drawn(sheet))[1].split())
    assert "缴费收据" in flat and paid.receipt in flat and "壹佰零捌元整" in flat
    assert "周洁" in flat and "收据不是发票" in flat
    async with town.works.begin(lead) as work:
        back = await payments.reverse(work, paid.customer_id, paid.id, reason="wrong account")
    async with town.works.read(lead) as work:
        void = await papers.receipt(work, paid.customer_id, paid.id, language="en", head=HEAD)
        red = await papers.receipt(work, paid.customer_id, back.id, language="en", head=HEAD)
    assert "taken back: void" in " ".join(read(await papers.drawn(void))[1].split())
    said = " ".join(read(await papers.drawn(red))[1].split())
    assert "Receipt of a reversal" in said and "-108.00" in said and "wrong account" in said


async def test_another_customer_sees_no_bill_of_mine(town: Town) -> None:
    who = await neighbour(town)
    other = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="x", channel="website")
    with pytest.raises(Forbidden):
        await bill_of(town, who, "zh", by=other)


def test_the_code_holds_the_address() -> None:
    drawn = code_of("https://my.example.com/my/pay?account=1&amount=108.00")
    assert drawn.startswith("<svg") and "<path" in drawn
