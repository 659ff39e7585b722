"""The provider's HTTP server: its API for merchants, its pages for payers, its strings to pull."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.params import FromPath

from yizhan_sims.provider import pages, settlement
from yizhan_sims.provider.books import Books, utc_now
from yizhan_sims.provider.callbacks import Caller
from yizhan_sims.provider.signing import fault, signed

AnyRequest = Request[Any, Any, Any]
HANG_SECONDS = 3600
LABELS = {"card": "示范银行 Sample Bank", "wallet": "示范钱包 Sample Wallet"}


class Provider:
    """What the server works with."""

    def __init__(self, folder: Path, *, secret: str, merchant: str, zone: str, base: str) -> None:
        self.books = Books(folder / "provider.sqlite")
        self.secret, self.merchant, self.zone = secret.encode(), merchant, ZoneInfo(zone)
        self.base = base
        self.caller: Caller

    def wrong(self, purpose: str, said: dict[str, str]) -> str:
        """Why a request is not taken; empty if it is."""
        found = fault(self.secret, purpose, said)
        if not found and said.get("merchant") != self.merchant:
            found = "unknown merchant"
        if not found and not purpose.startswith("GET") and not self.books.first_time(said["nonce"]):
            found = "nonce used before"
        return found

    def how(self, order: dict[str, Any]) -> dict[str, Any]:
        """How an order is to behave."""
        found: dict[str, Any] = json.loads(order["behaviour"])
        return found

    async def pay(self, order_no: str, *, answer: str = "pay") -> dict[str, Any]:
        """The payer decided; tell the merchant."""
        order = self.books.order(order_no)
        assert order is not None
        how = self.how(order)
        expired = order["expires_at"] and order["expires_at"] < utc_now() and not how.get("lax")
        if expired:
            changed = self.books.settle(order_no, "refused", "expired")
        elif answer == "pay" and not how.get("refuse"):
            changed = self.books.settle(order_no, "paid")
        else:
            reason = "insufficient funds" if answer == "pay" else "refused by the payer"
            changed = self.books.settle(order_no, "refused", reason)
        found = self.books.order(order_no)
        assert found is not None
        if changed:
            self.caller.tell_of(found)
            if found["state"] == "paid" and "reverse" in how:
                asyncio.get_running_loop().call_later(float(how["reverse"]), self.reverse, order_no)
        return found

    def reverse(self, order_no: str) -> None:
        """The payer's bank took the money back."""
        if self.books.do(
            "UPDATE orders SET state = 'reversed', reversed_at = ? WHERE order_no = ?"
            " AND state = 'paid'",
            utc_now(),
            order_no,
        ):
            order = self.books.order(order_no)
            assert order is not None
            self.caller.tell_of(order)


def provider_of(request: AnyRequest) -> Provider:
    """The provider behind a request."""
    found: Provider = request.app.state.provider
    return found


@post("/v1/{act:str}", status_code=200)
async def api(request: AnyRequest, act: FromPath[str]) -> Response[Any]:
    """Every signed question of the merchant."""
    one = provider_of(request)
    said: dict[str, str] = await request.json()
    if wrong := one.wrong(f"POST /v1/{act}", said):
        return Response({"error": wrong}, status_code=403)
    done = ACTS.get(act)
    if done is None:
        return Response({"error": "no such act"}, status_code=404)
    answer, hang = await done(one, said)
    if hang:
        await asyncio.sleep(HANG_SECONDS)
    whole = signed(one.secret, f"reply /v1/{act}", {**answer, "reply_to": said["nonce"]})
    return Response(whole)


Answer = tuple[dict[str, str], bool]


def _stands(order: dict[str, Any] | None, order_no: str) -> dict[str, str]:
    if order is None:
        return {"kind": "unknown", "order_no": order_no}
    return {
        "kind": order["state"],
        "order_no": order_no,
        "provider_no": order["provider_no"],
        "amount_fen": str(order["amount_fen"]),
        "at": order["at"] or "",
        "reversed_at": order["reversed_at"] or "",
        "reason": order["reason"],
    }


async def _qr(one: Provider, said: dict[str, str]) -> Answer:
    order = one.books.place(said)
    return {"qr": f"{one.base}/pay/{order['order_no']}"}, bool(one.how(order).get("no_answer"))


async def _charge(one: Provider, said: dict[str, str]) -> Answer:
    order = one.books.place(said)
    token = one.books.one("SELECT * FROM tokens WHERE token = ?", said.get("token", ""))
    if token is None or token["state"] != "bound":
        one.books.settle(order["order_no"], "refused", "token is not bound")
    elif order["state"] == "waiting":
        order = await one.pay(order["order_no"])
    found = one.books.order(order["order_no"])
    return _stands(found, order["order_no"]), bool(one.how(order).get("no_answer"))


async def _query(one: Provider, said: dict[str, str]) -> Answer:
    return _stands(one.books.order(said["order_no"]), said["order_no"]), False


async def _refund(one: Provider, said: dict[str, str]) -> Answer:
    order, amount = one.books.order(said["order_no"]), int(said["amount_fen"])
    known = one.books.one("SELECT * FROM refunds WHERE refund_no = ?", said["refund_no"])
    if known is None:
        gone = one.books.one(
            "SELECT coalesce(sum(amount_fen), 0) AS fen FROM refunds WHERE order_no = ?",
            said["order_no"],
        )
        assert gone is not None
        if order is None or order["state"] != "paid":
            return {"kind": "refund_refused", "reason": "order is not paid"}, False
        if gone["fen"] + amount > order["amount_fen"]:
            return {"kind": "refund_refused", "reason": "more than was paid"}, False
        one.books.do(
            "INSERT OR IGNORE INTO refunds VALUES (?, ?, ?, ?, ?)",
            said["refund_no"],
            said["order_no"],
            f"R{datetime.now(UTC):%Y%m%d}{secrets.token_hex(6)}",
            amount,
            utc_now(),
        )
        known = one.books.one("SELECT * FROM refunds WHERE refund_no = ?", said["refund_no"])
    assert known is not None
    hang = bool(order and one.how(order).get("no_refund_answer"))
    if hang and order:
        one.books.behave(order["order_no"], {})
    return {
        "kind": "refunded",
        "order_no": known["order_no"],
        "refund_no": known["refund_no"],
        "provider_no": known["provider_no"],
        "amount_fen": str(known["amount_fen"]),
        "at": known["at"],
    }, hang


async def _unbind(one: Provider, said: dict[str, str]) -> Answer:
    one.books.do("UPDATE tokens SET state = 'unbound' WHERE token = ?", said["token"])
    return {"kind": "unbound"}, False


async def _settlement(one: Provider, said: dict[str, str]) -> Answer:
    return {"file": settlement.file_of(one.books, date.fromisoformat(said["day"]), one.zone)}, False


ACTS = {
    "qr": _qr,
    "charge": _charge,
    "query": _query,
    "refund": _refund,
    "unbind": _unbind,
    "settlement": _settlement,
}


@get("/pay", media_type=MediaType.HTML)
async def pay_page(request: AnyRequest) -> Response[str]:
    """Where a payer arrives, sent by the merchant with a signed address."""
    one, said = provider_of(request), dict(request.query_params)
    if wrong := one.wrong("GET /pay", said):
        return _page(pages.said("链接无效", f"This link is not valid: {wrong}."), 403)
    return _page(pages.pay(one.books.place(said)))


@get("/pay/{order_no:str}", media_type=MediaType.HTML)
async def qr_page(request: AnyRequest, order_no: FromPath[str]) -> Response[str]:
    """Where a scanned code leads."""
    order = provider_of(request).books.order(order_no)
    if order is None:
        return _page(pages.said("没有这个订单", "There is no such order."), 404)
    return _page(pages.pay(order))


@post("/pay/{order_no:str}", status_code=200, media_type=MediaType.HTML)
async def decide(request: AnyRequest, order_no: FromPath[str]) -> Response[str]:
    """The payer pays or refuses, and is sent back to the merchant."""
    one = provider_of(request)
    if one.books.order(order_no) is None:
        return _page(pages.said("没有这个订单", "There is no such order."), 404)
    answer = str((await request.form()).get("answer", "refuse"))
    order = await one.pay(order_no, answer=answer)
    if order["return_url"]:
        return Response("", status_code=303, headers={"location": order["return_url"]})
    if order["state"] == "paid":
        return _page(pages.said("支付成功", "Paid. You can close this page."))
    return _page(pages.said("未支付", f"Not paid: {order['reason']}."))


@get("/bind", media_type=MediaType.HTML)
async def bind_page(request: AnyRequest) -> Response[str]:
    """Where somebody arrives who wants to be charged by token."""
    one, said = provider_of(request), dict(request.query_params)
    if wrong := one.wrong("GET /bind", said):
        return _page(pages.said("链接无效", f"This link is not valid: {wrong}."), 403)
    kind = said.get("kind", "card")
    label = f"{LABELS.get(kind, kind)} ···· {secrets.randbelow(10000):04d}"
    one.books.do(
        "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
        said["bind_no"],
        secrets.token_urlsafe(24),
        kind,
        label,
        said.get("notify_url", ""),
        said.get("return_url", ""),
    )
    found = one.books.one("SELECT * FROM tokens WHERE bind_no = ?", said["bind_no"])
    assert found is not None
    return _page(pages.bind(found))


@post("/bind/{bind_no:str}", status_code=200, media_type=MediaType.HTML)
async def decide_bind(request: AnyRequest, bind_no: FromPath[str]) -> Response[str]:
    """Allow or refuse."""
    one = provider_of(request)
    allowed = str((await request.form()).get("answer", "refuse")) == "allow"
    changed = one.books.do(
        "UPDATE tokens SET state = ? WHERE bind_no = ? AND state = 'waiting'",
        "bound" if allowed else "refused",
        bind_no,
    )
    found = one.books.one("SELECT * FROM tokens WHERE bind_no = ?", bind_no)
    if found is None:
        return _page(pages.said("没有这个请求", "There is no such request."), 404)
    if changed:
        said = {"kind": "bound" if allowed else "bind_refused", "order_no": bind_no}
        if allowed:
            said |= {"token": found["token"], "label": found["label"], "means": found["kind"]}
        one.caller.tell(found["notify_url"], said)
    if found["return_url"]:
        return Response("", status_code=303, headers={"location": found["return_url"]})
    return _page(pages.said("已完成", "Done. You can close this page."))


@post("/control/{what:str}", status_code=200)
async def control(request: AnyRequest, what: FromPath[str]) -> Response[Any]:
    """Pull a string. Served to this machine only."""
    one = provider_of(request)
    if request.client is None or request.client.host not in ("127.0.0.1", "::1"):
        return Response({"error": "only from this machine"}, status_code=403)
    said: dict[str, Any] = await request.json()
    match what:
        case "behave":
            one.books.behave(str(said.pop("order_no", "*")), said)
        case "plant":
            day, kind = said.pop("day"), said.pop("kind")
            one.books.do("INSERT INTO planted VALUES (?, ?, ?)", day, kind, json.dumps(said))
        case "reverse":
            one.reverse(str(said["order_no"]))
        case "tell":
            order = one.books.order(str(said["order_no"]))
            if order is not None:
                one.caller.tell_of(order)
        case "books":
            return Response(
                {
                    "orders": one.books.all("SELECT * FROM orders"),
                    "refunds": one.books.all("SELECT * FROM refunds"),
                    "tokens": one.books.all("SELECT bind_no, kind, label, state FROM tokens"),
                    "notices": one.books.all("SELECT * FROM notices"),
                }
            )
        case _:
            return Response({"error": "no such string"}, status_code=404)
    return Response({"done": what})


@get("/health")
async def health() -> dict[str, str]:
    """Whether it is there."""
    return {"status": "ready"}


def _page(html: str, status: int = 200) -> Response[str]:
    return Response(html, status_code=status, media_type=MediaType.HTML)


def build(one: Provider) -> Litestar:
    """The application."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.provider = one
        one.caller = Caller(one.books, one.secret, one.merchant)
        calling = asyncio.create_task(one.caller.run())
        try:
            yield
        finally:
            calling.cancel()
            await one.caller.http.aclose()
            one.books.close()

    return Litestar(
        [api, pay_page, qr_page, decide, bind_page, decide_bind, control, health],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
