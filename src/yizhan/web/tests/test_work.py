"""An act commits before its answer is made; what fails to commit is an error, never a success."""

from typing import Any

import httpx
import pytest
import structlog
from litestar import Litestar

from yizhan.domain import staff
from yizhan.kernel import errors
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer
from yizhan.web.errors import STATUS, status_of

REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk of 13800138000 is full'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON api_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
"""
CLIENT = {"name": "shop", "scopes": ["cases.read"]}


async def test_a_commit_that_fails_answers_with_an_error(
    works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("admin"))
    async with works.pool.acquire() as db:
        await db.execute(REFUSE_AT_COMMIT)
    answer = await visitor.post("/api/v1/staff/clients", json=CLIENT, headers=headers)
    assert answer.status_code == 500
    assert "secret" not in answer.json()
    async with works.pool.acquire() as db:
        assert await db.fetchval("SELECT count(*) FROM api_client") == 0
        told = await db.fetchval("SELECT count(*) FROM event WHERE name = 'staff.client_created'")
    assert told == 0


async def test_what_nobody_anticipated_is_logged_by_its_number_and_without_the_data(
    works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("admin"))
    async with works.pool.acquire() as db:
        await db.execute(REFUSE_AT_COMMIT)
    with structlog.testing.capture_logs() as lines:
        answer = await visitor.post("/api/v1/staff/clients", json=CLIENT, headers=headers)
    problem = answer.json()
    line = next(one for one in lines if one["event"] == "web.unexpected")
    assert line["error_id"] == problem["error_id"]
    assert line["route"] == "/api/v1/staff/clients"
    assert "13800138000" not in f"{line}{problem}"


async def test_an_act_leaves_its_event_with_who_did_it(
    works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("admin"))
    answer = await visitor.post("/api/v1/staff/clients", json=CLIENT, headers=headers)
    assert answer.status_code == 201 and answer.json()["secret"].startswith("yzc_")
    async with works.pool.acquire() as db:
        row = await db.fetchrow("SELECT * FROM event WHERE name = 'staff.client_created'")
    assert (row["actor_kind"], row["actor_name"], row["channel"]) == ("staff", "王丽", "api")


async def test_the_contact_named_in_the_header_is_kept_with_the_act(
    works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    contact = "01890000-0000-7000-8000-00000000c0c0"
    headers = bearer(await hire("admin"), **{"X-Contact": contact})
    await visitor.post("/api/v1/staff/clients", json=CLIENT, headers=headers)
    async with works.pool.acquire() as db:
        kept = await db.fetchval("SELECT contact_id FROM event WHERE name = 'staff.client_created'")
    assert str(kept) == contact
    headers["X-Contact"] = "last one"
    answer = await visitor.get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "X-Contact")


async def test_without_a_database_the_answer_is_try_again(
    app: Litestar, works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("admin"))

    class Gone:
        def acquire(self, **_: Any) -> Any:
            raise ConnectionRefusedError

    works.pool = Gone()
    answer = await visitor.get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert (await visitor.get("/health/ready")).status_code == 503
    assert (await visitor.get("/health/live")).status_code == 200


async def test_errors_speak_the_callers_language(visitor: httpx.AsyncClient, hire: Hire) -> None:
    headers = bearer(await hire("agent"))
    path = "/api/v1/staff/users"
    answer = await visitor.get(path, headers={**headers, "Accept-Language": "en"})
    assert answer.headers["content-type"] == "application/problem+json"
    said = "lacks the right “manage users, roles and API clients (staff.manage)”"
    assert said in answer.json()["message"]
    answer = await visitor.get(path, headers={**headers, "Accept-Language": "zh"})
    assert "staff.manage" in answer.json()["message"] and "管理用户" in answer.json()["message"]
    assert "{permission}" in answer.json()["reason"]


async def test_a_body_that_is_no_json_names_what_is_wrong(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("admin"))
    path = "/api/v1/staff/clients"
    answer = await visitor.post(path, content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    answer = await visitor.post(path, json={"name": 5, "scopes": []}, headers=headers)
    assert answer.status_code == 400 and answer.json()["field"] == "name"


async def test_a_body_over_the_limit_is_refused(visitor: httpx.AsyncClient, hire: Hire) -> None:
    headers = bearer(await hire("admin"))
    body = b'{"name": "' + b"x" * 11_000_000 + b'"}'
    answer = await visitor.post("/api/v1/staff/clients", content=body, headers=headers)
    assert answer.status_code == 413


def test_every_refusal_has_a_status() -> None:
    def descendants(of: type) -> set[type]:
        return {of}.union(*(descendants(one) for one in of.__subclasses__()))

    for kind in descendants(errors.CareError) - {errors.CareError}:
        assert 400 <= status_of(kind) < 504, kind
    assert STATUS[staff.LockedOut] == 429


@pytest.mark.parametrize("version", ["99999999999999", "-99999999999"])
async def test_a_value_no_column_can_keep_is_the_callers_error(
    visitor: httpx.AsyncClient, hire: Hire, version: str
) -> None:
    headers = bearer(await hire("product"))
    answer = await visitor.get(
        "/api/v1/plans/any/text", params={"version": version}, headers=headers
    )
    assert answer.status_code == 422


async def test_a_nul_in_a_name_is_the_callers_error(visitor: httpx.AsyncClient, hire: Hire) -> None:
    headers = bearer(await hire("agent"))
    for path, params in (
        ("/api/v1/search", {"q": "a\x00b"}),
        ("/api/v1/lines", {"number": "123\x00"}),
    ):
        answer = await visitor.get(path, params=params, headers=headers)
        assert answer.status_code in (200, 404, 422), answer.text
