"""API: the shop, to be read: what is sold and how much of it there is, what was ordered."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from yizhan.domain import shop
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get, page_of
from yizhan.web.work import reading

TAG = "Shop"


class GoodsView(msgspec.Struct):
    """A thing with what can be sold of it, by place."""

    goods: shop.Goods
    free: Annotated[Mapping[str, int], Meta(examples=[{"store": 24, "heping": 5}])]


@api_get("/goods", needs="shop.read", tag=TAG)
async def list_goods(
    request: AnyRequest, kind: FromQuery[Literal["handset", "sim", "accessory"] | None] = None
) -> list[GoodsView]:
    """What is sold today, in the order of the window."""
    async with reading(request) as work:
        found = await shop.list_goods(work, kind=kind)
        free = await shop.free_of(work, [one.code for one in found])
        return [GoodsView(one, free[one.code]) for one in found]


@api_get("/goods/{code:str}", needs="shop.read", tag=TAG)
async def get_goods(request: AnyRequest, code: FromPath[str]) -> GoodsView:
    """One thing, also one that is not sold any more."""
    async with reading(request) as work:
        goods = await shop.get_goods(work, code)
        return GoodsView(goods, (await shop.free_of(work, [code]))[code])


@api_get("/customers/{customer_id:uuid}/purchases", needs="shop.read", tag=TAG)
async def list_purchases(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
) -> Page[shop.Order]:
    """What a customer ordered, newest first."""
    async with reading(request) as work:
        found = await shop.list_of_customer(work, customer_id, limit=limit + 1, before=before)
        return page_of(found, limit, lambda one: one.id)


@api_get("/customers/{customer_id:uuid}/purchases/{order_id:uuid}", needs="shop.read", tag=TAG)
async def get_purchase(
    request: AnyRequest, customer_id: FromPath[UUID], order_id: FromPath[UUID]
) -> shop.Order:
    """One order and how far it is."""
    async with reading(request) as work:
        return await shop.get(work, customer_id, order_id)


ROUTES = [list_goods, get_goods, list_purchases, get_purchase]
