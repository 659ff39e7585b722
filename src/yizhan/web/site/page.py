"""A page of the customer's site: the frame around it, what it knows, where an act leads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from yizhan.domain import customers, messages, subscriptions
from yizhan.kernel.errors import NotFound
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages, sessions
from yizhan.web.errors import own_place
from yizhan.web.staff.page import (
    THEME_COOKIE,
    THEMES,
    AnyRequest,
    done,
    money,
    say,
    whole,
    words,
)
from yizhan.web.visit import visit_of

__all__ = [
    "AnyRequest",
    "done",
    "is_elder",
    "mine",
    "money",
    "own_account",
    "own_line",
    "page",
    "part",
    "say",
    "session_of",
    "words",
]

ELDER_COOKIE = "yizhan_elder"


class NavItem(msgspec.Struct, frozen=True):
    """A way in the bar."""

    name: str
    path: str
    words: Text
    icon: str
    main: bool = False
    """Whether it stands in the bar at the foot of a phone."""
    aside: bool = False
    """Whether it is a picture at the end of the bar, not a word in it."""


NAV = (
    NavItem("home", "/my", Text("首页", "Home"), "home", True),
    NavItem("bills", "/my/bills", Text("账单", "Bills"), "bill", True),
    NavItem("records", "/my/records", Text("详单", "Records"), "plan"),
    NavItem("advice", "/my/advice", Text("省钱建议", "Advice"), "advice", True),
    NavItem("lines", "/my/lines", Text("办业务", "Services"), "mobile", True),
    NavItem("matters", "/my/matters", Text("我的事项", "Requests"), "cases"),
    NavItem("points", "/my/points", Text("积分", "Points"), "star"),
    NavItem("shop", "/shop", Text("商城", "Shop"), "order"),
    NavItem("payments", "/my/payments", Text("缴费记录", "Payments"), "cash"),
    NavItem("messages", "/my/messages", Text("消息", "Messages"), "note", aside=True),
    NavItem("settings", "/my/settings", Text("设置", "Settings"), "users", aside=True),
)
"""In elder mode only the first, the bills, the requests and help are shown, and larger."""
ELDER = ("home", "bills", "matters")


def session_of(request: AnyRequest) -> sessions.Session:
    """The session of who is signed in; the guard lets nobody else come here."""
    session = visit_of(request).session
    assert session is not None
    return session


def mine(request: AnyRequest) -> UUID:
    """The customer who asks."""
    return session_of(request).customer_id


async def own_line(
    request: AnyRequest, work: UnitOfWork, line_id: UUID | None
) -> subscriptions.Line | None:
    """One's own line: the one named, else the number signed in with, else any.

    Raises ``NotFound`` for a line that is not one's own: nobody is told that it exists.
    """
    lines = await subscriptions.list_lines(work, mine(request))
    if line_id is not None:
        for line in lines:
            if line.id == line_id:
                return line
        raise NotFound("There is no such line.")
    first = session_of(request).line_id
    return next((one for one in lines if one.id == first), lines[0] if lines else None)


async def own_account(request: AnyRequest, work: UnitOfWork, account_id: UUID) -> customers.Account:
    """One's own billing account. Raises ``NotFound``."""
    for account in await customers.list_accounts(work, mine(request)):
        if account.id == account_id:
            return account
    raise NotFound("There is no such billing account.")


def page(
    request: AnyRequest,
    template: str,
    /,
    *,
    title: str,
    section: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A whole page. *title* is an English sentence; it is spoken in the reader's language."""
    return whole(
        request, template, look(request), title=title, section=section, status=status,
        headers=headers, **context,
    )  # fmt: skip


def part(
    request: AnyRequest, template: str, /, *, status: int = 200, **context: Any
) -> Response[str]:
    """A part of a page, for htmx."""
    return pages.render(request, template, status=status, **look(request), **context)


def is_elder(request: AnyRequest) -> bool:
    """Whether this browser shows everything large and short."""
    return request.cookies.get(ELDER_COOKIE) == "on"


def unseen_words(count: int) -> str:
    """How many messages are new, as the bar shows it."""
    return str(count) if count < messages.COUNTED_MAX else f"{messages.COUNTED_MAX - 1}+"


def look(request: AnyRequest) -> dict[str, Any]:
    """What every template of the site knows besides ``pages.render``'s own."""
    visit = visit_of(request)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    elder = is_elder(request)
    shown = [one for one in NAV if not elder or one.name in ELDER]
    return {
        "theme": theme if theme in THEMES else "auto",
        "elder": elder,
        "me": visit.session,
        "unseen": "" if not visit.unseen else unseen_words(visit.unseen),
        "pay_ready": True,
        "nav": [
            {**msgspec.structs.asdict(one), "label": one.words[visit.language]} for one in shown
        ],
        "here": own_place(request),
    }
