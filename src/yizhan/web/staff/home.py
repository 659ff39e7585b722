"""The first page and the search bar: find a customer, see the queue, go on where one was."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import Parameter

from yizhan.domain import cases, contacts, customers
from yizhan.kernel.errors import CareError
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages
from yizhan.web.staff import case_view
from yizhan.web.staff.page import page, part, say, words
from yizhan.web.staff.terms import CHANNEL, CONTACT_PURPOSE, KEY_KIND, TIER
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

AnyRequest = Request[Any, Any, Any]
LIVE_LIMIT = 8
PAGE_LIMIT = 50
QUEUE_LIMIT = 12
RECENT_LIMIT = 6


@get("/", signed_in=True)
async def home(request: AnyRequest) -> Response[Any]:
    """Mine and the queue by deadline, and the search bar with the cursor in it.

    When cases change, the page asks for its lists alone.
    """
    actor = visit_of(request).actor
    mine: Sequence[dict[str, Any]] = []
    queue: Sequence[dict[str, Any]] = []
    counts = None
    async with reading(request) as work:
        if actor.may("cases.read"):
            own = await cases.list_queue(work, owner_id=actor.id, limit=QUEUE_LIMIT)
            mine = [case_view.row(request, case) for case in own]
            waiting = await cases.list_queue(work, limit=QUEUE_LIMIT)
            queue = [case_view.row(request, case) for case in waiting]
            counts = await cases.count_queue(work)
        only_cases = counts is not None and "hx-request" in request.headers
        seen = actor.may("customers.read") and not only_cases
        recent = await _recent(request, work) if seen else []
    if only_cases:
        return part(request, "staff/_home_cases.html", mine=mine, queue=queue, counts=counts)
    return page(
        request,
        "staff/home.html",
        title="Home",
        section="home",
        mine=mine,
        queue=queue,
        counts=counts,
        recent=recent,
    )


async def _recent(request: AnyRequest, work: UnitOfWork) -> list[dict[str, Any]]:
    """Where one was last: each customer once."""
    rows: dict[UUID, dict[str, Any]] = {}
    for contact in await contacts.list_of_actor(work, limit=RECENT_LIMIT * 3):
        customer = await customers.find(work, contact.customer_id)
        if customer is None or contact.customer_id in rows:
            continue
        purpose = CONTACT_PURPOSE.get(contact.purpose)
        rows[contact.customer_id] = {
            "customer_id": contact.customer_id,
            "who": customer.name,
            "channel_words": words(request, CHANNEL[contact.channel.value]),
            "purpose_words": words(request, purpose) if purpose else contact.purpose,
            "at": contact.began_at,
            "open": contact.finished_at is None,
        }
        if len(rows) == RECENT_LIMIT:
            break
    return list(rows.values())


@get("/search", needs="customers.search")
async def search(
    request: AnyRequest, q: str = Parameter(default="", max_length=200)
) -> Response[Any]:
    """All that was found, as a page. One exact hit opens at once."""
    hits: list[dict[str, Any]] = []
    problem = ""
    if q.strip():
        try:
            async with reading(request) as work:
                found = await customers.search(work, q, limit=PAGE_LIMIT)
        except CareError as error:
            problem = say(request, error.message, **error.facts)
        else:
            if len(found) == 1 and found[0].exact:
                return pages.go(request, address_of(found[0]))
            hits = [_hit(request, hit) for hit in found]
    return page(
        request,
        "staff/search.html",
        title="Search",
        section="home",
        asked=q,
        hits=hits,
        problem=problem,
    )


@get("/search/live", needs="customers.search")
async def live(
    request: AnyRequest, q: str = Parameter(default="", max_length=200)
) -> Response[Any]:
    """The first hits while one types."""
    hits: list[dict[str, Any]] = []
    problem = ""
    if q.strip():
        try:
            async with reading(request) as work:
                found = await customers.search(work, q, limit=LIVE_LIMIT)
            hits = [_hit(request, hit) for hit in found]
            problem = "" if hits else say(request, "Nothing found.")
        except CareError as error:
            problem = say(request, error.message, **error.facts)
    return part(request, "staff/search_live.html", hits=hits, problem=problem)


def address_of(hit: customers.Hit) -> str:
    """Where a hit leads: the case itself, else the customer."""
    return f"/cases/{hit.ref_id}" if hit.kind == "case" else f"/customers/{hit.customer_id}"


def _hit(request: AnyRequest, hit: customers.Hit) -> dict[str, Any]:
    kind = KEY_KIND.get(hit.kind)
    return {
        "hit": hit,
        "address": address_of(hit),
        "kind_words": words(request, kind) if kind else hit.kind,
        "tier_words": words(request, TIER[hit.tier.value])
        if hit.tier is not customers.Tier.NONE
        else "",
    }


ROUTES: list[Any] = [home, search, live]
