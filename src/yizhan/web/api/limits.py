"""API: what a line may cost or load in a month, and what is used of it; an account's credit."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from yizhan.domain import limits
from yizhan.kernel.errors import NotFound
from yizhan.web.api.route import AnyRequest, api_delete, api_get, api_post, api_put
from yizhan.web.work import acting, reading

TAG = "Limits"


class SetCap(msgspec.Struct):
    """A cap for a bill month: fen for `spend`, MB for `data`."""

    amount: Annotated[int, Meta(ge=1, le=limits.SPEND_MAX_FEN, examples=[8000])]
    at_full: limits.AtFull


@api_get("/lines/{line_id:uuid}/limits", needs="limits.read", tag=TAG)
async def get_limits(request: AnyRequest, line_id: FromPath[UUID]) -> limits.LineLimits:
    """A line's caps, what is used of them in the running month, what they stop, what was told."""
    async with reading(request) as work:
        return await limits.of_line(work, line_id)


@api_put("/lines/{line_id:uuid}/limits/{kind:str}", needs="limits.set", tag=TAG)
async def set_cap(
    request: AnyRequest,
    line_id: FromPath[UUID],
    kind: FromPath[limits.CapKind],
    data: JSONBody[SetCap],
) -> limits.LineLimits:
    """Set a cap, or another one.

    It counts from the beginning of the running month. The same again changes nothing; another
    amount is told anew.
    """
    async with acting(request) as work:
        await limits.set_cap(work, line_id, kind, data.amount, at_full=data.at_full)
        return await limits.of_line(work, line_id)


@api_post("/lines/{line_id:uuid}/limits/{kind:str}/lift", needs="limits.set", status=200, tag=TAG)
async def lift_cap(
    request: AnyRequest, line_id: FromPath[UUID], kind: FromPath[limits.CapKind]
) -> limits.LineLimits:
    """Let a cap that is used up stop nothing until the month ends."""
    async with acting(request) as work:
        await limits.lift_cap(work, line_id, kind)
        return await limits.of_line(work, line_id)


@api_delete("/lines/{line_id:uuid}/limits/{kind:str}", needs="limits.set", tag=TAG)
async def remove_cap(
    request: AnyRequest, line_id: FromPath[UUID], kind: FromPath[limits.CapKind]
) -> None:
    """Remove a cap."""
    async with acting(request) as work:
        await limits.remove_cap(work, line_id, kind)


@api_get("/accounts/{account_id:uuid}/credit", needs="limits.read", tag=TAG)
async def get_credit(request: AnyRequest, account_id: FromPath[UUID]) -> limits.Credit:
    """A post-paid account against its credit limit, as last looked at."""
    async with reading(request) as work:
        found = await limits.credit_of(work, account_id)
    if found is None:
        raise NotFound("The account has no credit limit, or was not looked at yet.")
    return found


ROUTES = [get_limits, set_cap, lift_cap, remove_cap, get_credit]
