"""Subscriptions to TM Forum events, and telling them: gathered from the event log, sent apart.

    event log ──gather──► open_api_delivery ──deliver──► POST {callback}/listener/{eventType}
                one row per event and subscription       leases, growing waits, set aside after 10

Gathering reads the log by visibility and moves its cursor in the same transaction, so each event
becomes a delivery once; a delivery is sent at least once, with an ``eventId`` to tell repeats by.
Nothing here runs while nobody subscribes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Response, delete, post
from litestar.params import FromPath

from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform import events
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork, Works
from yizhan.web.tmf import callback
from yizhan.web.tmf.resource import (
    AnyRequest,
    Body,
    Hrefs,
    Resource,
    answer,
    body_of,
    hrefs_of,
    moment,
    plain,
    read_one,
    refuse_unknown,
)
from yizhan.web.visit import config_of, visit_of
from yizhan.web.work import acting

SUBSCRIPTIONS_MAX = 100
BATCH = 200
LAST = UUID(int=2**128 - 1)


class Told(msgspec.Struct, frozen=True):
    """An event in TM Forum's words: its type, and the resource it is about."""

    kind: str
    resource: Resource
    key: str


TellOf = Callable[[Recorded], Told | None]


class Hub(msgspec.Struct, frozen=True):
    """The events of one Open API."""

    api: str
    kinds: frozenset[str]
    needs: str
    told_of: TellOf


def check_query(query: str, hub: Hub) -> frozenset[str]:
    """The event types a subscription wants; all when it says nothing. Raises ``Invalid``."""
    wanted: set[str] = set()
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "eventType":
            raise Invalid("A subscription can only choose eventType.", field="query")
        wanted |= set(value.replace(";", ",").split(","))
    unknown = sorted(wanted - hub.kinds)
    if unknown:
        raise Invalid(
            "There is no event “{name}” here. Known: {known}.",
            field="query",
            name=unknown[0][:60],
            known=", ".join(sorted(hub.kinds)),
        )
    return frozenset(wanted) or hub.kinds


async def subscribe(request: AnyRequest, hub: Hub) -> Response[Any]:
    """Keep a subscription."""
    visit = visit_of(request)
    sent = await body_of(request)
    refuse_unknown(sent, {"callback", "query"})
    address, query = str(sent.get("callback", "")), str(sent.get("query") or "")
    await callback.check(address, private=config_of(request).private_callbacks)
    check_query(query, hub)
    key = new_id()
    async with acting(request) as work:
        held = await work.db.fetchval("SELECT count(*) FROM open_api_subscription")
        if held >= SUBSCRIPTIONS_MAX:
            raise Invalid("There are {most} subscriptions already.", most=SUBSCRIPTIONS_MAX)
        if held == 0:
            await begin_now(work)
        await work.db.execute(
            "INSERT INTO open_api_subscription (id, api, callback, query, owner_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            key,
            hub.api,
            address.rstrip("/"),
            query,
            visit.actor.id,
            work.now,
        )
    body = {"id": str(key), "callback": address, **({"query": query} if query else {})}
    href = f"{hrefs_of(request).base}/tmf-api/{hub.api}/v4/hub/{key}"
    return answer(body, status=201, headers={"Location": href})


async def unsubscribe(request: AnyRequest, hub: Hub, key: str) -> None:
    """End one's own subscription, with what was still to be told."""
    actor = visit_of(request).actor
    async with acting(request) as work:
        try:
            done = await work.db.execute(
                "DELETE FROM open_api_subscription WHERE id = $1 AND api = $2"
                " AND (owner_id = $3 OR $4)",
                UUID(key),
                hub.api,
                actor.id,
                actor.may("staff.manage"),
            )
        except ValueError:
            done = "DELETE 0"
    if done != "DELETE 1":
        raise NotFound("There is no such subscription.")


async def begin_now(work: UnitOfWork) -> None:
    """Tell from this moment on: what happened before the first subscription is history."""
    await work.db.execute(
        "INSERT INTO open_api_cursor (name, txid, event_id) VALUES ('hub', $1::text::xid8, $2)"
        " ON CONFLICT (name) DO UPDATE SET txid = excluded.txid, event_id = excluded.event_id",
        str(await events.tail(work.db)),
        LAST,
    )


async def gather(works: Works, hubs: Sequence[Hub], hrefs: Hrefs) -> int:
    """Turn what became final since the last time into deliveries; how many events were read."""
    async with works.begin(SYSTEM) as work:
        subscriptions = await work.db.fetch(
            "SELECT s.id, s.api, s.query FROM open_api_subscription s"
            " WHERE EXISTS (SELECT FROM api_client c WHERE c.id = s.owner_id"
            "                AND c.disabled_at IS NULL)"
            "    OR EXISTS (SELECT FROM staff_user u WHERE u.id = s.owner_id"
            "                AND u.disabled_at IS NULL)"
        )
        if not subscriptions:
            return 0
        cursor = await work.db.fetchrow(
            "SELECT txid::text::bigint AS txid, event_id FROM open_api_cursor"
            " WHERE name = 'hub' FOR UPDATE SKIP LOCKED"
        )
        if cursor is None:
            return 0
        found = await events.follow(work.db, cursor["txid"], cursor["event_id"], limit=BATCH)
        for event in found:
            for hub in hubs:
                told = hub.told_of(event)
                if told is not None:
                    await _queue(work, hub, told, event, subscriptions, hrefs)
        if found:
            await work.db.execute(
                "UPDATE open_api_cursor SET txid = $1::text::xid8, event_id = $2"
                " WHERE name = 'hub'",
                str(found[-1].txid),
                found[-1].id,
            )
        return len(found)


async def _queue(
    work: UnitOfWork,
    hub: Hub,
    told: Told,
    event: Recorded,
    subscriptions: Sequence[Mapping[str, Any]],
    hrefs: Hrefs,
) -> None:
    wanting = [
        one["id"]
        for one in subscriptions
        if one["api"] == hub.api and told.kind in check_query(one["query"], hub)
    ]
    if not wanting:
        return
    try:
        row = await read_one(work, told.resource, told.key)
    except NotFound:
        return
    body = plain(envelope(told, event, told.resource.present(row, hrefs)))
    await work.db.executemany(
        "INSERT INTO open_api_delivery (id, subscription_id, event_type, body, next_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        [(new_id(), one, told.kind, body, work.now) for one in wanting],
    )


def envelope(told: Told, event: Recorded, resource: Body) -> Body:
    """The event as TMF630 has it (``timeOcurred`` is spelt so there)."""
    return {
        "id": str(event.id),
        "eventId": str(event.id),
        "eventTime": moment(event.at),
        "timeOcurred": moment(event.at),
        "eventType": told.kind,
        "correlationId": str(event.contact_id or event.id),
        "domain": told.resource.api,
        "title": told.kind,
        "description": event.name,
        "priority": "normal",
        "event": {told.resource.name: resource},
    }


_CLAIM = """
UPDATE open_api_delivery SET lease_until = $2::timestamptz + interval '60 seconds',
       attempts = attempts + 1
 WHERE id IN (SELECT id FROM open_api_delivery
               WHERE next_at <= $2 AND failed_at IS NULL
                 AND (lease_until IS NULL OR lease_until < $2)
               ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, subscription_id, event_type, body, attempts
"""
ATTEMPTS_MAX = 10


async def deliver(works: Works, *, private: bool, limit: int = 20) -> int:
    """Send what is due; how many were tried. No transaction is open while a listener thinks."""
    now = works.clock()
    async with works.pool.acquire() as db:
        due = await db.fetch(_CLAIM, limit, now)
        addresses = dict(
            await db.fetch(
                "SELECT id, callback FROM open_api_subscription WHERE id = ANY($1)",
                [row["subscription_id"] for row in due],
            )
        )
    for row in due:
        address = addresses.get(row["subscription_id"])
        if address is None:
            continue
        trouble = await _send(address, row, private=private)
        async with works.pool.acquire() as db:
            if trouble is None:
                await db.execute("DELETE FROM open_api_delivery WHERE id = $1", row["id"])
                continue
            wait = timedelta(seconds=min(3600, 5 * 2 ** row["attempts"]))
            over = row["attempts"] >= ATTEMPTS_MAX
            await db.execute(
                "UPDATE open_api_delivery SET last_error = $2, lease_until = NULL, next_at = $3,"
                " failed_at = $4 WHERE id = $1",
                row["id"],
                trouble[:500],
                works.clock() + wait,
                works.clock() if over else None,
            )
    return len(due)


async def _send(address: str, row: Mapping[str, Any], *, private: bool) -> str | None:
    kind = row["event_type"]
    path = f"/listener/{kind[0].lower()}{kind[1:]}"
    try:
        return await callback.send(f"{address}{path}", row["body"], private=private)
    except CareError as refused:
        return str(refused)


def routes_of(hub: Hub) -> list[Any]:
    """The handlers of a hub."""
    path = f"/tmf-api/{hub.api}/v4/hub"
    said: dict[str, Any] = {"bearer": True, "needs_all": ("tmf.subscribe", hub.needs)}

    @post(path, **said)
    async def subscribing(request: AnyRequest) -> Response[Any]:
        return await subscribe(request, hub)

    @delete(f"{path}/{{key:str}}", **said)
    async def unsubscribing(request: AnyRequest, key: FromPath[str]) -> None:
        await unsubscribe(request, hub, key)

    return [subscribing, unsubscribing]
