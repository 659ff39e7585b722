"""API: what customers order: preview, place, undo."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import orders
from yizhan.kernel.errors import Invalid
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    api_get,
    api_post,
    key_of,
)
from yizhan.web.work import acting, reading

TAG = "Orders"

Change = Annotated[
    dict[str, Any],
    Meta(
        description="kind is change_plan, add_on, drop_add_on, suspend, resume, loss,"
        " family_numbers, feature or open_line; the other fields are the kind's.",
        examples=[{"kind": "change_plan", "plan_id": "gsm_standard", "when": "next_month"}],
    ),
]


class Look(msgspec.Struct):
    """What is to change."""

    change: Change


class Place(msgspec.Struct):
    """What is to change, confirmed: the token of the preview the customer was read."""

    change: Change
    confirmed: str


class Undo(msgspec.Struct):
    """Why an order is taken back."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


@api_post("/lines/{line_id:uuid}/order-previews", needs="orders.place", status=200, tag=TAG)
async def preview(
    request: AnyRequest, line_id: FromPath[UUID], data: JSONBody[Look]
) -> orders.Preview:
    """What a change would do and cost. Nothing is ordered; its token confirms it."""
    async with reading(request) as work:
        return await orders.preview(work, line_id, orders.parse(data.change))


@api_post("/lines/{line_id:uuid}/orders", needs="orders.place", tag=TAG)
async def place(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: JSONBody[Place],
    idempotency_key: IdempotencyKey = None,
) -> orders.Order:
    """Order a change as the customer confirmed it. The same key again gives the first order."""
    key = key_of(request)
    async with acting(request) as work:
        return await orders.place(
            work, line_id, orders.parse(data.change), confirmed=data.confirmed, key=key
        )


@api_post("/customers/{customer_id:uuid}/order-previews", needs="orders.place", status=200, tag=TAG)
async def preview_opening(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[Look]
) -> orders.Preview:
    """What opening a line would do and cost."""
    async with reading(request) as work:
        return await orders.preview_opening(work, customer_id, _opening(data.change))


@api_post("/customers/{customer_id:uuid}/orders", needs="orders.place", tag=TAG)
async def place_opening(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    data: JSONBody[Place],
    idempotency_key: IdempotencyKey = None,
) -> orders.Order:
    """Order a new line; without an identity document the order waits for one."""
    key = key_of(request)
    async with acting(request) as work:
        return await orders.place_opening(
            work, customer_id, _opening(data.change), confirmed=data.confirmed, key=key
        )


def _opening(change: dict[str, Any]) -> orders.OpenLine:
    parsed = orders.parse({"kind": "open_line", **change})
    if not isinstance(parsed, orders.OpenLine):
        raise Invalid("Here only a line can be opened.", field="kind")
    return parsed


@api_get("/customers/{customer_id:uuid}/orders", needs="orders.read", tag=TAG)
async def list_orders(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    open_only: FromQuery[bool] = False,
    limit: Limit = 50,
) -> Page[orders.Order]:
    """A customer's orders, open ones first."""
    async with reading(request) as work:
        return Page(
            await orders.list_of_customer(work, customer_id, open_only=open_only, limit=limit)
        )


@api_get("/orders/{order_id:uuid}", needs="orders.read", tag=TAG)
async def get_order(request: AnyRequest, order_id: FromPath[UUID]) -> orders.Order:
    """One order."""
    async with reading(request) as work:
        return await orders.get(work, order_id)


@api_post("/orders/{order_id:uuid}/undo", needs="orders.place", status=200, tag=TAG)
async def undo(request: AnyRequest, order_id: FromPath[UUID], data: JSONBody[Undo]) -> orders.Order:
    """Take an order back before it takes effect."""
    async with acting(request) as work:
        return await orders.undo(work, order_id, reason=data.reason)


@api_post("/orders/{order_id:uuid}/release", needs="orders.place", status=200, tag=TAG)
async def release(request: AnyRequest, order_id: FromPath[UUID]) -> orders.Order:
    """Let an order go on that waited for a document."""
    async with acting(request) as work:
        return await orders.release(work, order_id)


ROUTES = [
    preview,
    place,
    preview_opening,
    place_opening,
    list_orders,
    get_order,
    undo,
    release,
]
