"""API: the club: a member, his points and rewards, the rule, the tiers."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from yizhan.domain import club
from yizhan.kernel.errors import NotFound
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    api_get,
    api_post,
    api_put,
    key_of,
)
from yizhan.web.work import acting, reading

TAG = "Club"
Words = Annotated[str, Meta(min_length=1, max_length=200)]


class Lot(msgspec.Struct):
    """Points that end together."""

    points: int
    ends_on: date


class Points(msgspec.Struct):
    """What a customer has, the soonest to end first."""

    total: int
    lots: Sequence[Lot]


class TakeReward(msgspec.Struct):
    """A reward of the rule, for an account of the customer's own."""

    reward: Annotated[str, Meta(max_length=40, examples=["credit_10"])]
    account_id: UUID


class SetTier(msgspec.Struct):
    """A tier by hand, not lowered before a day."""

    tier: Annotated[str, Meta(examples=["gold"])]
    until: date
    reason: Words


class SetManager(msgspec.Struct):
    """An account manager by the name he signs in with; null: nobody."""

    login: Annotated[str, Meta(max_length=100)] | None = None


class NewRule(msgspec.Struct):
    """Another rule, whole, and why."""

    rule: club.Rule
    note: Words


@api_get("/customers/{customer_id:uuid}/club", needs="club.read", tag=TAG)
async def get_member(request: AnyRequest, customer_id: FromPath[UUID]) -> club.Member:
    """A customer's tier, whence we know it and until when. 404 until the first look."""
    async with reading(request) as work:
        member = await club.find_member(work, customer_id)
    if member is None:
        raise NotFound("Nobody looked yet. The next run will.")
    return member


@api_post("/customers/{customer_id:uuid}/club/evaluation", needs="club.manage", status=200, tag=TAG)
async def evaluate(request: AnyRequest, customer_id: FromPath[UUID]) -> club.Member:
    """Look at a customer now: tier, points for paid bills, points that ended."""
    async with acting(request) as work:
        return (await club.evaluate(work, customer_id))[0]


@api_put("/customers/{customer_id:uuid}/club/tier", needs="club.manage", tag=TAG)
async def set_tier(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[SetTier]
) -> club.Member:
    """Put a customer into a tier by hand."""
    async with acting(request) as work:
        return await club.set_tier(
            work, customer_id, data.tier, until=data.until, reason=data.reason
        )


@api_put("/customers/{customer_id:uuid}/club/manager", needs="club.manage", tag=TAG)
async def set_manager(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[SetManager]
) -> club.Member:
    """Give a customer an account manager."""
    async with acting(request) as work:
        return await club.set_manager(work, customer_id, data.login)


@api_get("/customers/{customer_id:uuid}/points", needs="club.read", tag=TAG)
async def get_points(request: AnyRequest, customer_id: FromPath[UUID]) -> Points:
    """A customer's points by the day they end."""
    async with reading(request) as work:
        found = await club.points_of(work, customer_id)
    return Points(found.total, [Lot(points, day) for day, points in found.by_day.items()])


@api_get("/customers/{customer_id:uuid}/rewards", needs="club.read", tag=TAG)
async def list_rewards(
    request: AnyRequest, customer_id: FromPath[UUID], limit: Limit = 50
) -> Page[club.Taken]:
    """The rewards a customer had, the latest first."""
    async with reading(request) as work:
        return Page(await club.list_rewards(work, customer_id, limit=limit))


@api_post("/customers/{customer_id:uuid}/rewards", needs="club.redeem", tag=TAG)
async def take_reward(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    data: JSONBody[TakeReward],
    idempotency_key: IdempotencyKey = None,
) -> club.Reward:
    """Spend points on a reward, once for the key. Those that end first go first."""
    key = key_of(request)
    async with acting(request) as work:
        return await club.redeem(
            work, customer_id, reward=data.reward, account_id=data.account_id, key=key
        )


@api_get("/club/rule", needs="club.read", tag=TAG)
async def get_rule(request: AnyRequest) -> club.Published:
    """The rule in force."""
    async with reading(request) as work:
        return await club.rule(work)


@api_put("/club/rule", needs="club.publish", tag=TAG)
async def publish_rule(request: AnyRequest, data: JSONBody[NewRule]) -> club.Published:
    """Follow another rule from the next look on."""
    async with acting(request) as work:
        return await club.publish(work, data.rule, note=data.note)


@api_get("/club/runs", needs="club.read", tag=TAG)
async def list_runs(request: AnyRequest, limit: Limit = 12) -> Page[club.Run]:
    """The latest runs."""
    async with reading(request) as work:
        return Page(await club.list_runs(work, limit=limit))


@api_post("/club/runs", needs="club.manage", tag=TAG)
async def start_run(request: AnyRequest) -> club.Run:
    """Have every customer looked at now; the worker does it."""
    async with acting(request) as work:
        return await club.start_run(work)


ROUTES = [
    get_member,
    evaluate,
    set_tier,
    set_manager,
    get_points,
    list_rewards,
    take_reward,
    get_rule,
    publish_rule,
    list_runs,
    start_run,
]
