"""What every TM Forum resource has in common: list, get, create, patch, delete, as TMF630 says.

One module per Open API describes its resources: the view they are read from, which attributes can
be filtered, how a row is presented, and what creating and patching does in terms of our rooms.

* 206 only when the caller paged himself and rows were left out; beyond the end 416.
* ``X-Total-Count`` is exact up to 10,000 rows and the planner's estimate above.
* Every attribute sent is either kept or refused by name; none is lost silently.
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath

from yizhan.i18n import translate
from yizhan.kernel import money
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.period import midnight
from yizhan.platform.work import UnitOfWork
from yizhan.web.errors import TmfError
from yizhan.web.tmf.query import Filter, Query, merged, parse, selected, uuid_in
from yizhan.web.visit import config_of, visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
Body = dict[str, Any]
COUNT_EXACT_MAX = 10_000
STATEMENT_MILLISECONDS = 3000
JSON = "application/json;charset=utf-8"
PATCHES = ("application/json", "application/merge-patch+json")
DESCRIBING = {"@type", "@baseType", "@schemaLocation", "id", "href"}


class Hrefs(msgspec.Struct, frozen=True):
    """Addresses of resources, as the caller reaches us, and the operator's zone for days."""

    base: str
    zone: ZoneInfo

    def __call__(self, api: str, resource: str, key: object) -> str:
        """The address of one resource."""
        return f"{self.base}/tmf-api/{api}/v4/{resource}/{key}"

    def day(self, day: date) -> str:
        """The first moment of an operator's day."""
        return _written(midnight(day, self.zone))


Present = Callable[[Mapping[str, Any], Hrefs], Body]
Enrich = Callable[[UnitOfWork, Sequence[Mapping[str, Any]]], Awaitable[Sequence[Mapping[str, Any]]]]
Create = Callable[[UnitOfWork, Body], Awaitable[object]]
Update = Callable[[UnitOfWork, Mapping[str, Any], Body, Body], Awaitable[None]]
Remove = Callable[[UnitOfWork, Mapping[str, Any]], Awaitable[None]]
Seen = Callable[[UnitOfWork, Sequence[Mapping[str, Any]]], Awaitable[None]]


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of one Open API."""

    api: str
    name: str
    view: str
    order: str
    filters: Mapping[str, Filter]
    present: Present
    reads: str
    writes: str = ""
    key: str = "id"
    key_is_uuid: bool = True
    enrich: Enrich | None = None
    create: Create | None = None
    update: Update | None = None
    remove: Remove | None = None
    seen: Seen | None = None

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/tmf-api/{self.api}/v4/{self.name}"


def moment(at: datetime | str | None) -> str | None:
    """A moment as the kits want it: UTC, milliseconds, ``Z``."""
    if at is None:
        return None
    return _written(datetime.fromisoformat(at) if isinstance(at, str) else at)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def amount(fen: int, currency: str) -> Body:
    """Money of TMF: unit and a number, written exactly."""
    return {"unit": currency, "value": msgspec.Raw(money.yuan(fen).encode())}


def without_empty(body: Body) -> Body:
    """The same without what is not there."""
    return {name: value for name, value in body.items() if value not in (None, [], "")}


async def read_rows(
    work: UnitOfWork, resource: Resource, query: Query
) -> tuple[Sequence[Mapping[str, Any]], int]:
    """A page of rows and how many there are in all."""
    await work.db.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")
    args = query.args
    try:
        rows = await work.db.fetch(
            f"SELECT * FROM {resource.view} WHERE {query.where} ORDER BY {query.order}"
            f" LIMIT {query.limit} OFFSET {query.offset}",
            *args,
        )
        total = await work.db.fetchval(
            f"SELECT count(*) FROM (SELECT 1 FROM {resource.view} WHERE {query.where}"
            f" LIMIT {COUNT_EXACT_MAX + 1}) found",
            *args,
        )
        if total > COUNT_EXACT_MAX:
            plan = await work.db.fetchval(
                f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {resource.view} WHERE {query.where}", *args
            )
            total = max(total, int(plan[0]["Plan"]["Plan Rows"]))
    except asyncpg.QueryCanceledError:
        raise Refused("This question takes too long. Filter more closely.") from None
    except asyncpg.InvalidRegularExpressionError:
        raise Invalid("The pattern is not a regular expression.", field="regex") from None
    return await _enriched(work, resource, rows), total


async def read_one(work: UnitOfWork, resource: Resource, key: str) -> Mapping[str, Any]:
    """One row. Raises ``NotFound``."""
    wanted: UUID | str | None = uuid_in(key) if resource.key_is_uuid else key
    row = None
    if wanted is not None:
        row = await work.db.fetchrow(
            f"SELECT * FROM {resource.view} WHERE {resource.key} = $1", wanted
        )
    if row is None:
        raise NotFound("There is no {resource} with this id.", resource=resource.name)
    return (await _enriched(work, resource, [row]))[0]


async def _enriched(
    work: UnitOfWork, resource: Resource, rows: Sequence[Any]
) -> Sequence[Mapping[str, Any]]:
    if resource.enrich is None or not rows:
        return rows
    return await resource.enrich(work, rows)


def hrefs_of(request: AnyRequest) -> Hrefs:
    """Addresses as this caller reaches us."""
    config = config_of(request)
    return Hrefs(config.public_url or str(request.base_url).rstrip("/"), config.zone)


def answer(
    body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[Any]:
    """A resource or a list of them."""
    return Response(body, status_code=status, headers=dict(headers or {}), media_type=JSON)


async def list_(request: AnyRequest, resource: Resource) -> Response[Any]:
    """A page of the list."""
    query = parse(request.scope["query_string"], resource.filters, newest_first=resource.order)
    hrefs = hrefs_of(request)
    async with acting(request) as work:
        rows, total = await read_rows(work, resource, query)
        if resource.seen is not None:
            await resource.seen(work, rows)
    if query.offset and query.offset >= total:
        said = "The list has {total} rows only."
        words = translate(visit_of(request).language, said, total=total)
        error = TmfError("out_of_range", said, words, "416")
        return answer(error, status=416, headers={"Content-Range": f"items */{total}"})
    bodies = [selected(resource.present(row, hrefs), query.fields) for row in rows]
    headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(bodies))}
    part = query.paged and len(bodies) < total
    if bodies:
        last = query.offset + len(bodies) - 1
        headers["Content-Range"] = f"items {query.offset}-{last}/{total}"
    if links := _links(request, query, total):
        headers["Link"] = links
    return answer(bodies, status=206 if part else 200, headers=headers)


def _links(request: AnyRequest, query: Query, total: int) -> str:
    """First, previous, next and last page; none when everything is here."""
    if query.limit == 0 or (not query.offset and total <= query.limit):
        return ""
    others = [
        (name, value)
        for name, value in parse_qsl(request.url.query, keep_blank_values=True)
        if name not in ("offset", "limit")
    ]
    last = (total - 1) // query.limit * query.limit
    places = {"first": 0, "prev": query.offset - query.limit, "next": query.offset + query.limit}
    places["last"] = last
    address = hrefs_of(request).base + request.url.path
    return ", ".join(
        f"<{address}?{urlencode([*others, ('offset', max(place, 0)), ('limit', query.limit)])}>;"
        f' rel="{rel}"'
        for rel, place in places.items()
        if not (rel == "prev" and query.offset == 0) and not (rel == "next" and place >= total)
    )


async def get_(request: AnyRequest, resource: Resource, key: str) -> Response[Any]:
    """One of them."""
    async with acting(request) as work:
        row = await read_one(work, resource, key)
        if resource.seen is not None:
            await resource.seen(work, [row])
    body = resource.present(row, hrefs_of(request))
    return answer(selected(body, _fields(request)))


def _fields(request: AnyRequest) -> tuple[str, ...] | None:
    said = request.query_params.get("fields")
    return tuple(part.strip() for part in said.split(",") if part.strip()) if said else None


async def body_of(request: AnyRequest, kinds: Sequence[str] = PATCHES[:1]) -> Body:
    """The JSON object sent. Raises ``Invalid`` for anything else."""
    kind = request.content_type[0]
    if kind not in kinds:
        raise Invalid("Send one of: {kinds}.", field="Content-Type", kinds=", ".join(kinds))
    body = None
    with contextlib.suppress(msgspec.DecodeError):
        body = msgspec.json.decode(await request.body())
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object.")
    return body


async def create_(request: AnyRequest, resource: Resource) -> Response[Any]:
    """Make one; it comes back whole, with what we added."""
    assert resource.create is not None
    sent = await body_of(request)
    async with acting(request) as work:
        key = await resource.create(work, sent)
    body = await _as_it_is(request, resource, str(key))
    headers = {"Location": body["href"]}
    return answer(selected(body, _fields(request)), status=201, headers=headers)


async def patch_(request: AnyRequest, resource: Resource, key: str) -> Response[Any]:
    """Change what is named. Raises ``Invalid`` for what cannot be changed."""
    assert resource.update is not None
    sent = await body_of(request, PATCHES)
    hrefs = hrefs_of(request)
    async with acting(request) as work:
        row = await read_one(work, resource, key)
        before = plain(resource.present(row, hrefs))
        after = merged(before, sent)
        changed = {
            name: after.get(name)
            for name in sent
            if name not in DESCRIBING and before.get(name) != after.get(name)
        }
        if changed:
            await resource.update(work, row, changed, before)
    return answer(selected(await _as_it_is(request, resource, key), _fields(request)))


async def _as_it_is(request: AnyRequest, resource: Resource, key: str) -> Body:
    """A resource after the act on it: its events are in the log only now."""
    async with reading(request) as work:
        return resource.present(await read_one(work, resource, key), hrefs_of(request))


def plain(body: Body) -> Body:
    """The same as JSON reads it back."""
    decoded: Body = msgspec.json.decode(msgspec.json.encode(body))
    return decoded


async def delete_(request: AnyRequest, resource: Resource, key: str) -> None:
    """Take one out of use. Nothing is erased: it stays readable with its last status."""
    assert resource.remove is not None
    async with acting(request) as work:
        await resource.remove(work, await read_one(work, resource, key))


def refuse_unknown(body: Body, known: set[str]) -> None:
    """Raise ``Invalid`` for an attribute with content that would be lost."""
    for name, value in body.items():
        if name not in known | DESCRIBING and value not in (None, [], {}, ""):
            raise Invalid("“{name}” cannot be set here.", field=name[:60], name=name[:60])


def routes_of(resource: Resource) -> list[Any]:
    """The handlers of a resource."""
    said: dict[str, Any] = {"bearer": True}

    @get(resource.path, needs=resource.reads, **said)
    async def listing(request: AnyRequest) -> Response[Any]:
        return await list_(request, resource)

    @get(f"{resource.path}/{{key:str}}", needs=resource.reads, **said)
    async def getting(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        return await get_(request, resource, key)

    found: list[Any] = [listing, getting]
    if resource.create is not None:

        @post(resource.path, needs=resource.writes, **said)
        async def creating(request: AnyRequest) -> Response[Any]:
            return await create_(request, resource)

        found.append(creating)
    if resource.update is not None:

        @patch(f"{resource.path}/{{key:str}}", needs=resource.writes, **said)
        async def patching(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
            return await patch_(request, resource, key)

        found.append(patching)
    if resource.remove is not None:

        @delete(f"{resource.path}/{{key:str}}", needs=resource.writes, **said)
        async def removing(request: AnyRequest, key: FromPath[str]) -> None:
            await delete_(request, resource, key)

        found.append(removing)
    return found
