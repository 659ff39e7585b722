"""API: lines, what they have, their numbers; numbers that can be chosen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, QueryParameter

from yizhan.domain import customers, subscriptions
from yizhan.kernel.errors import NotFound
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get
from yizhan.web.work import reading

TAG = "Lines"


class LineDetail(msgspec.Struct):
    """A line with all it has now and what is set to begin later."""

    line: subscriptions.Line
    products: Sequence[subscriptions.Product]
    planned: Sequence[subscriptions.Product]
    family_numbers: Sequence[subscriptions.FamilyNumber]
    features: Sequence[str]


@api_get("/customers/{customer_id:uuid}/lines", needs="customers.read", tag=TAG)
async def list_lines(
    request: AnyRequest, customer_id: FromPath[UUID], closed: FromQuery[bool] = False
) -> Page[subscriptions.Line]:
    """A customer's lines, oldest first; closed ones only if asked for."""
    async with reading(request) as work:
        await customers.get(work, customer_id)
        return Page(await subscriptions.list_lines(work, customer_id, closed=closed))


@api_get("/lines/{line_id:uuid}", needs="customers.read", tag=TAG)
async def get_line(request: AnyRequest, line_id: FromPath[UUID]) -> LineDetail:
    """One line with all it has."""
    async with reading(request) as work:
        line = await subscriptions.get_line(work, line_id)
        return LineDetail(
            line,
            await subscriptions.products_of(work, line_id),
            await subscriptions.planned_products(work, line_id),
            await subscriptions.family_numbers(work, line_id),
            sorted(await subscriptions.features_of(work, line_id)),
        )


@api_get("/lines", needs="customers.read", tag=TAG)
async def find_line(
    request: AnyRequest,
    number: Annotated[str, QueryParameter(min_length=3, max_length=40)],
    at: Annotated[
        datetime | None, QueryParameter(description="Whose it was at this moment; now if left out.")
    ] = None,
) -> subscriptions.Line:
    """The line that holds, or held, a number."""
    async with reading(request) as work:
        line = await subscriptions.find_line_by_number(work, number, at=at)
    if line is None:
        raise NotFound("Nobody has this number.", field="number")
    return line


@api_get("/numbers", needs="orders.place", tag=TAG)
async def list_free_numbers(
    request: AnyRequest,
    kind: FromQuery[subscriptions.LineKind] = subscriptions.LineKind.MOBILE,
    prefix: Annotated[str, QueryParameter(max_length=20)] = "",
    ending: Annotated[str, QueryParameter(max_length=20)] = "",
    limit: Limit = 20,
) -> Page[subscriptions.StockNumber]:
    """Numbers that can be chosen."""
    async with reading(request) as work:
        return Page(
            await subscriptions.list_free_numbers(
                work, kind, prefix=prefix, ending=ending, limit=limit
            )
        )


ROUTES = [list_lines, get_line, find_line, list_free_numbers]
