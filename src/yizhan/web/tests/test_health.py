"""What machines that look after machines ask for."""

import httpx

from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer


async def test_metrics_know_routes_by_pattern_and_nobody_by_number(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("agent"))
    number = "01890000-0000-7000-8000-00000000abcd"
    await visitor.get(f"/api/v1/customers/{number}", headers=headers)
    await visitor.get("/api/v1/search?q=13800138000", headers=headers)
    await visitor.get(f"/nothing/{number}")
    said = (await visitor.get("/metrics")).text
    assert 'route="/api/v1/customers/{customer_id}",status="404"' in said
    assert 'route="unknown"' in said
    assert number not in said and "13800138000" not in said


async def test_metrics_tell_of_jobs_that_wait_and_failed(
    visitor: httpx.AsyncClient, works: Works
) -> None:
    async with works.pool.acquire() as db:
        await db.execute(
            "INSERT INTO job (id, kind, args, run_at, failed_at) VALUES"
            " (gen_random_uuid(), 'a', '{}', now() - interval '90 seconds', NULL),"
            " (gen_random_uuid(), 'a', '{}', now(), now())"
        )
    said = (await visitor.get("/metrics")).text
    assert "yizhan_jobs_waiting 1.0" in said and "yizhan_jobs_failed 1.0" in said
    late = next(line for line in said.splitlines() if line.startswith("yizhan_jobs_late_seconds "))
    assert 89 < float(late.split()[1]) < 200


async def test_a_made_up_method_makes_no_new_meter(visitor: httpx.AsyncClient) -> None:
    for n in range(3):
        await visitor.request(f"ODD{n}", "/health/live")
    said = (await visitor.get("/metrics")).text
    assert "ODD" not in said and 'method="other"' in said
