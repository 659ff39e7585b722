"""The front door: forms, cookies, the lock, the way back."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar

from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.config import WebConfig
from yizhan.web.conftest import PASSWORD, Hire, bearer
from yizhan.web.entrance import own_page
from yizhan.web.observe import Observed
from yizhan.web.visit import SESSION_COOKIE, csrf_of


async def form(visitor: httpx.AsyncClient, path: str = "/sign-in") -> dict[str, str]:
    """The hidden fields of a form, as a browser would send them."""
    page = await visitor.get(path)
    assert page.status_code == 200, page.text[:500]
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return {"_csrf_token": found[1]}


async def enter(visitor: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    fields = {**await form(visitor), "login": login, "password": password}
    return await visitor.post("/sign-in", data=fields)


async def test_a_right_password_leads_in_with_a_cookie_scripts_cannot_read(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    await hire("agent")
    answer = await enter(visitor, "agent", PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if SESSION_COOKIE in c)
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "Path=/" in cookie
    me = await visitor.get("/api/v1/me")
    assert me.json()["name"] == "王丽"


async def test_a_wrong_password_shows_the_form_again_with_why(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    await hire("agent")
    answer = await enter(visitor, "agent", "not this one")
    assert answer.status_code == 422
    assert "用户名或密码不正确" in answer.text
    assert 'value="agent"' in answer.text and "not this one" not in answer.text


async def test_after_five_wrong_tries_the_door_is_closed_for_a_while(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    await hire("agent")
    for _ in range(5):
        assert (await enter(visitor, "agent", "not this one")).status_code == 422
    answer = await enter(visitor, "agent", PASSWORD)
    assert answer.status_code == 429
    assert "60" in answer.text and SESSION_COOKIE not in visitor.cookies


async def test_a_form_without_our_token_is_refused(visitor: httpx.AsyncClient, hire: Hire) -> None:
    await hire("agent")
    await form(visitor)
    fields = {"login": "agent", "password": PASSWORD}
    for token in ({}, {"_csrf_token": "guess"}, {"_csrf_token": csrf_of("")}):
        answer = await visitor.post("/sign-in", data={**fields, **token})
        assert answer.status_code == 403, token
    assert SESSION_COOKIE not in visitor.cookies


async def test_a_session_by_cookie_needs_the_token_and_one_by_header_does_not(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    token = await hire("admin")
    client = {"name": "shop", "scopes": ["cases.read"]}
    by_cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    path = "/api/v1/staff/clients"
    assert (await visitor.post(path, json=client, headers=by_cookie)).status_code == 403
    right = {**by_cookie, "X-CSRF-Token": csrf_of(token)}
    assert (await visitor.post(path, json=client, headers=right)).status_code == 201
    foreign = {**right, "Sec-Fetch-Site": "cross-site"}
    assert (await visitor.post(path, json=client, headers=foreign)).status_code == 403
    assert (await visitor.post(path, json=client, headers=bearer(token))).status_code == 201


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "cases"],
)
async def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert own_page(address) == "/"


async def test_who_comes_to_a_page_unknown_is_led_back_to_it(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    await hire("agent")
    answer = await visitor.get("/password")
    assert answer.headers["location"] == "/sign-in?next=/password"
    fields = {**await form(visitor), "login": "agent", "password": PASSWORD, "next": "/password"}
    answer = await visitor.post("/sign-in", data=fields)
    assert answer.headers["location"] == "/password"


async def test_a_password_set_by_somebody_else_comes_first(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    await hire("agent", due=True)
    await enter(visitor, "agent", PASSWORD)
    answer = await visitor.get("/api/v1/cases")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_due")
    fields = await form(visitor, "/password")
    wanted = {"old": PASSWORD, "new": "five horses run", "again": "five horses walk"}
    answer = await visitor.post("/password", data={**fields, **wanted})
    assert answer.status_code == 422 and "不一致" in answer.text
    answer = await visitor.post("/password", data={**fields, **wanted, "again": wanted["new"]})
    assert answer.status_code == 303
    assert (await visitor.get("/api/v1/cases")).status_code == 200


async def test_signing_out_ends_the_session(visitor: httpx.AsyncClient, hire: Hire) -> None:
    await hire("agent")
    await enter(visitor, "agent", PASSWORD)
    token = visitor.cookies[SESSION_COOKIE]
    answer = await visitor.post("/sign-out", headers={"X-CSRF-Token": csrf_of(token)})
    assert answer.status_code == 303
    assert (await visitor.get("/api/v1/me", headers=bearer(token))).status_code == 401


async def test_the_form_speaks_the_readers_language(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/sign-in", headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"})
    assert "Sign in" in page.text and 'lang="en"' in page.text
    page = await visitor.get("/sign-in", headers={"Accept-Language": "zh-CN"})
    assert "登录" in page.text


async def test_every_answer_carries_its_guards(visitor: httpx.AsyncClient) -> None:
    for path in ("/sign-in", "/nothing", "/api/v1/me", "/health/live"):
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
        assert "script-src 'unsafe-inline'" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_one_time_codes_are_asked_for_in_a_second_step(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    import pyotp

    token = await hire("agent")
    async with works.begin(SYSTEM) as work:
        entry = await staff.entry_of_token(work.db, token, now=work.now, channel="desk")
    async with works.begin(entry.actor) as work:
        secret, _ = await staff.begin_enrolment(work)
    async with works.begin(entry.actor) as work:
        counter = int(work.now.timestamp()) // 30 - 1
        await staff.confirm_enrolment(work, pyotp.TOTP(secret).generate_otp(counter))
    answer = await enter(visitor, "agent", PASSWORD)
    assert answer.status_code == 422 and 'name="code"' in answer.text
    fields = {**await form(visitor), "login": "agent", "password": PASSWORD}
    code = pyotp.TOTP(secret).generate_otp(counter + 1)
    answer = await visitor.post("/sign-in", data={**fields, "code": code})
    assert answer.status_code == 303


async def test_where_others_can_reach_us_cookies_go_over_https_alone(
    app: Litestar, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hire("agent")
    monkeypatch.setattr(app.state, "config", WebConfig(cookie_secure=True))
    whole: Any = Observed(app, secure=True)
    transport = httpx.ASGITransport(whole)
    async with httpx.AsyncClient(transport=transport, base_url="https://desk") as visitor:
        answer = await enter(visitor, "agent", PASSWORD)
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert "max-age" in answer.headers["strict-transport-security"]
