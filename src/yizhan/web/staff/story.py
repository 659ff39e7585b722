"""The customer's timeline: the log in words, by contact, live on the first screen."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from yizhan.domain import timeline
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import page, say, words
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import CHANNEL, CONTACT_PURPOSE, METHOD, ROOM
from yizhan.web.work import reading

AnyRequest = Request[Any, Any, Any]
LATEST = 8
PAGE = 60


@get("/customers/{customer_id:uuid}/timeline", needs="customers.read")
async def whole(
    request: AnyRequest, customer_id: UUID, before: UUID | None = None, room: str = ""
) -> Response[Any]:
    """All that happened, grouped by contact, newest first."""
    groups: list[dict[str, Any]] = []
    older = None
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="timeline")
        if not context["hidden"]:
            found = await timeline.of_customer(
                work,
                customer_id,
                limit=PAGE,
                before=before,
                room=room if room in ROOM else None,
            )
            groups = [_group(request, one) for one in found.groups]
            older = found.before
    return page(
        request,
        "staff/timeline.html",
        title="Timeline",
        groups=groups,
        older=older,
        room=room,
        rooms=[(code, words(request, text)) for code, text in ROOM.items()],
        **context,
    )


async def latest(request: AnyRequest, work: UnitOfWork, customer_id: UUID) -> list[dict[str, Any]]:
    """The newest entries as the first screen shows them. Raises ``NotVerified``."""
    found = await timeline.of_customer(work, customer_id, limit=LATEST)
    return [_entry(request, entry) for entry in found.entries]


def _entry(request: AnyRequest, entry: timeline.Entry) -> dict[str, Any]:
    channel = CHANNEL.get(entry.channel)
    by_house = entry.actor_kind == "system"
    return {
        "at": entry.at,
        "words": words(request, entry.words),
        "by_words": say(request, "the system") if by_house else entry.actor_name,
        "channel_words": "" if by_house or not channel else words(request, channel),
        "room": entry.room,
    }


def _group(request: AnyRequest, group: timeline.Group) -> dict[str, Any]:
    head = None
    if group.contact is not None:
        contact = group.contact
        channel = CHANNEL.get(contact.channel)
        purpose = CONTACT_PURPOSE.get(contact.purpose)
        method = METHOD.get(contact.verified_by or "")
        head = {
            "at": contact.begun_at,
            "until": contact.ended_at,
            "channel_words": words(request, channel) if channel else contact.channel,
            "purpose_words": words(request, purpose) if purpose else contact.purpose,
            "verified_words": words(request, method) if method else "",
            "by": contact.agent_name,
        }
    return {"head": head, "entries": [_entry(request, entry) for entry in group.entries]}


ROUTES: list[Any] = [whole]
