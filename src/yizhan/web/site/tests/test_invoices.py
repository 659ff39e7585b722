"""Invoices and papers on the site: asked for, kept, never another's; how bills come."""

import io
from typing import Any

import httpx
from pypdf import PdfReader

from yizhan.domain import customers, invoices
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person


def text_of(answer: httpx.Response) -> str:
    """What a PDF says, without its spaces."""
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def wish(person: Person, **more: Any) -> dict[str, str]:
    """The form of an invoice over one's payment."""
    return {
        "key": "one",
        "subject": "payment",
        "about": str(person.payment),
        "title_kind": "personal",
        "title": "王明",
        "taxpayer": "",
        "amount": "",
        **more,
    }


async def test_an_invoice_from_asking_to_paper(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    page = await reader.get(f"/my/invoices/new?payment={me.payment}")
    assert 'value="50.00"' in page.text and 'value="王明"' in page.text
    wrong = await reader.post(
        "/my/invoices/new",
        **wish(me, title_kind="company", title="某公司", taxpayer="91110000802100433C"),
    )
    assert wrong.status_code == 422 and "one was mistyped" in wrong.text and "某公司" in wrong.text
    for _ in range(2):
        asked = await reader.post("/my/invoices/new", **wish(me))
        assert asked.status_code == 303 and asked.headers["location"] == "/my/invoices"
    async with works.read(me.actor()) as work:
        (one,) = await invoices.list_of_customer(work, me.customer)
    assert one.amount_fen == 5000
    listed = await reader.get("/my/invoices")
    assert one.printed in listed.text
    paper = text_of(await reader.client.get(f"/my/invoices/{one.id}/pdf"))
    assert one.printed in paper and "50.00yuan" in paper and "nofiscalseal" in paper
    again = await reader.get(f"/my/invoices/new?payment={me.payment}")
    assert "Nothing is left to be invoiced" in again.text

    other = await browse(LIU)
    assert (await other.client.get(f"/my/invoices/{one.id}/pdf")).status_code == 404
    stolen = await other.post("/my/invoices/new", **wish(me, key="two"))
    assert stolen.status_code == 404


async def test_bill_and_receipt_as_paper(town: dict[str, Person], browse: Browser) -> None:
    reader, me, other = await browse(WANG), town[WANG], town[LIU]
    assert "220.00" in text_of(await reader.client.get(f"/my/bills/{me.bill}/pdf"))
    assert "Amount,yuan50.00" in text_of(await reader.client.get(f"/my/payments/{me.payment}/pdf"))
    for path in (f"/my/bills/{other.bill}/pdf", f"/my/payments/{other.payment}/pdf"):
        assert (await reader.client.get(path)).status_code == 404


async def test_how_bills_come(works: Works, town: dict[str, Person], browse: Browser) -> None:
    reader, me = await browse(WANG), town[WANG]
    await reader.get("/my/e-bill")
    for way, medium, enclosed in (
        ("email_pdf", customers.BillMedium.EMAIL, True),
        ("email", customers.BillMedium.EMAIL, False),
        ("none", customers.BillMedium.NONE, False),
    ):
        chosen = await reader.post("/my/e-bill", account=str(me.account), way=way)
        assert chosen.status_code == 303
        async with works.read(me.actor()) as work:
            account = await customers.get_account(work, me.account)
        assert (account.bill_medium, account.bill_enclosed) == (medium, enclosed)
    others = await reader.post("/my/e-bill", account=str(town[LIU].account), way="email")
    assert others.status_code == 404
