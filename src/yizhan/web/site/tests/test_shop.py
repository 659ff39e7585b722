"""The shop's pages: a basket without signing in, an order on account, the way through the shop."""

import re
from datetime import timedelta

import pytest

from yizhan.domain import shop
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person

_KEY = re.compile(r'name="key" value="([^"]+)"')


@pytest.fixture
async def window(works: Works, town: dict[str, Person]) -> None:
    named = Text("物", "Thing")
    async with works.begin(SYSTEM) as work:
        for code, kind in (("store", "warehouse"), ("heping", "shop")):
            place = shop.Place(code=code, kind=kind, name=named, address=named)  # type: ignore[arg-type]
            await shop.write_place(work, place)
        for code, price, contract in (("lark_f2", 1680_00, 980_00), ("ear_wire", 45_00, None)):
            thing = shop.Goods(
                code=code,
                kind="handset" if contract else "accessory",
                name=named,
                words=named,
                points=(named,),
                picture="flip",
                colour="#345",
                price_fen=price,
                contract_fen=contract,
                contract_plan="gsm_std" if contract else None,
                contract_months=12 if contract else None,
                sale_from=work.today - timedelta(days=1),
            )
            await shop.write_goods(work, thing)
            for where in ("store", "heping"):
                await shop.count(work, place=where, goods=code, on_hand=5, reason="到货")


async def test_a_basket_needs_nobody(window: None, browse: Browser) -> None:
    reader = await browse()
    for path in ("/shop", "/shop?kind=sim", "/shop/plans", "/shop/goods/lark_f2", "/shop/basket"):
        assert (await reader.get(path)).status_code == 200, path
    await reader.get("/shop/goods/lark_f2")
    put = await reader.post("/shop/basket", goods="lark_f2", quantity="1", contract="yes")
    assert put.headers["location"] == "/shop/basket"
    assert "980.00" in (await reader.get("/shop/basket")).text
    await reader.post("/shop/basket", goods="lark_f2", out="yes", back="basket")
    assert "The basket is empty." in (await reader.get("/shop/basket")).text
    assert (await reader.post("/shop/basket", goods="nothing", quantity="1")).status_code == 404
    assert (await reader.post("/shop/basket", goods="ear_wire", quantity="99")).status_code == 422
    await reader.post("/shop/basket", goods="ear_wire", quantity="1")
    assert "/my/sign-in?next=/shop/checkout" in (await reader.get("/shop/checkout")).text
    asked = await reader.post("/shop/checkout", by="post")
    assert asked.status_code == 303 and "/my/sign-in" in asked.headers["location"]


async def test_ordered_packed_and_seen_only_by_its_owner(
    works: Works, window: None, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    await reader.get("/shop/goods/ear_wire")
    await reader.post("/shop/basket", goods="ear_wire", quantity="2")
    looked = await reader.get("/shop/checkout")
    found = _KEY.search(looked.text)
    assert found is not None and "90.00" in looked.text
    form = {
        "key": found[1],
        "seen": "9000",
        "by": "pickup:heping",
        "receiver": "王明",
        "phone": WANG,
        "pay": "account",
    }
    stale = await reader.post("/shop/checkout", **{**form, "seen": "8000"})
    assert stale.status_code == 409
    placed = await reader.post("/shop/checkout", **form)
    address = placed.headers["location"]
    assert re.fullmatch(r"/my/purchases/[0-9a-f-]{36}", address)
    order_id = address.rpartition("/")[2]
    assert 'data-state="paid"' in (await reader.get(address)).text
    other = await browse(LIU)
    assert (await other.get(address)).status_code == 404
    assert (await other.post(f"{address}/cancel")).status_code == 404
    async with works.begin(SYSTEM) as work:
        found_order = (await shop.list_of_customer(work, town[WANG].customer))[0]
        assert str(found_order.id) == order_id
        await shop.pack(work, found_order.customer_id, found_order.id)
    assert found_order.pickup_code in (await reader.get(address)).text
    assert (await reader.post(f"{address}/cancel")).status_code in (409, 422)
    assert (await reader.get(f"{address}/part")).status_code == 200
    assert (await reader.get("/my/purchases")).status_code == 200
