"""Paying on the site where no provider is needed: recharge cards, and words for refusals."""

from yizhan.web.site.tests.conftest import WANG, Browser, Person


async def test_wrong_cards_are_counted_and_the_lock_is_told_by_our_clock(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    await reader.get("/my/pay")
    form = {"secret": "1" * 19, "for_number": WANG}
    for left in (2, 1, 0):
        answer = await reader.post("/my/pay/voucher", key=f"k{left}", **form)
        assert answer.status_code == 422
        assert f"{left} tries are left" in answer.text
    locked = await reader.post("/my/pay/voucher", key="locked", **form)
    assert locked.status_code == 429 or locked.status_code == 422
    assert "No card is taken before 2" in locked.text
    assert "+00:00" not in locked.text


async def test_without_a_provider_the_page_says_so(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    page = await reader.get("/my/pay")
    assert page.status_code == 200
    assert "not open here at present" in page.text, "no provider is connected"


async def test_nobody_s_binding_leads_back_to_the_form(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    answer = await reader.get("/my/pay/bound")
    assert answer.status_code == 303 and answer.headers["location"] == "/my/pay"
    assert (await reader.get("/my/pay/bound/state")).status_code == 286
