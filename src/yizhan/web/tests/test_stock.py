"""The stock pages: a delivery taken in whole or not, a card spoiled, numbers, codes told."""

import httpx
import pytest

from yizhan.domain import customers, provisioning, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer

GOOD = "iccid,imsi,pin,puk\n89860100000000000018,460010000000001,1234,11112222\n" \
       "89860100000000000026,460010000000002,2345,22223333\n"  # fmt: skip
BAD = "ICCID, IMSI ,PIN,PUK\n89860100000000000019,460010000000001,1234,11112222\n" \
      "89860100000000000026,460010000000002,2345,2222333\n" \
      "89860100000000000034,460010000000001,1234,11112222\n" \
      "89860100000000000034,460010000000003,1234,11112222\n"  # fmt: skip


async def send(
    visitor: httpx.AsyncClient, me: dict[str, str], text: str, batch: str = "2026-11 甲厂"
) -> httpx.Response:
    return await visitor.post(
        "/stock", data={"batch": batch}, files={"file": ("cards.csv", text.encode())},
        headers=me, follow_redirects=True,
    )  # fmt: skip


async def test_a_delivery_is_taken_in_whole_or_not_at_all(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    me = bearer(await hire("back_office"), **{"Accept-Language": "zh"})
    wrong = await send(visitor, me, BAD)
    assert wrong.status_code == 422
    for said in ("第 2 行", "校验位", "第 3 行", "第 5 行"):
        assert said in wrong.text, said
    assert await works.pool.fetchval("SELECT count(*) FROM sim_card") == 0
    lacks = await send(visitor, me, "iccid,imsi\n1,2\n")
    assert "文件缺少列 pin, puk" in lacks.text
    assert "入库 2 张，0 张原已在库" in (await send(visitor, me, GOOD)).text
    assert "入库 0 张，2 张原已在库" in (await send(visitor, me, GOOD)).text
    row = await works.pool.fetchrow("SELECT pin, puk, batch FROM sim_card ORDER BY iccid LIMIT 1")
    assert b"11112222" not in row["puk"] and row["batch"] == "2026-11 甲厂"
    taken = GOOD.replace("89860100000000000018", "89860100000000000034")
    assert "IMSI" in (await send(visitor, me, taken)).text
    assert await works.pool.fetchval("SELECT count(*) FROM sim_card") == 2


async def test_a_spoiled_card_is_never_given(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    me = bearer(await hire("back_office"), **{"Accept-Language": "en"})
    await send(visitor, me, GOOD)
    found = await visitor.get("/stock?q=0018", headers=me)
    assert "89860100000000000018" in found.text and "89860100000000000026" not in found.text
    done = await visitor.post(
        "/stock/cards/89860100000000000018", data={"what": "damaged", "note": "bent"},
        headers=me, follow_redirects=True,
    )  # fmt: skip
    assert "damaged: bent" in done.text
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王先生")
        card = await provisioning.reserve_card(work, customer_id=one.id)
        assert card is not None and card.iccid == "89860100000000000026"
        with pytest.raises(provisioning.CardTaken):
            await provisioning.reserve_card(work, customer_id=one.id, iccid="89860100000000000018")
    assert "Reserved" in (await visitor.get("/stock?standing=reserved", headers=me)).text


async def test_numbers_are_added_in_a_row_and_seen_cooling(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    me = bearer(await hire("back_office"), **{"Accept-Language": "en"})

    async def add(**form: str) -> httpx.Response:
        given = {"first": "13000000001", "count": "3", "kind": "mobile", "grade": "plain"} | form
        return await visitor.post("/stock/numbers", data=given, headers=me, follow_redirects=True)

    assert "3 numbers added, 0 were there already" in (await add()).text
    assert "2 numbers added, 1 were there already" in (await add(first="13000000003")).text
    assert (await add(first="13x")).status_code == 422
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王先生")
        account = await customers.open_account(work, one.id)
        line = await subscriptions.create_line(
            work, customer_id=one.id, kind=subscriptions.LineKind.MOBILE, number="13000000002",
            account_id=account.id, area="022",
        )  # fmt: skip
        await work.db.execute(
            "UPDATE number_stock SET state = 'cooling', until = now() + interval '90 days'"
            " WHERE number = '13000000004'"
        )
    assert line.number == "13000000002"
    cooling = await visitor.get("/stock/numbers?standing=cooling", headers=me)
    assert "13000000004" in cooling.text and "13000000001" not in cooling.text
    assert "13000000002" in (await visitor.get("/stock/numbers?q=0002", headers=me)).text


async def test_codes_are_told_to_a_verified_owner_and_the_look_is_kept(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    me = bearer(await hire("agent"), **{"Accept-Language": "en"})
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王先生")
        account = await customers.open_account(work, one.id)
        line = await subscriptions.create_line(
            work, customer_id=one.id, kind=subscriptions.LineKind.MOBILE, number="13000000002",
            account_id=account.id, area="022", from_stock=False,
        )  # fmt: skip
        await provisioning.take_in(work, GOOD, batch="a")
        await provisioning.give_card(work, line.id, "89860100000000000018")
    url = f"/customers/{one.id}/cards"
    hidden = await visitor.get(url, headers=me)
    assert "••••••••" in hidden.text and "11112222" not in hidden.text
    refused = await visitor.post(url, data={"line": str(line.id)}, headers=me)
    assert refused.status_code == 422 and "11112222" not in refused.text
    count = "SELECT count(*) FROM event WHERE name = 'provisioning.card_codes_shown'"
    assert await works.pool.fetchval(count) == 0
    lead = bearer(await hire("lead", login="lead"), **{"Accept-Language": "en"})
    shown = await visitor.post(url, data={"line": str(line.id)}, headers=lead)
    assert "11112222" in shown.text and "22223333" not in shown.text
    assert await works.pool.fetchval(count) == 1
