"""What a customer does himself, and that the desk sees it."""

import csv
import io
import re

from yizhan.domain import cases, orders, timeline
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import PASSWORD, WANG, Browser, Person

_HIDDEN = re.compile(r'<input type="hidden" name="(token|key)" value="([^"]+)"')
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


async def test_every_page_opens(town: dict[str, Person], browse: Browser) -> None:
    reader, me = await browse(WANG), town[WANG]
    for path in (
        *("/my", "/my/glance", "/my/all", "/my/bills", "/my/records", "/my/advice", "/my/plans"),
        *("/my/plans/compare", "/my/points", "/my/new-password"),
        *("/my/lines", "/my/orders", "/my/matters", "/my/matters/new", "/my/payments"),
        *("/my/messages", "/my/settings", "/my/pay", "/my/help", "/shop", "/my/offline"),
        *("/my/matters/new?kind=complaint", f"/my/bills/{me.bill}", f"/my/orders/{me.order}"),
        *(f"/my/matters/{me.case}", f"/my/payments/{me.payment}", "/my/advice/line"),
        *("/my/manifest.webmanifest", "/my/sw.js", f"/my/matters/{me.case}/talk"),
    ):
        answer = await reader.get(path)
        assert answer.status_code == 200, (path, answer.text[-300:])


async def test_a_line_is_stopped_and_taken_up_again(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    looked = await reader.post("/my/orders/preview", line=str(me.line), kind="suspend")
    assert looked.status_code == 200
    sealed = dict(_HIDDEN.findall(looked.text))
    placed = await reader.post("/my/orders", line=str(me.line), kind="suspend", **sealed)
    assert placed.status_code == 303
    again = await reader.post("/my/orders", line=str(me.line), kind="suspend", **sealed)
    assert again.headers["location"] == placed.headers["location"], "twice is once"
    async with works.read(SYSTEM) as work:
        entries = (await timeline.of_customer(work, me.customer)).entries
    assert any("Suspend" in one.words.en or "suspen" in one.words.en.lower() for one in entries)
    assert entries[0].channel == "website"


async def test_a_loss_report_asks_once_more_who_it_is(
    town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    form = {"line": str(me.line), "kind": "loss"}
    looked = await reader.post("/my/orders/preview", **form)
    assert 'name="proof"' in looked.text
    sealed = dict(_HIDDEN.findall(looked.text))
    answer = await reader.post("/my/orders", **form, **sealed)
    assert answer.status_code == 422
    answer = await reader.post("/my/orders", **form, **sealed, proof="975310")
    assert answer.status_code == 422
    assert "Tries left: 2" in answer.text
    sealed = dict(_HIDDEN.findall(answer.text))
    answer = await reader.post(
        "/my/orders", **form, **sealed, proof="E" + WANG[-8:], proof_by="document"
    )
    assert answer.status_code == 303, answer.text[-500:]


async def test_an_order_is_taken_back(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    assert (await reader.post(f"/my/orders/{me.order}/undo")).status_code == 303
    async with works.read(me.actor()) as work:
        assert (await orders.get(work, me.order)).state is orders.State.CANCELLED


async def test_a_complaint_with_a_picture_reaches_the_desk(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    form = {
        "kind": "complaint",
        "class_code": "complaint.fees.long_distance",
        "subject": "Long distance twice",
        "description": "On the 3rd",
        "key": "once",
    }
    files = {"file": ("../../bill.png", PNG, "text/html")}
    sent = await reader.post("/my/matters/new", files=files, **form)
    assert sent.status_code == 303, sent.text[-400:]
    assert (await reader.post("/my/matters/new", files=files, **form)).headers[
        "location"
    ] == sent.headers["location"]
    case_id = sent.headers["location"].rpartition("/")[2]
    async with works.begin(SYSTEM) as work:
        found = next(
            one for one in await cases.list_of_customer(work, me.customer) if str(one.id) == case_id
        )
        files_there = await cases.list_attachments(work, found.id)
        await cases.add_note(work, found.id, "We look at the third.", to_customer=True)
        await cases.add_note(work, found.id, "He is right.")
    assert [(one.name, one.media_type) for one in files_there] == [("bill.png", "image/png")]
    page = await reader.get(sent.headers["location"])
    assert "We look at the third." in page.text
    assert "He is right." not in page.text, "what we write for ourselves stays ours"
    file = await reader.get(f"{sent.headers['location']}/files/{files_there[0].id}")
    assert file.content == PNG
    assert file.headers["content-disposition"].startswith("attachment")


async def test_who_was_answered_says_whether_it_helped(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    address = f"/my/matters/{me.case}"
    assert "Did it help?" not in (await reader.get(address)).text
    early = await reader.post(f"{address}/rate", result="satisfied")
    assert early.status_code == 422, "nobody says how the answer was before there is one"

    async def answered(text: str) -> None:
        async with works.begin(SYSTEM) as work:
            await cases.take(work, me.case)
            await cases.answer(work, me.case, text=text, outcome=cases.Outcome.SOLVED)

    await answered("The mast works again.")
    assert "Did it help?" in (await reader.get(address)).text
    for wrong in ("unreachable", "splendid"):
        assert (await reader.post(f"{address}/rate", result=wrong)).status_code == 422
    assert (await reader.post(f"{address}/rate", result="dissatisfied")).status_code == 303
    async with works.read(SYSTEM) as work:
        assert (await cases.get(work, me.case)).state is cases.State.ESCALATED
    await answered("A new mast stands.")
    assert (await reader.post(f"{address}/rate", result="satisfied")).status_code == 303
    page = await reader.get(address)
    assert "You said: Satisfied" in page.text
    async with works.read(SYSTEM) as work:
        case = await cases.get(work, me.case)
    assert case.state is cases.State.ARCHIVED
    assert case.satisfaction is cases.FollowUp.SATISFIED


async def test_what_settled_itself_is_withdrawn(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    assert (await reader.post(f"/my/matters/{me.case}/withdraw")).status_code == 303
    async with works.read(SYSTEM) as work:
        assert (await cases.get(work, me.case)).state is cases.State.CANCELLED
    assert (await reader.post(f"/my/matters/{me.case}/withdraw")).status_code == 422


async def test_what_is_no_picture_and_what_is_too_large_is_refused(
    town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    address = f"/my/matters/{me.case}/write"
    for content, said in (
        (b"MZ\x90\x00" + bytes(99), "Send a picture"),
        (b"%PDF-" + bytes(cases.SIZE_MAX), "larger than 5 MB"),
    ):
        answer = await reader.post(address, files={"file": ("x.png", content, "image/png")})
        assert answer.status_code == 422
        assert said in answer.text


async def test_records_come_as_a_file(town: dict[str, Person], browse: Browser) -> None:
    reader = await browse(WANG)
    answer = await reader.get("/my/records.csv?month=2026-01")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][0] == "Time"
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_consent_is_given_and_taken_back(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    for said in ("yes", "no"):
        answer = await reader.post("/my/settings/consents", purpose="advice", granted=said)
        assert answer.status_code == 303
    assert PASSWORD not in (await reader.get("/my/settings")).text


async def test_large_and_simple_shows_a_person_to_call(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    await reader.post("/my/look", elder="on", next="/my")
    page = await reader.get("/my")
    assert "data-elder" in page.text
    assert 'class="call-us" href="tel:10010"' in page.text


async def test_the_site_can_be_put_on_a_first_screen(browse: Browser) -> None:
    reader = await browse()
    told = (await reader.get("/my/manifest.webmanifest")).json()
    assert told["display"] == "standalone" and told["start_url"] == "/my"
    sizes = {(one["sizes"], one.get("purpose")) for one in told["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    for one in told["icons"]:
        picture = await reader.client.get(one["src"])
        assert picture.status_code == 200, one
        if one["type"] == "image/png":
            width = int.from_bytes(picture.content[16:20], "big")
            assert one["sizes"] == f"{width}x{width}"


async def test_the_worker_keeps_the_shell_and_nothing_personal(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    script = (await reader.get("/my/sw.js")).text
    shell = re.search(r"const SHELL = \[(.*)\];", script)
    assert shell is not None
    kept = re.findall(r'"([^"]+)"', shell[1])
    assert all(one.startswith("/assets/") or one == "/my/offline" for one in kept)
    assert "王明" not in (await reader.get("/my/offline")).text
