"""API: recharge cards: use one; batches made, handed out, put into force and out of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import vouchers
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    again,
    api_get,
    api_post,
    key_of,
    made,
    page_of,
    responses,
)
from yizhan.web.work import acting, reading

TAG = "Vouchers"
Words = Annotated[str, Meta(min_length=1, max_length=200)]
Serial = Annotated[str, Meta(pattern="^[0-9]{15}$", examples=["100000010000001"])]


class UseCard(msgspec.Struct):
    """A card to be put on a number, one's own or another's."""

    secret: Annotated[
        str, Meta(max_length=60, description="The 19 digits.", examples=["0123456789012345678"])
    ]
    number: Annotated[
        str, Meta(max_length=40, description="Of a line or an account.", examples=["13012340001"])
    ]
    caller: (
        Annotated[str, Meta(max_length=40, description="The number the try comes from, if known.")]
        | None
    ) = None


class OrderBatch(msgspec.Struct):
    """Cards to be made."""

    value_fen: Annotated[int, Meta(ge=100, le=100_000, examples=[5000])]
    size: Annotated[int, Meta(ge=1, le=vouchers.BATCH_SIZE_MAX, examples=[1000])]
    expires_on: Annotated[date, Meta(description="The first day they are worth nothing.")]
    note: Words


class Sell(msgspec.Struct):
    """Cards of a range, by default the whole batch, sold and put into force."""

    seller: Annotated[Words, Meta(examples=["代办点甲"])]
    first: Serial | None = None
    last: Serial | None = None


class VoidCards(msgspec.Struct):
    """Cards of a range, by default the whole batch, to be put out of force."""

    reason: Words
    first: Serial | None = None
    last: Serial | None = None


class DecideVoid(msgspec.Struct):
    """Yes or no; a no says why."""

    approve: bool
    note: Annotated[str, Meta(max_length=200)] = ""


class Unlock(msgspec.Struct):
    """A number that may try again."""

    number: Annotated[str, Meta(max_length=40, examples=["13012340001"])]


class Unlocked(msgspec.Struct):
    """Whether anything had been counted against it."""

    was_counted: bool


@api_post(
    "/vouchers/redemptions",
    needs="vouchers.redeem",
    tag=TAG,
    responses=again(vouchers.Redemption, "The same key used this card before.") | responses((429,)),
)
async def redeem(
    request: AnyRequest, data: JSONBody[UseCard], idempotency_key: IdempotencyKey = None
) -> Response[vouchers.Redemption]:
    """Put the money of a card on a number.

    A wrong secret is 409 `vouchers.wrong_secret` and is counted for the account and the caller; the
    third within a day is followed by 429 for a day. Give `caller` wherever it is known.
    """
    key = key_of(request)
    async with acting(request) as work:
        answer = await vouchers.redeem(
            work, secret=data.secret, number=data.number, key=key, caller=data.caller
        )
    taken = answer.taken()
    return made(taken, repeated=taken.repeated)


@api_get("/vouchers/cards/{serial:str}", needs="vouchers.read", tag=TAG)
async def get_card(request: AnyRequest, serial: FromPath[str]) -> vouchers.Voucher:
    """One card by its serial number: its state, and for whom it was used."""
    async with reading(request) as work:
        return await vouchers.get_voucher(work, vouchers.clean_serial(serial))


@api_post("/vouchers/unlocks", needs="vouchers.unlock", status=200, tag=TAG)
async def unlock(request: AnyRequest, data: JSONBody[Unlock]) -> Unlocked:
    """Let a number that was locked try again."""
    async with acting(request) as work:
        return Unlocked(await vouchers.unlock(work, number=data.number))


@api_get("/voucher-batches", needs="vouchers.read", tag=TAG)
async def list_batches(
    request: AnyRequest, limit: Limit = 50, before: FromQuery[UUID | None] = None
) -> Page[vouchers.Batch]:
    """Batches, the newest first."""
    async with reading(request) as work:
        found = await vouchers.list_batches(work, limit=limit + 1, before=before)
    return page_of(found, limit, lambda batch: batch.id)


@api_post("/voucher-batches", needs="vouchers.make", tag=TAG)
async def order_batch(
    request: AnyRequest, data: JSONBody[OrderBatch], idempotency_key: IdempotencyKey = None
) -> vouchers.Batch:
    """Have cards made. `made` of the batch tells how far it is."""
    key = key_of(request)
    async with acting(request) as work:
        return await vouchers.order_batch(
            work,
            value_fen=data.value_fen,
            size=data.size,
            expires_on=data.expires_on,
            note=data.note,
            key=key,
        )


@api_get("/voucher-batches/{batch_id:uuid}", needs="vouchers.read", tag=TAG)
async def get_batch(request: AnyRequest, batch_id: FromPath[UUID]) -> vouchers.Batch:
    """One batch."""
    async with reading(request) as work:
        return await vouchers.get_batch(work, batch_id)


@api_get("/voucher-batches/{batch_id:uuid}/standing", needs="vouchers.read", tag=TAG)
async def get_standing(request: AnyRequest, batch_id: FromPath[UUID]) -> vouchers.Standing:
    """The cards of a batch and their value, by state."""
    async with reading(request) as work:
        return await vouchers.standing(work, await vouchers.get_batch(work, batch_id))


@api_get("/voucher-batches/{batch_id:uuid}/acts", needs="vouchers.read", tag=TAG)
async def list_acts(
    request: AnyRequest, batch_id: FromPath[UUID], limit: Limit = 50
) -> Page[vouchers.Act]:
    """What was done with a batch, the newest first."""
    async with reading(request) as work:
        return Page(await vouchers.list_acts(work, batch_id, limit=limit))


@api_post(
    "/voucher-batches/{batch_id:uuid}/secrets",
    needs="vouchers.print",
    status=200,
    tag=TAG,
    responses={
        200: ResponseSpec(
            data_container=str,
            description="CSV: serial, secret, value_yuan, expires_on.",
            media_type="text/csv",
            generate_examples=False,
        )
    },
)
async def take_secrets(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """The secrets of a batch, once.

    A second time is 409 `vouchers.already_printed`: nobody can read them again.
    """
    async with acting(request) as work:
        text = await vouchers.print_batch(work, batch_id)
    return Response(
        text.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"cache-control": "no-store"},
    )


@api_post("/voucher-batches/{batch_id:uuid}/activations", needs="vouchers.activate", tag=TAG)
async def activate(
    request: AnyRequest,
    batch_id: FromPath[UUID],
    data: JSONBody[Sell],
    idempotency_key: IdempotencyKey = None,
) -> vouchers.Act:
    """Put cards into force: they are sold."""
    key = key_of(request)
    async with acting(request) as work:
        return await vouchers.activate(
            work,
            batch_id,
            seller=data.seller,
            key=key,
            first=int(data.first) if data.first else None,
            last=int(data.last) if data.last else None,
        )


@api_post("/voucher-batches/{batch_id:uuid}/voids", needs="vouchers.void", tag=TAG)
async def void(
    request: AnyRequest,
    batch_id: FromPath[UUID],
    data: JSONBody[VoidCards],
    idempotency_key: IdempotencyKey = None,
) -> vouchers.Act:
    """Put cards out of force; above 1,000 yuan of face value a second person decides."""
    key = key_of(request)
    async with acting(request) as work:
        return await vouchers.void(
            work,
            batch_id,
            reason=data.reason,
            key=key,
            first=int(data.first) if data.first else None,
            last=int(data.last) if data.last else None,
        )


@api_get("/voucher-voids", needs="vouchers.read", tag=TAG)
async def list_waiting(request: AnyRequest, limit: Limit = 50) -> Page[vouchers.Act]:
    """Voids that wait for a second person, the oldest first."""
    async with reading(request) as work:
        return Page(await vouchers.list_waiting(work, limit=limit))


@api_post("/voucher-voids/{act_id:uuid}/decision", needs="vouchers.approve", status=200, tag=TAG)
async def decide_void(
    request: AnyRequest, act_id: FromPath[UUID], data: JSONBody[DecideVoid]
) -> vouchers.Act:
    """Approve a void, or refuse it. Not one's own."""
    async with acting(request) as work:
        return await vouchers.decide(work, act_id, approve=data.approve, note=data.note)


ROUTES = [
    redeem,
    get_card,
    unlock,
    list_batches,
    order_batch,
    get_batch,
    get_standing,
    list_acts,
    take_secrets,
    activate,
    void,
    list_waiting,
    decide_void,
]
