"""Coming in: password, code, three tries, ending a session here and elsewhere."""

import re
from datetime import timedelta

import pytest

from yizhan.domain import contacts, messages
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import LIU, PASSWORD, WANG, Browser, Person


async def test_number_and_password_open_the_first_page(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    page = await reader.get("/my")
    assert page.status_code == 200
    assert "王明" in page.text
    assert "no-store" in page.headers["cache-control"]


async def test_three_wrong_tries_lock_the_password_even_for_the_right_one(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse()
    for left in (2, 1):
        answer = await reader.sign_in(WANG, "975310")
        assert answer.status_code == 422
        assert f"{left} more tries" in answer.text
    assert "last try" in (await reader.sign_in(WANG, "975310")).text
    answer = await reader.sign_in(WANG)
    assert answer.status_code == 409
    assert "locked until" in answer.text
    assert (await (await browse()).sign_in(LIU)).status_code == 303


async def test_a_number_nobody_has_is_answered_as_a_wrong_password_is(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse()
    for number in (WANG, "13099999999"):
        said = [await reader.sign_in(number, "975310") for _ in range(4)]
        assert [one.status_code for one in said] == [422, 422, 422, 409]
        shown = [re.findall(r'id="problem"[^>]*>([^<]+)<', one.text)[0] for one in said]
        assert shown[0].startswith("Number and service password do not fit. 2 more")
        assert "locked until" in shown[3]


async def test_a_code_by_sms_opens_the_door_once(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse()
    await reader.get("/my/sign-in?way=code")
    sent = await reader.post("/my/sign-in/code", number=WANG)
    assert "130****0001" in sent.text
    code = await sent_code(works)
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    answer = await reader.post("/my/sign-in/code/check", code=wrong, sent_to="130****0001")
    assert answer.status_code == 422
    answer = await reader.post("/my/sign-in/code/check", code=code, sent_to="130****0001")
    assert answer.status_code == 303
    assert (await reader.get("/my")).status_code == 200
    other = await browse()
    await other.get("/my/sign-in?way=code")
    assert "130****9999" in (await other.post("/my/sign-in/code", number="13000009999")).text


async def test_a_forgotten_password_is_replaced_by_a_code_to_the_number(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse()
    for _ in range(3):
        await reader.sign_in(WANG, "975310")
    assert (await reader.sign_in(WANG)).status_code == 409, "locked by wrong tries"
    page = await reader.get("/my/sign-in?way=code&next=/my/new-password")
    assert "Forgotten the password?" in page.text
    await reader.post("/my/sign-in/code", number=WANG, next="/my/new-password")
    answer = await reader.post(
        "/my/sign-in/code/check", code=await sent_code(works), next="/my/new-password"
    )
    assert answer.headers["location"] == "/my/new-password"
    page = await reader.get("/my/new-password")
    assert 'name="old"' not in page.text
    form = {"forgotten": "yes", "new": "864203", "again": "864204"}
    answer = await reader.post("/my/settings/password", **form)
    assert answer.status_code == 422 and "differ" in answer.text
    answer = await reader.post("/my/settings/password", **form | {"again": "864203"})
    assert answer.status_code == 303
    assert (await (await browse()).sign_in(WANG, "864203")).status_code == 303, "no lock is left"


async def test_who_came_in_by_password_needs_the_old_one(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    assert 'name="old"' in (await reader.get("/my/new-password")).text
    form = {"forgotten": "yes", "new": "864203", "again": "864203"}
    assert (await reader.post("/my/settings/password", **form)).status_code == 422
    assert (await (await browse()).sign_in(WANG)).status_code == 303


async def test_a_code_stands_for_the_old_password_a_quarter_of_an_hour(
    works: Works, town: dict[str, Person], browse: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await browse()
    await reader.get("/my/sign-in?way=code")
    await reader.post("/my/sign-in/code", number=WANG)
    await reader.post("/my/sign-in/code/check", code=await sent_code(works))
    assert 'name="old"' not in (await reader.get("/my/new-password")).text
    monkeypatch.setattr("yizhan.web.site.settings.CODE_COUNTS_FOR", timedelta(0))
    assert 'name="old"' in (await reader.get("/my/new-password")).text
    answer = await reader.post("/my/settings/password", new="864203", again="864203")
    assert answer.status_code == 422


async def sent_code(works: Works) -> str:
    """The code of the newest message."""
    async with works.read(SYSTEM) as work:
        return next(
            found[0]
            for one in await messages.list_outbox(work)
            if (found := re.findall(r"\b\d{6}\b", one.text or ""))
        )


async def test_a_form_of_another_site_is_refused(town: dict[str, Person], browse: Browser) -> None:
    reader = await browse(WANG)
    reader.token = "made up"
    assert (await reader.post("/my/look", elder="on")).status_code == 403
    assert (await reader.post("/my/settings/consents", purpose="advice")).status_code == 403


async def test_a_new_password_ends_the_other_sessions(
    town: dict[str, Person], browse: Browser
) -> None:
    here, there = await browse(WANG), await browse(WANG)
    answer = await here.post("/my/settings/password", old="000111", new="864203", again="864203")
    assert answer.status_code == 422
    form = {"old": PASSWORD, "new": "864203", "again": "864203"}
    assert (await here.post("/my/settings/password", **form)).status_code == 303
    assert (await here.get("/my")).status_code == 200
    assert (await there.get("/my")).status_code == 303
    assert (await (await browse()).sign_in(WANG, "864203")).status_code == 303


async def test_all_other_sessions_are_ended_at_once(
    town: dict[str, Person], browse: Browser
) -> None:
    here, there, third = await browse(WANG), await browse(WANG), await browse(WANG)
    neighbour = await browse(LIU)
    assert (await here.post("/my/settings/sessions/end-others")).status_code == 303
    assert (await here.get("/my")).status_code == 200
    assert [(await one.get("/my")).status_code for one in (there, third)] == [303, 303]
    assert (await neighbour.get("/my")).status_code == 200


async def test_signing_out_ends_the_contact(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    kept = reader.client.cookies["yizhan_my"]
    assert (await reader.post("/my/sign-out")).status_code == 303
    reader.client.cookies.set("yizhan_my", kept)
    assert (await reader.client.get("/my")).status_code == 303
    async with works.read(SYSTEM) as work:
        newest = (await contacts.list_of_customer(work, town[WANG].customer))[0]
    assert newest.channel == "website"
    assert newest.verified_method == "service_password"
    assert newest.finished_at is not None
