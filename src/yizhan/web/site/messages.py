"""The messages we sent: texts, mails and their fate. The words of codes are never shown."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import messages
from yizhan.web.site.page import AnyRequest, mine, page
from yizhan.web.visit import visit_of
from yizhan.web.work import acting

PAGE = 30


@get("/my/messages", customer=True)
async def list_page(request: AnyRequest, before: UUID | None = None) -> Response[Any]:
    """What was sent to one, the newest first; what is new is marked, and is new no more."""
    async with acting(request) as work:
        fresh = await messages.mark_seen(work, mine(request))
        found = list(
            await messages.list_of_customer(work, mine(request), limit=PAGE + 1, before=before)
        )
    visit_of(request).unseen = 0
    return page(
        request,
        "site/messages.html",
        title="Messages",
        section="messages",
        messages=found[:PAGE],
        fresh=fresh,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


ROUTES: list[Any] = [list_page]
