"""The messages we sent: texts, mails and their fate. The words of codes are never shown."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import messages
from yizhan.web.site.page import AnyRequest, mine, page
from yizhan.web.work import reading

PAGE = 30


@get("/my/messages", customer=True)
async def list_page(request: AnyRequest, before: UUID | None = None) -> Response[Any]:
    """What was sent to one, the newest first."""
    async with reading(request) as work:
        found = list(
            await messages.list_of_customer(work, mine(request), limit=PAGE + 1, before=before)
        )
    return page(
        request,
        "site/messages.html",
        title="Messages",
        section="messages",
        messages=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


ROUTES: list[Any] = [list_page]
