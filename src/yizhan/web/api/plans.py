"""API: plans and add-ons, their texts and examples, publishing."""

from datetime import date
from typing import Annotated

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import catalog
from yizhan.web.api.route import AnyRequest, Page, api_get, api_post
from yizhan.web.work import acting, reading

TAG = "Plans"


class Publish(msgspec.Struct):
    """A text in the tariff language; one or more plans and add-ons."""

    text: str
    file: Annotated[str, Meta(max_length=200, examples=["spring.yaml"])] = "sent.yaml"


class EndSale(msgspec.Struct):
    """From when on it is no longer sold, and what is sold in its place."""

    on: date
    successor: str | None = None


class PlanText(msgspec.Struct):
    """The text a version was published from."""

    text: str


@api_get("/plans", needs="plans.read", tag=TAG)
async def list_offers(
    request: AnyRequest, kind: FromQuery[str | None] = None, on_sale: FromQuery[date | None] = None
) -> Page[catalog.Offer]:
    """The newest version of every plan and add-on; with `on_sale` only those sold that day."""
    async with reading(request) as work:
        found = await catalog.list_offers(work, kind=kind)
    return Page([one for one in found if on_sale is None or one.on_sale(on_sale)])


@api_get("/plans/{plan_id:str}", needs="plans.read", tag=TAG)
async def list_versions(request: AnyRequest, plan_id: FromPath[str]) -> Page[catalog.Offer]:
    """All versions of a plan or add-on, the newest first."""
    async with reading(request) as work:
        await catalog.get_offer(work, plan_id)
        return Page(await catalog.list_versions(work, plan_id))


@api_get("/plans/{plan_id:str}/text", needs="plans.read", tag=TAG)
async def text_of(
    request: AnyRequest, plan_id: FromPath[str], version: FromQuery[int | None] = None
) -> PlanText:
    """The text a version was published from."""
    async with reading(request) as work:
        return PlanText(await catalog.text_of(work, plan_id, version))


@api_get("/plans/{plan_id:str}/examples", needs="plans.read", tag=TAG)
async def examples_of(
    request: AnyRequest, plan_id: FromPath[str], version: FromQuery[int | None] = None
) -> Page[catalog.ExampleOutcome]:
    """A plan's worked examples, run now."""
    async with reading(request) as work:
        return Page(await catalog.examples_of(work, plan_id, version))


@api_post("/plans", needs="plans.publish", tag=TAG)
async def publish(request: AnyRequest, data: JSONBody[Publish]) -> Page[catalog.Offer]:
    """Publish plans and add-ons.

    Refused with file, line and reason when one has a gap, an overlap or an example that does not
    come out as written.
    """
    async with acting(request) as work:
        return Page(await catalog.publish(work, data.text, file=data.file))


@api_post("/plans/{plan_id:str}/end-of-sale", needs="plans.publish", status=200, tag=TAG)
async def end_sale(
    request: AnyRequest, plan_id: FromPath[str], data: JSONBody[EndSale]
) -> catalog.Offer:
    """No longer sell a plan; those who have it keep it."""
    async with acting(request) as work:
        return await catalog.end_sale(work, plan_id, on=data.on, successor=data.successor)


ROUTES = [list_offers, list_versions, text_of, examples_of, publish, end_sale]
