"""A page of the desk: the frame around it, what an act had to say, and where to go after it."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from yizhan import i18n
from yizhan.domain import staff
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text
from yizhan.web import pages
from yizhan.web.errors import own_place
from yizhan.web.visit import config_of, visit_of

AnyRequest = Request[Any, Any, Any]
FLASH_COOKIE = "yizhan_flash"
THEME_COOKIE = "yizhan_theme"
THEMES = ("auto", "light", "dark")


class NavItem(msgspec.Struct, frozen=True):
    """One way in the rail; shown to who holds one of ``needs``."""

    name: str
    path: str
    words: Text
    icon: str
    needs: tuple[str, ...] = ()
    key: str = ""


class Flash(msgspec.Struct, frozen=True):
    """What the act before this page has to say, once. ``kind``: good, bad, warn or info."""

    kind: str
    text: str
    undo: str = ""


NAV: Sequence[tuple[Text | None, Sequence[NavItem]]] = (
    (
        None,
        (
            NavItem("home", "/", Text("首页", "Home"), "home", (), "g h"),
            NavItem("cases", "/cases", Text("工单", "Cases"), "cases", ("cases.read",), "g c"),
            NavItem(
                "guide",
                "/guide",
                Text("资费顾问", "Plans and dialling"),
                "advice",
                ("advice.give", "plans.read"),
                "g p",
            ),
            NavItem(
                "knowledge",
                "/knowledge",
                Text("知识库", "Knowledge"),
                "search",
                ("knowledge.read",),
                "g k",
            ),
            NavItem(
                "new-line",
                "/new-customer",
                Text("新客户入网", "New customer"),
                "order",
                ("orders.place",),
                "g n",
            ),
            NavItem(
                "approvals",
                "/approvals",
                Text("待审批", "Approvals"),
                "approve",
                ("adjustments.approve", "adjustments.approve_large", "adjustments.approve_any"),
                "g a",
            ),
        ),
    ),
    (
        Text("运营", "Operations"),
        (
            NavItem("plans", "/plans", Text("资费方案", "Plans"), "plan", ("plans.read",), "g t"),
            NavItem(
                "intake",
                "/intake",
                Text("话单与异常", "Usage intake"),
                "intake",
                ("intake.run", "quarantine.correct"),
                "g i",
            ),
            NavItem(
                "network",
                "/network",
                Text("网络指令", "Network queue"),
                "data",
                ("network.read",),
                "g w",
            ),
            NavItem("stock", "/stock", Text("卡号库存", "Card stock"), "data", ("cards.manage",)),
            NavItem("outbox", "/outbox", Text("发件箱", "Outbox"), "orders", ("messages.read",)),
            NavItem(
                "templates",
                "/message-templates",
                Text("消息模板", "Message templates"),
                "plan",
                ("messages.manage",),
            ),
            NavItem(
                "reconciliation",
                "/reconciliation",
                Text("支付对账", "Reconciliation"),
                "approve",
                ("checkout.reconcile",),
            ),
            NavItem(
                "refunds",
                "/refunds",
                Text("原路退款", "Refunds to source"),
                "approve",
                ("checkout.approve",),
            ),
            NavItem(
                "goods-orders",
                "/goods-orders",
                Text("商城订单", "Shop orders"),
                "order",
                ("shop.read",),
            ),
            NavItem("goods", "/goods", Text("商品库存", "Goods"), "mobile", ("shop.read",)),
            NavItem("runs", "/bill-runs", Text("出账", "Bill runs"), "bill", ("billing.run",)),
            NavItem("dunning", "/dunning", Text("催缴", "Dunning"), "alert", ("collections.read",)),
            NavItem(
                "credit-rule",
                "/credit-rule",
                Text("信用规则", "Credit rule"),
                "alert",
                ("limits.rule",),
            ),
            NavItem("club", "/club", Text("俱乐部", "Club"), "users", ("club.read",)),
            NavItem(
                "vouchers", "/vouchers", Text("充值卡", "Vouchers"), "bill", ("vouchers.read",)
            ),
            NavItem(
                "users",
                "/users",
                Text("用户与角色", "Users and roles"),
                "users",
                ("staff.manage",),
                "g u",
            ),
            NavItem(
                "clients", "/clients", Text("接口客户端", "API clients"), "api", ("staff.manage",)
            ),
            NavItem(
                "health", "/system", Text("系统健康", "Health"), "health", ("health.read",), "g s"
            ),
            NavItem(
                "privacy",
                "/privacy",
                Text("个人信息", "Personal data"),
                "shield",
                ("privacy.read",),
            ),
            NavItem("audit", "/audit", Text("查阅记录", "Read audit"), "audit", ("audit.read",)),
        ),
    ),
)


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
        request, template, frame(request), title=title, section=section, status=status,
        headers=headers, **context,
    )  # fmt: skip


def whole(
    request: AnyRequest,
    template: str,
    around: Mapping[str, Any],
    /,
    *,
    title: str,
    section: str,
    status: int,
    headers: Mapping[str, str] | None,
    cookies: Sequence[Cookie] = (),
    **context: Any,
) -> Response[str]:
    """A whole page within the frame that *around* describes, with what the act before said."""
    flashes, spent = take_flash(request)
    return pages.render(
        request,
        template,
        status=status,
        headers=headers,
        cookies=[*spent, *cookies],
        title=say(request, title),
        section=section,
        flashes=flashes,
        **around,
        **context,
    )


def part(
    request: AnyRequest, template: str, /, *, status: int = 200, **context: Any
) -> Response[str]:
    """A part of a page, for htmx."""
    return pages.render(request, template, status=status, **frame(request), **context)


def frame(request: AnyRequest) -> dict[str, Any]:
    """What every template of the desk knows besides ``pages.render``'s own."""
    visit = visit_of(request)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return {
        "may": visit.actor.may,
        "nav": _nav(request),
        "theme": theme if theme in THEMES else "auto",
        "role_words": _roles(request),
        "here": here(request),
        "q": "",
    }


def here(request: AnyRequest) -> str:
    """This page's own address with its query, to come back to; a form's page for its answer."""
    return own_place(request)


def say(request: AnyRequest, sentence: str, /, **facts: object) -> str:
    """A sentence in the reader's language."""
    return i18n.translate(visit_of(request).language, sentence, **facts)


def words(request: AnyRequest, text: Text) -> str:
    """A text in the reader's language."""
    return text[visit_of(request).language]


def done(
    request: AnyRequest,
    address: str,
    sentence: str = "",
    /,
    *,
    kind: str = "good",
    undo: str = "",
    **facts: object,
) -> Response[None]:
    """After an act: go to *address* and say there what was done, with a way back if there is one.

    *undo* is the address to post to that takes the act back.
    """
    if not sentence:
        return pages.go(request, address)
    told = json.dumps([kind, say(request, sentence, **facts), undo], ensure_ascii=False)
    packed = base64.urlsafe_b64encode(told.encode()).decode()
    cookie = Cookie(
        key=FLASH_COOKIE,
        value=packed[:3500],
        path="/",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=60,
    )
    return pages.go(request, address, cookies=[cookie])


def take_flash(request: AnyRequest) -> tuple[list[Flash], list[Cookie]]:
    """What the act before had to say, and the cookies that end its saying."""
    packed = request.cookies.get(FLASH_COOKIE)
    if not packed:
        return [], []
    gone = Cookie(key=FLASH_COOKIE, value="", path="/", max_age=0)
    try:
        kind, text, undo = json.loads(base64.urlsafe_b64decode(packed))
    except (ValueError, binascii.Error):
        return [], [gone]
    if kind not in ("good", "bad", "warn", "info"):
        return [], [gone]
    ours = str(undo).startswith("/") and not str(undo).startswith("//")
    return [Flash(kind, str(text)[:800], str(undo) if ours else "")], [gone]


def _nav(request: AnyRequest) -> list[dict[str, Any]]:
    visit = visit_of(request)
    groups = []
    for label, items in NAV:
        shown = [
            {**msgspec.structs.asdict(item), "label": item.words[visit.language]}
            for item in items
            if not item.needs or any(visit.actor.may(right) for right in item.needs)
        ]
        if shown:
            groups.append({"label": label[visit.language] if label else "", "ways": shown})
    return groups


_ROLE_LABELS = {role.name: role.label for role in staff.ROLES}


def _roles(request: AnyRequest) -> str:
    visit = visit_of(request)
    held = visit.entry.roles if visit.entry else ()
    return " · ".join(
        _ROLE_LABELS[role][visit.language] if role in _ROLE_LABELS else role for role in held
    )


def money(fen: int | None) -> str:
    """An amount as pages write it: ``¥1,280.00``, ``−¥36.60``; nothing for None."""
    if fen is None:
        return ""
    sign = "−" if fen < 0 else ""
    whole, _, part_ = yuan(abs(fen)).partition(".")
    return f"{sign}¥{int(whole):,}.{part_}"


def spaced(number: str) -> str:
    """A telephone number as it is read aloud: ``130 1234 5678``, ``022 2345 6789``."""
    if not number.isdigit():
        return number
    if len(number) == 11 and number.startswith("1"):
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    if number.startswith("0") and len(number) in (10, 11, 12):
        area = 3 if number[1] in "12" else 4
        return f"{number[:area]} {number[area:-4]} {number[-4:]}"
    return number


def clock(moment: datetime) -> str:
    """Minutes and seconds since *moment*, for a first paint before the script counts."""
    gone = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    return f"{gone // 60:02d}:{gone % 60:02d}"


def register() -> None:
    """Teach the template engine the desk's own filters."""
    pages.templates().filters.update(money=money, spaced=spaced, clock=clock)
